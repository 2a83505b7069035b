package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;

/**
 * Positions as turns of queries and keys: dimension i of a head pairs with dimension i + Dh / 2.
 *
 * @param cos [L, Dh / 2]
 * @param sin [L, Dh / 2]
 */
record LlamaPositions(Tensor cos, Tensor sin) {

    /** Positions 0..length - 1; angles are computed in float32, as Python does. */
    static LlamaPositions of(DecoderConfig config, int length, DType dtype, Device device) {
        double[] frequencies = config.rope().frequencies(config.headDim());
        float[] angles = new float[length * frequencies.length];
        for (int position = 0; position < length; position++) {
            for (int i = 0; i < frequencies.length; i++) {
                angles[position * frequencies.length + i] = (float) frequencies[i] * position;
            }
        }
        Tensor turns = Tensor.of(angles, length, frequencies.length);
        return new LlamaPositions(
                turns.cos().to(dtype).to(device), turns.sin().to(dtype).to(device));
    }

    /** x [1, H, L, Dh], turned. */
    Tensor turn(Tensor x) {
        return scoped(() -> {
            long half = cos.size(-1);
            Tensor a = x.until(3, half);
            Tensor b = x.from(3, half);
            return Ops.cat(-1, a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin)));
        });
    }
}
