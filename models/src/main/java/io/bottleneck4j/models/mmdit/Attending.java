package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How the tokens of one size attend to each other, in all blocks alike.
 *
 * @param rotations of their positions [Lt + Li, 1, Dh / 2] complex, from {@link RotaryPositions}
 * @param bias added to the scores [1, 1, Lt + Li, Lt + Li], of the tokens' type; null for none
 */
public record Attending(Tensor rotations, @Nullable Tensor bias) {
    /** By positions alone, as models are trained. */
    public static Attending by(Tensor rotations) {
        return new Attending(rotations, null);
    }

    /**
     * With text made louder for the image: what a stage of fewer tokens needs, where text has the more weight the fewer there are.
     *
     * @param text tokens Lt
     * @param loudness added to the score of each text token for each image token
     */
    static Attending amplified(Tensor rotations, int text, double loudness, DType dtype) {
        int all = Math.toIntExact(rotations.size(0));
        FloatBuffer bias = FloatBuffer.allocate(Math.multiplyExact(all, all));
        for (int query = text; query < all; query++) {
            for (int key = 0; key < text; key++) {
                bias.put(query * all + key, (float) loudness);
            }
        }
        Tensor scores = Tensor.of(bias, 1, 1, all, all).to(dtype).to(rotations.device());
        return new Attending(rotations, scores);
    }

    /** The same, owned by the caller, who must {@link #close()} it. */
    Attending retain() {
        rotations.retain();
        if (bias != null) {
            bias.retain();
        }
        return this;
    }

    void close() {
        rotations.close();
        if (bias != null) {
            bias.close();
        }
    }
}
