package io.bottleneck4j.models.vision;

import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A point of CLIP's space, of length 1. */
public final class Features {
    private final float[] values;

    private Features(float[] values) {
        this.values = values;
    }

    /** Rows [B, P], each divided by its length. */
    static List<Features> rows(Tensor rows) {
        float[] values = rows.toFloats();
        int width = (int) rows.size(1);
        List<Features> all = new ArrayList<>();
        for (int at = 0; at < values.length; at += width) {
            all.add(of(Arrays.copyOfRange(values, at, at + width)));
        }
        return all;
    }

    /** A row divided by its length. */
    static Features of(float[] row) {
        double squares = 0;
        for (float value : row) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        float[] unit = new float[row.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (row[i] / length);
        }
        return new Features(unit);
    }

    /** The cosine of the angle between both, in [-1, 1] up to rounding. */
    public double cosine(Features other) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += (double) values[i] * other.values[i];
        }
        return sum;
    }

    /** The values [P]. A copy. */
    public float[] values() {
        return values.clone();
    }
}
