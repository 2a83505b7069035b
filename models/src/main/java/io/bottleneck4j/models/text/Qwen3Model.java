package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    /** Whether a file of these tensors holds such a checkpoint. */
    public static boolean isIn(Set<String> names) {
        return Decoder.isIn(names)
                && names.stream().anyMatch(name -> name.endsWith("layers.0.self_attn.q_norm.weight"));
    }

    /** What a config.json would say of a checkpoint's widths and layers, as its names and shapes tell. */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        return Decoder.configuration(infos);
    }

    public Qwen3Config config() {
        return config;
    }

    @Override
    public Tensor forward(long[] ids, int tokens) {
        return decoder.forward(ids, tokens);
    }
}
