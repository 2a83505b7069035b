package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.text.LlamaModel;
import io.bottleneck4j.models.text.LlamaTokenizer;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.TokenizerOpener;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;

/** HunyuanVideo's text encoders with their tokenizers: Llama and CLIP. */
final class HunyuanVideoTextEncoders implements AutoCloseable {
    private final ClipPooled clip;
    private final LlamaTokenizer tokenizer;
    private final Weights.Loaded<LlamaModel> llama;

    private HunyuanVideoTextEncoders(ClipPooled clip, LlamaTokenizer tokenizer, Weights.Loaded<LlamaModel> llama) {
        this.clip = clip;
        this.tokenizer = tokenizer;
        this.llama = llama;
    }

    static HunyuanVideoTextEncoders load(HunyuanVideoFolder folder, DType dtype, Device device) {
        ClipPooled clip = ClipPooled.load(folder.tokenizer2(), folder.textEncoder2(), dtype, device);
        try {
            return new HunyuanVideoTextEncoders(
                    clip,
                    TokenizerOpener.open(folder.tokenizer().path(), LlamaTokenizer::open),
                    folder.textEncoder().load(dtype, device));
        } catch (RuntimeException e) {
            clip.close();
            throw e;
        }
    }

    /**
     * Llama reads the prompt in its template, whose states are cut off again; CLIP reads the prompt alone. Source: diffusers
     * pipeline_hunyuan_video.py@0.42.1, encode_prompt.
     *
     * @param maxSequenceLength states that come out
     * @throws IllegalArgumentException if the template leaves nothing of the prompt
     */
    PromptEmbeds encode(String prompt, PromptTemplate template, int maxSequenceLength) {
        int crop = template.cropStart(tokenizer);
        TokenizedPrompt forClip = clip.tokenize(prompt);
        TokenizedPrompt forLlama = tokenizer.encode(template.around(prompt), crop + maxSequenceLength);
        if (forLlama.tokens() <= crop) {
            throw new IllegalArgumentException("prompt-template: crop start " + crop + " cuts off all "
                    + forLlama.tokens() + " tokens; say fewer");
        }
        try (Scope scope = Scope.open()) {
            float[] states = llama.model()
                    .forward(forLlama.ids(), forLlama.tokens())
                    .from(1, crop)
                    .toFloats();
            return new PromptEmbeds(
                    states,
                    maxSequenceLength,
                    forLlama.tokens() - crop,
                    clip.encode(forClip),
                    PromptEmbeds.Truncation.of("Llama", forLlama, crop, forClip));
        }
    }

    @Override
    public void close() {
        clip.close();
        llama.close();
        tokenizer.close();
    }
}
