package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Rotary position embedding over three axes: (0, row, column) for an image token, (0, 0, 0) for a text token. Angles are
 * computed in float64, as diffusers does. Source: diffusers transformer_flux.py@0.42.1, FluxPosEmbed.
 */
final class RotaryPositions {
    private static final double THETA = 10_000;

    private final List<Integer> axesDims;

    RotaryPositions(List<Integer> axesDims) {
        this.axesDims = axesDims;
    }

    /** Unit complex numbers [Lt + rows · columns, 1, Dh / 2], text first; the 1 spans the heads. */
    Tensor rotations(int textTokens, int rows, int columns) {
        int pairs = axesDims.stream().mapToInt(dim -> dim / 2).sum();
        int tokens = textTokens + rows * columns;
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(tokens, 2 * pairs));
        double[][] frequencies =
                axesDims.stream().map(RotaryPositions::frequencies).toArray(double[][]::new);
        for (int t = 0; t < textTokens; t++) {
            put(values, frequencies, 0, 0);
        }
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                put(values, frequencies, row, column);
            }
        }
        return Ops.asComplex(Tensor.of(values.flip(), tokens, 1, pairs, 2));
    }

    private static void put(FloatBuffer values, double[][] frequencies, int row, int column) {
        int[] position = {0, row, column};
        for (int axis = 0; axis < position.length; axis++) {
            for (double frequency : frequencies[axis]) {
                double angle = position[axis] * frequency;
                values.put((float) Math.cos(angle)).put((float) Math.sin(angle));
            }
        }
    }

    private static double[] frequencies(int dim) {
        double[] frequencies = new double[dim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / Math.pow(THETA, 2.0 * i / dim);
        }
        return frequencies;
    }
}
