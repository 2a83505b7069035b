package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.ClipTokenizer;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.text.T5Tokenizer;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Both text encoders with their tokenizers. */
final class TextEncoders implements AutoCloseable {
    /** Positions CLIP has, where its tokenizer does not say. */
    private static final int CLIP_TOKENS = 77;

    private final ClipTokenizer tokenizer;
    private final T5Tokenizer tokenizer2;
    private final Weights.Loaded<ClipTextModel> clip;
    private final Weights.Loaded<T5EncoderModel> t5;

    private TextEncoders(
            ClipTokenizer tokenizer,
            T5Tokenizer tokenizer2,
            Weights.Loaded<ClipTextModel> clip,
            Weights.Loaded<T5EncoderModel> t5) {
        this.tokenizer = tokenizer;
        this.tokenizer2 = tokenizer2;
        this.clip = clip;
        this.t5 = t5;
    }

    static TextEncoders load(FluxFolder folder, DType dtype, Device device) {
        ClipTokenizer tokenizer = opened(folder.tokenizer(), ClipTokenizer::open);
        T5Tokenizer tokenizer2 = opened(folder.tokenizer2(), T5Tokenizer::open);
        Weights.Loaded<ClipTextModel> clip = folder.textEncoder().load(dtype, device);
        try {
            return new TextEncoders(
                    tokenizer, tokenizer2, clip, folder.textEncoder2().load(dtype, device));
        } catch (RuntimeException e) {
            clip.close();
            throw e;
        }
    }

    @FunctionalInterface
    private interface Opener<T> {
        T open(Path folder) throws IOException;
    }

    private static <T> T opened(ComponentFolder folder, Opener<T> opener) {
        try {
            return opener.open(folder.path());
        } catch (IOException | IllegalArgumentException e) {
            throw new FolderException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Source: diffusers pipeline_flux.py@0.42.1, encode_prompt; T5 gets no mask, padding is attended. */
    PromptEmbeds encode(String prompt, int maxSequenceLength) {
        TokenizedPrompt forClip =
                tokenizer.encode(prompt, tokenizer.modelMaxLength().orElse(CLIP_TOKENS));
        TokenizedPrompt forT5 = tokenizer2.encode(prompt, maxSequenceLength);
        List<PromptEmbeds.Truncation> truncations = new ArrayList<>();
        if (forT5.truncated()) {
            truncations.add(new PromptEmbeds.Truncation("T5", forT5.tokens(), forT5.needed()));
            if (forClip.truncated()) {
                truncations.add(new PromptEmbeds.Truncation("CLIP", forClip.tokens(), forClip.needed()));
            }
        }
        try (Scope scope = Scope.open()) {
            float[] pooled = clip.model().forward(forClip.ids()).pooled().toFloats();
            float[] states = t5.model().forward(forT5.ids()).toFloats();
            return new PromptEmbeds(states, forT5.ids().length, pooled, truncations);
        }
    }

    @Override
    public void close() {
        clip.close();
        t5.close();
        tokenizer.close();
        tokenizer2.close();
    }
}
