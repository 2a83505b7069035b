package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.text.T5Tokenizer;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.TokenizerOpener;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;

/** FLUX's text encoders with their tokenizers: T5 and CLIP. */
final class TextEncoders implements AutoCloseable {
    private final ClipPooled clip;
    private final T5Tokenizer tokenizer2;
    private final Weights.Loaded<T5EncoderModel> t5;

    private TextEncoders(ClipPooled clip, T5Tokenizer tokenizer2, Weights.Loaded<T5EncoderModel> t5) {
        this.clip = clip;
        this.tokenizer2 = tokenizer2;
        this.t5 = t5;
    }

    static TextEncoders load(FluxFolder folder, DType dtype, Device device) {
        ClipPooled clip = ClipPooled.load(folder.tokenizer(), folder.textEncoder(), dtype, device);
        try {
            return new TextEncoders(
                    clip,
                    TokenizerOpener.open(folder.tokenizer2().path(), T5Tokenizer::open),
                    folder.textEncoder2().load(dtype, device));
        } catch (RuntimeException e) {
            clip.close();
            throw e;
        }
    }

    /** Source: diffusers pipeline_flux.py@0.42.1, encode_prompt; T5 gets no mask, padding is attended. */
    PromptEmbeds encode(String prompt, int maxSequenceLength) {
        TokenizedPrompt forClip = clip.tokenize(prompt);
        TokenizedPrompt forT5 = tokenizer2.encode(prompt, maxSequenceLength);
        try (Scope scope = Scope.open()) {
            float[] states = t5.model().forward(forT5.ids()).toFloats();
            return new PromptEmbeds(
                    states,
                    maxSequenceLength,
                    maxSequenceLength,
                    clip.encode(forClip),
                    PromptEmbeds.Truncation.of("T5", forT5, 0, forClip));
        }
    }

    @Override
    public void close() {
        clip.close();
        t5.close();
        tokenizer2.close();
    }
}
