package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizer;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.torch.Scope;

/** CLIP with its tokenizer, of which the pooled state of a prompt is wanted. */
record ClipPooled(Tokenizer tokenizer, ClipTextModel model) {
    /** Positions CLIP has, where its tokenizer does not say. */
    private static final int TOKENS = 77;

    /**
     * Loads both.
     *
     * @param into what closes them
     */
    static ClipPooled load(
            Opened into,
            ComponentFolder tokenizer,
            Component<ClipTextConfig, ClipTextModel> model,
            Execution execution,
            Residency residency) {
        return new ClipPooled(
                into.add(Tokenizers.read(tokenizer.path(), Tokenizers::clip), Tokenizer::close),
                model.load(execution.dtype(), execution.device(), residency, into));
    }

    TokenizedPrompt tokenize(String prompt) {
        return tokenizer.encode(prompt, tokenizer.modelMaxLength().orElse(TOKENS));
    }

    float[] encode(TokenizedPrompt prompt) {
        try (Scope scope = Scope.open()) {
            return model.forward(prompt.ids()).pooled().toFloats();
        }
    }
}
