package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.torch.Tensor;
import java.util.List;

/**
 * A prompt as the transformer takes it, on the heap, so that the text encoders can be released.
 *
 * <p>Not a record: arrays break equality.
 */
public final class PromptEmbeds {
    private final float[] states;
    private final int tokens;
    private final float[] pooled;
    private final List<Truncation> truncations;

    /**
     * An encoder that did not read the whole prompt.
     *
     * @param encoder T5 or CLIP
     * @param tokens how many tokens it read
     * @param needed how many the prompt has
     */
    public record Truncation(String encoder, int tokens, int needed) {
        @Override
        public String toString() {
            return encoder + " read " + tokens + " of the prompt's " + needed + " tokens";
        }
    }

    PromptEmbeds(float[] states, int tokens, float[] pooled, List<Truncation> truncations) {
        this.states = states;
        this.tokens = tokens;
        this.pooled = pooled;
        this.truncations = List.copyOf(truncations);
    }

    /**
     * Encoders that cut the prompt short. CLIP's 77 tokens alone are no loss, as T5 reads the whole prompt: CLIP is listed only
     * where T5 is.
     */
    public List<Truncation> truncations() {
        return truncations;
    }

    /** T5 states [1, L, D], float32. */
    Tensor states() {
        return Tensor.of(states, 1, tokens, states.length / tokens);
    }

    /** CLIP's pooled vector [1, P], float32. */
    Tensor pooled() {
        return Tensor.of(pooled, 1, pooled.length);
    }
}
