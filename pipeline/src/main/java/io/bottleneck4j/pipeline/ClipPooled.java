package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.ClipTokenizer;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.TokenizerOpener;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;

/** CLIP with its tokenizer, of which the pooled state of a prompt is wanted. */
final class ClipPooled implements AutoCloseable {
    /** Positions CLIP has, where its tokenizer does not say. */
    private static final int TOKENS = 77;

    private final ClipTokenizer tokenizer;
    private final Weights.Loaded<ClipTextModel> model;

    private ClipPooled(ClipTokenizer tokenizer, Weights.Loaded<ClipTextModel> model) {
        this.tokenizer = tokenizer;
        this.model = model;
    }

    static ClipPooled load(ComponentFolder tokenizer, Component<ClipTextModel> model, DType dtype, Device device) {
        ClipTokenizer opened = TokenizerOpener.open(tokenizer.path(), ClipTokenizer::open);
        try {
            return new ClipPooled(opened, model.load(dtype, device));
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    TokenizedPrompt tokenize(String prompt) {
        return tokenizer.encode(prompt, tokenizer.modelMaxLength().orElse(TOKENS));
    }

    float[] encode(TokenizedPrompt prompt) {
        try (Scope scope = Scope.open()) {
            return model.model().forward(prompt.ids()).pooled().toFloats();
        }
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
