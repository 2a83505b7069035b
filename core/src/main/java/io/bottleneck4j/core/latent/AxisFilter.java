package io.bottleneck4j.core.latent;

import java.util.Arrays;

/** A kernel laid out along one axis: for each output cell, the run of input cells it averages and their weights. */
final class AxisFilter {

    private final int outSize;
    private final int inSize;
    private final int[] first; // [outSize], where a run begins
    private final double[][] weights; // [outSize][length of the run], each row summing to 1

    private AxisFilter(int inSize, int outSize) {
        this.inSize = inSize;
        this.outSize = outSize;
        first = new int[outSize];
        weights = new double[outSize][];
    }

    /** Lays a kernel out; when shrinking it is widened by the scale, which is the antialiasing. */
    static AxisFilter of(Kernel kernel, int inSize, int outSize) {
        AxisFilter filter = new AxisFilter(inSize, outSize);
        double scale = (double) inSize / outSize;
        double stretch = Math.max(scale, 1);
        double support = kernel.support() * stretch;
        for (int out = 0; out < outSize; out++) {
            double center = (out + 0.5) * scale;
            int from = Math.max((int) (center - support + 0.5), 0);
            int until = Math.min((int) (center + support + 0.5), inSize);
            double[] run = new double[until - from];
            double sum = 0;
            for (int k = 0; k < run.length; k++) {
                run[k] = kernel.weight((k + from - center + 0.5) * (1 / stretch));
                sum += run[k];
            }
            // A border cuts kernels off; dividing by what is left keeps a constant image constant.
            for (int k = 0; k < run.length; k++) {
                run[k] /= sum;
            }
            filter.first[out] = from;
            filter.weights[out] = run;
        }
        return filter;
    }

    /** Filters along the rows: {@code in [rows, inSize]} from {@code inAt} to {@code out [rows, outSize]}. */
    void alongRows(float[] in, int inAt, float[] out, int outAt, int rows) {
        for (int x = 0; x < outSize; x++) {
            double[] run = weights[x];
            int from = inAt + first[x];
            int to = outAt + x;
            for (int row = 0; row < rows; row++, from += inSize, to += outSize) {
                double sum = 0;
                for (int k = 0; k < run.length; k++) {
                    sum += in[from + k] * run[k];
                }
                out[to] = (float) sum;
            }
        }
    }

    /** Filters along the columns: {@code in [inSize, width]} from {@code inAt} to {@code out [outSize, width]}. */
    void alongColumns(float[] in, int inAt, float[] out, int outAt, int width) {
        double[] sums = new double[width]; // whole rows at a time, so that memory is read in order
        for (int y = 0; y < outSize; y++) {
            Arrays.fill(sums, 0);
            double[] run = weights[y];
            for (int k = 0; k < run.length; k++) {
                double weight = run[k];
                int from = inAt + (first[y] + k) * width;
                for (int x = 0; x < width; x++) {
                    sums[x] += in[from + x] * weight;
                }
            }
            int to = outAt + y * width;
            for (int x = 0; x < width; x++) {
                out[to + x] = (float) sums[x];
            }
        }
    }
}
