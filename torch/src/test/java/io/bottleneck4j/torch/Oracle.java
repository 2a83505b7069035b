package io.bottleneck4j.torch;

import java.util.function.DoubleUnaryOperator;

/** What the operations of {@link Ops} mean, written out one value at a time in double precision. */
final class Oracle {
    private Oracle() {}

    /** {@code x · weightᵀ + bias}: x [rows, in], weight [out, in]. */
    static float[] linear(float[] x, float[] weight, float[] bias, int rows, int in, int out) {
        float[] result = new float[rows * out];
        for (int r = 0; r < rows; r++) {
            for (int o = 0; o < out; o++) {
                double sum = bias.length == 0 ? 0 : bias[o];
                for (int i = 0; i < in; i++) {
                    sum += (double) x[r * in + i] * weight[o * in + i];
                }
                result[r * out + o] = (float) sum;
            }
        }
        return result;
    }

    /** {@code a · b} of matrices [n, k] and [k, m]. */
    static float[] matmul(float[] a, float[] b, int n, int k, int m) {
        float[] result = new float[n * m];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) a[i * k + l] * b[l * m + j];
                }
                result[i * m + j] = (float) sum;
            }
        }
        return result;
    }

    /** Rows of {@code size} values brought to mean 0 and variance 1, scaled and shifted. */
    static float[] layerNorm(float[] x, float[] weight, float[] bias, int size, double eps) {
        float[] result = new float[x.length];
        for (int start = 0; start < x.length; start += size) {
            double[] moments = moments(x, start, size);
            for (int i = 0; i < size; i++) {
                double normal = (x[start + i] - moments[0]) / Math.sqrt(moments[1] + eps);
                result[start + i] = (float) (normal * weight[i] + bias[i]);
            }
        }
        return result;
    }

    /** x [channels, cells] in groups of channels. */
    static float[] groupNorm(float[] x, float[] weight, float[] bias, int channels, int groups, double eps) {
        float[] result = new float[x.length];
        int cells = x.length / channels;
        int size = x.length / groups;
        for (int start = 0; start < x.length; start += size) {
            double[] moments = moments(x, start, size);
            for (int i = start; i < start + size; i++) {
                int channel = i / cells;
                double normal = (x[i] - moments[0]) / Math.sqrt(moments[1] + eps);
                result[i] = (float) (normal * weight[channel] + bias[channel]);
            }
        }
        return result;
    }

    private static double[] moments(float[] x, int start, int size) {
        double mean = 0;
        for (int i = start; i < start + size; i++) {
            mean += x[i] / (double) size;
        }
        double variance = 0;
        for (int i = start; i < start + size; i++) {
            variance += (x[i] - mean) * (x[i] - mean) / size;
        }
        return new double[] {mean, variance};
    }

    /** Rows of {@code size} values divided by their root mean square, and scaled. */
    static float[] rmsNorm(float[] x, float[] weight, int size, double eps) {
        float[] result = new float[x.length];
        for (int start = 0; start < x.length; start += size) {
            double square = 0;
            for (int i = start; i < start + size; i++) {
                square += (double) x[i] * x[i] / size;
            }
            for (int i = 0; i < size; i++) {
                result[start + i] = (float) (x[start + i] / Math.sqrt(square + eps) * weight[i]);
            }
        }
        return result;
    }

    /** A picture of channels [channels, height, width], zero outside. */
    static final class Picture {
        private final float[] values;
        private final int channels;
        private final int height;
        private final int width;

        Picture(float[] values, int channels, int height, int width) {
            this.values = values;
            this.channels = channels;
            this.height = height;
            this.width = width;
        }

        double at(int channel, int y, int x) {
            boolean inside = y >= 0 && y < height && x >= 0 && x < width;
            return inside ? values[(channel * height + y) * width + x] : 0;
        }
    }

    /** Convolution with weight [out, channels, k, k]. */
    static float[] conv2d(Picture in, float[] weight, float[] bias, int k, int stride, int padding) {
        int height = (in.height + 2 * padding - k) / stride + 1;
        int width = (in.width + 2 * padding - k) / stride + 1;
        float[] result = new float[bias.length * height * width];
        for (int i = 0; i < result.length; i++) {
            int out = i / (height * width);
            int top = i / width % height * stride - padding;
            int left = i % width * stride - padding;
            double sum = bias[out];
            for (int w = 0; w < in.channels * k * k; w++) {
                double value = in.at(w / (k * k), top + w / k % k, left + w % k);
                sum += value * weight[out * in.channels * k * k + w];
            }
            result[i] = (float) sum;
        }
        return result;
    }

    static float[] softmax(float[] x, int size) {
        float[] result = new float[x.length];
        for (int start = 0; start < x.length; start += size) {
            double max = Double.NEGATIVE_INFINITY;
            for (int i = start; i < start + size; i++) {
                max = Math.max(max, x[i]);
            }
            double sum = 0;
            for (int i = start; i < start + size; i++) {
                sum += Math.exp(x[i] - max);
            }
            for (int i = start; i < start + size; i++) {
                result[i] = (float) (Math.exp(x[i] - max) / sum);
            }
        }
        return result;
    }

    /** Pairs of neighbours as complex numbers, times the turns (cos, sin) of each pair. */
    static float[] rotatePairs(float[] x, float[] turns) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i += 2) {
            double cos = turns[i % turns.length];
            double sin = turns[i % turns.length + 1];
            result[i] = (float) (x[i] * cos - x[i + 1] * sin);
            result[i + 1] = (float) (x[i] * sin + x[i + 1] * cos);
        }
        return result;
    }

    /** One head: q [lq, dh], k and v [lk, dh], bias [lq, lk] or empty. */
    static float[] attention(float[] q, float[] k, float[] v, float[] bias, int dh, double scale) {
        int lq = q.length / dh;
        int lk = k.length / dh;
        float[] scores = new float[lq * lk];
        for (int i = 0; i < scores.length; i++) {
            double sum = 0;
            for (int d = 0; d < dh; d++) {
                sum += (double) q[i / lk * dh + d] * k[i % lk * dh + d];
            }
            scores[i] = (float) (sum * scale + (bias.length == 0 ? 0 : bias[i]));
        }
        return matmul(softmax(scores, lk), v, lq, lk, dh);
    }

    static float[] each(float[] x, DoubleUnaryOperator function) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) function.applyAsDouble(x[i]);
        }
        return result;
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** {@code x · Φ(x)}, the error function by its power series. */
    static double gelu(double x) {
        double z = x / Math.sqrt(2);
        double term = z;
        double sum = z;
        for (int n = 1; n < 200; n++) {
            term *= -z * z / n;
            sum += term / (2 * n + 1);
        }
        return x * (0.5 + sum / Math.sqrt(Math.PI));
    }

    static double geluTanh(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }
}
