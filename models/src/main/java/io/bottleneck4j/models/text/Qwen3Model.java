package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;

/**
 * Qwen3 as a text encoder, of which the states after some layers are taken. Source: transformers modeling_qwen3.py@5.23.0, Qwen3Model.
 *
 * <p>Layers that are not needed for these are asked for, so that a file must hold them, but neither read nor computed.
 */
public final class Qwen3Model implements TextDecoder {
    private final Qwen3Config config;
    private final Decoder decoder;

    /**
     * Reads the weights under the names of {@link #checkpoint}.
     *
     * @param states which of Python's {@code hidden_states} are taken: 0 is the embeddings, n is after n layers, and negative ones
     *     count from the end; the last one is normalised. Z-Image takes -2; FLUX.2-klein takes 9, 18 and 27
     * @throws IllegalArgumentException if there are none, or there are not that many layers
     */
    public Qwen3Model(Qwen3Config config, List<Integer> states, Weights w) {
        this.config = config;
        decoder = Decoder.of(config, states, w);
    }

    /**
     * A checkpoint under the names this class asks for: without the prefix {@code model.} and the head of a Qwen3ForCausalLM, which may
     * be tied to the embeddings. Closing it closes the source.
     */
    public static TensorSource checkpoint(TensorSource source) {
        return Decoder.checkpoint(source);
    }

    public Qwen3Config config() {
        return config;
    }

    @Override
    public Tensor forward(long[] ids, int tokens) {
        return decoder.forward(ids, tokens);
    }
}
