package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A prompt as the transformer takes it, on the heap, so that the text encoders can be released.
 *
 * <p>Not a record: arrays break equality.
 */
public final class PromptEmbeds {
    private final float[] states;
    private final int tokens;
    private final int attended;
    private final float[] pooled;
    private final List<Truncation> truncations;

    /**
     * An encoder that did not read the whole prompt.
     *
     * @param encoder T5, Llama, Qwen3, Qwen2.5-VL or CLIP
     * @param tokens how many tokens it read
     * @param needed how many the prompt has
     */
    public record Truncation(String encoder, int tokens, int needed) {
        /**
         * What was cut: CLIP's 77 tokens alone are no loss where a longer encoder reads the whole prompt.
         *
         * @param encoder the longer one
         * @param template tokens of it that are no part of the prompt
         */
        static List<Truncation> of(String encoder, TokenizedPrompt longer, int template, TokenizedPrompt clip) {
            if (!longer.truncated()) {
                return List.of();
            }
            Truncation cut = new Truncation(encoder, longer.tokens() - template, longer.needed() - template);
            return clip.truncated() ? List.of(cut, new Truncation("CLIP", clip.tokens(), clip.needed())) : List.of(cut);
        }

        /**
         * What was cut where there is one encoder alone.
         *
         * @param template tokens of it that are no part of the prompt
         */
        static List<Truncation> of(String encoder, TokenizedPrompt read, int template) {
            return read.truncated()
                    ? List.of(new Truncation(encoder, read.tokens() - template, read.needed() - template))
                    : List.of();
        }

        @Override
        public String toString() {
            return encoder + " read " + tokens + " of the prompt's " + needed + " tokens";
        }
    }

    /**
     * What the encoders said.
     *
     * @param states of the tokens, one after the other
     * @param attended how many tokens, from the first on, the transformer looks at; the others are padding
     */
    PromptEmbeds(float[] states, int tokens, int attended, float[] pooled, List<Truncation> truncations) {
        this.states = states;
        this.tokens = tokens;
        this.attended = attended;
        this.pooled = pooled;
        this.truncations = List.copyOf(truncations);
    }

    /**
     * Embeddings of one's own, or of another program.
     *
     * @param states T5, Llama or Qwen3 states [L, D], one token after the other
     * @param attended how many of the tokens are no padding: all for FLUX.1, which looks at padding too, and Z-Image, which has none
     * @param pooled CLIP's pooled vector [P], or what else a model reads beside the states; empty where that is nothing
     * @throws IllegalArgumentException if the numbers do not fit
     */
    public static PromptEmbeds of(float[] states, int tokens, int attended, float[] pooled) {
        if (tokens < 1 || states.length == 0 || states.length % tokens != 0) {
            throw new IllegalArgumentException("embeddings: " + states.length + " numbers are not those of " + tokens
                    + " tokens; give [L, D], one token after the other");
        }
        if (attended < 1 || attended > tokens) {
            throw new IllegalArgumentException(
                    "embeddings: attended tokens must be between 1 and " + tokens + ", not " + attended);
        }
        return new PromptEmbeds(states.clone(), tokens, attended, pooled.clone(), List.of());
    }

    /** The same with what another encoder said beside the states, and what that cut. */
    PromptEmbeds withPooled(float[] other, List<Truncation> cut) {
        List<Truncation> all = new ArrayList<>(truncations);
        all.addAll(cut);
        return new PromptEmbeds(states, tokens, attended, other, all);
    }

    /** Embeddings that mean nothing, of a length: a forward takes as long with them as with any. */
    static PromptEmbeds random(int tokens, int width, int pooledWidth) {
        try (Noise noise = Noise.seeded(1);
                Scope scope = Scope.open()) {
            float[] states = noise.randn(1, tokens, width).toFloats();
            return new PromptEmbeds(
                    states, tokens, tokens, noise.randn(1, pooledWidth).toFloats(), List.of());
        }
    }

    /** T5 or Llama states [L, D], a copy. */
    public float[] stateValues() {
        return states.clone();
    }

    /** CLIP's pooled vector [P], a copy. */
    public float[] pooledValues() {
        return pooled.clone();
    }

    /** Tokens, L. */
    public int tokens() {
        return tokens;
    }

    /** How many of the tokens, from the first on, are no padding. */
    public int attended() {
        return attended;
    }

    /**
     * Encoders that cut the prompt short; CLIP is listed only where the longer one is.
     */
    public List<Truncation> truncations() {
        return truncations;
    }

    /** T5 or Llama states [1, L, D], float32. */
    Tensor states() {
        return Tensor.of(states, 1, tokens, states.length / tokens);
    }

    /** 1 for each token that is looked at, 0 for padding: [1, L], int64. */
    Tensor mask() {
        long[] mask = new long[tokens];
        Arrays.fill(mask, 0, attended, 1);
        return Tensor.of(mask, 1, tokens);
    }

    /** CLIP's pooled vector [1, P], float32. */
    Tensor pooled() {
        return Tensor.of(pooled, 1, pooled.length);
    }
}
