package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Tensor;

/** A language model as a text encoder. */
public interface TextDecoder {
    /**
     * Encodes a prompt's token ids, padding included: [1, L, states · hiddenSize], the states of a token that were asked for side by side.
     *
     * @param tokens how many ids come before the padding, which no token looks at, but which looks at them
     * @throws IllegalArgumentException if there are none, or one is outside the vocabulary
     */
    Tensor forward(long[] ids, int tokens);
}
