package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Rotary position embedding over three axes: (frame, row, column) for a token of an image or a video, nothing for a text token.
 * Angles are computed in float64. Source: diffusers embeddings.py@0.42.1, get_1d_rotary_pos_embed.
 */
public final class RotaryPositions {
    private final List<Integer> axesDims;
    private final double theta;

    /**
     * Positions of any size.
     *
     * @param axesDims how a head's dimensions are shared among frame, row and column
     * @param theta base of the frequencies
     */
    public RotaryPositions(List<Integer> axesDims, double theta) {
        this.axesDims = List.copyOf(axesDims);
        this.theta = theta;
    }

    /** Unit complex numbers [Lt + frames · rows · columns, 1, Dh / 2], text first; the 1 spans the heads. */
    public Tensor rotations(int textTokens, int frames, int rows, int columns) {
        float[][] frame = turns(frames, axesDims.get(0));
        float[][] row = turns(rows, axesDims.get(1));
        float[][] column = turns(columns, axesDims.get(2));
        int width = axesDims.stream().mapToInt(Integer::intValue).sum();
        int tokens = Math.addExact(textTokens, Math.multiplyExact(Math.multiplyExact(frames, rows), columns));
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(tokens, width));
        for (int t = 0; t < textTokens; t++) {
            values.put(frame[0]).put(row[0]).put(column[0]); // position 0 is no turn
        }
        for (float[] f : frame) {
            for (float[] r : row) {
                for (float[] c : column) {
                    values.put(f).put(r).put(c);
                }
            }
        }
        return Ops.asComplex(Tensor.of(values.flip(), tokens, 1, width / 2, 2));
    }

    /** Cosine and sine of each frequency at the positions 0 to count - 1 of one axis. */
    private float[][] turns(int count, int dim) {
        float[][] turns = new float[count][dim];
        for (int position = 0; position < count; position++) {
            for (int i = 0; i < dim; i += 2) {
                double angle = position / Math.pow(theta, (double) i / dim);
                turns[position][i] = (float) Math.cos(angle);
                turns[position][i + 1] = (float) Math.sin(angle);
            }
        }
        return turns;
    }
}
