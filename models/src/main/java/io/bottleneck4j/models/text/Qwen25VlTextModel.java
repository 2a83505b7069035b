package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;

/**
 * The half of Qwen2.5-VL that reads texts. Its positions of time, height and width are one and the same in a text, and so are what they
 * turn. Source: transformers modeling_qwen2_5_vl.py@5.23.0, Qwen2_5_VLTextModel.
 *
 * <p>Layers that are not needed are asked for, so that a file must hold them, but neither read nor computed.
 */
public final class Qwen25VlTextModel implements TextDecoder {
    private final Qwen25VlTextConfig config;
    private final Decoder decoder;

    /**
     * Reads the weights under the names of {@link #checkpoint}.
     *
     * @param states which of Python's {@code hidden_states} are taken, as those of {@link Qwen3Model}; Qwen-Image takes -1
     * @throws IllegalArgumentException if there are none, or there are not that many layers
     */
    public Qwen25VlTextModel(Qwen25VlTextConfig config, List<Integer> states, Weights w) {
        this.config = config;
        decoder = Decoder.of(config, states, w);
    }

    /**
     * A checkpoint under the names this class asks for: of a Qwen2_5_VLForConditionalGeneration of any transformers the language model
     * alone. Closing it closes the source.
     */
    public static TensorSource checkpoint(TensorSource source) {
        return Decoder.checkpoint(source);
    }

    public Qwen25VlTextConfig config() {
        return config;
    }

    @Override
    public Tensor forward(long[] ids, int tokens) {
        return decoder.forward(ids, tokens);
    }
}
