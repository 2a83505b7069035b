package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.Set;

/**
 * Llama as a text encoder. Source: transformers modeling_llama.py@5.23.0, LlamaModel.
 *
 * <p>HunyuanVideo takes the states before the last layers. Those layers and the final norm are asked for, so that a file must hold
 * them, but neither read nor computed.
 */
public final class LlamaModel {
    private final LlamaConfig config;
    private final Decoder decoder;

    /**
     * Reads the weights under the names of {@link #checkpoint}.
     *
     * @param skip how many of the last layers are left out, at least 1: {@code hidden_states[-(skip + 1)]} is what comes out
     * @throws IllegalArgumentException if there are not that many layers
     */
    public LlamaModel(LlamaConfig config, int skip, Weights w) {
        if (skip < 1 || skip > config.numHiddenLayers()) {
            throw new IllegalArgumentException(
                    "skip: must be between 1 and the " + config.numHiddenLayers() + " layers, not " + skip);
        }
        this.config = config;
        decoder = new Decoder(config, List.of(config.numHiddenLayers() - skip), w);
    }

    /**
     * A checkpoint under the names this class asks for: without the prefix {@code model.} and the head of a LlamaForCausalLM, of a Llava
     * the language model alone, and without stored frequencies. Closing it closes the source.
     */
    public static TensorSource checkpoint(TensorSource source) {
        return Decoder.checkpoint(source);
    }

    /** Whether a file of these tensors holds such a checkpoint. */
    public static boolean isIn(Set<String> names) {
        return Decoder.isIn(names);
    }

    public LlamaConfig config() {
        return config;
    }

    /**
     * Encodes a prompt's token ids, padding included: [1, L, hiddenSize], not normalised.
     *
     * @param tokens how many ids come before the padding, which no token looks at
     * @throws IllegalArgumentException if there are none, or one is outside the vocabulary
     */
    public Tensor forward(long[] ids, int tokens) {
        return decoder.forward(ids, tokens);
    }
}
