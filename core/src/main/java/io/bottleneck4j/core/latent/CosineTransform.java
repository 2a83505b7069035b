package io.bottleneck4j.core.latent;

import org.apiguardian.api.API;

/**
 * The orthonormal discrete cosine transform (DCT-II) over height and width, of each channel and frame on its own.
 *
 * <p>The first value of a plane is its mean times the root of its cells; the sum of squares is kept. It is scipy's {@code dctn(x,
 * norm="ortho")} over the last two axes. Computed as two products with a matrix, in float64, rounded once at the end: the grids are small.
 */
@API(status = API.Status.INTERNAL)
public final class CosineTransform {

    private CosineTransform() {}

    /** Returns the coefficients {@code [C, F, H, W]}, low frequencies first. */
    public static Latents forward(Latents latents) {
        return transform(latents, false);
    }

    /** Returns the latents of coefficients. */
    public static Latents inverse(Latents coefficients) {
        return transform(coefficients, true);
    }

    /**
     * Returns noisy latents at a larger size: their coefficients stay the low frequencies, and noise makes the high ones.
     *
     * <p>Source: SPEED, howardhx/speed@ca7801c, utils.py.
     *
     * @param noisy latents {@code [C, F, h, w]} at noise level {@code sigma}
     * @param noise standard normal values {@code [C, F, H, W]}, taken for coefficients
     * @return latents {@code [C, F, H, W]} at {@link #levelAfter}
     * @throws IllegalArgumentException if the shapes have another ratio in height than in width
     */
    public static Latents extend(Latents noisy, Latents noise, double sigma) {
        LatentShape from = noisy.shape();
        LatentShape to = noise.shape();
        double ratio = ratio(from, to);
        float[] values = noise.times(sigma).values();
        float[] low = forward(noisy).array();
        for (int plane = 0; plane < from.planes(); plane++) {
            for (int y = 0; y < from.height(); y++) {
                System.arraycopy(
                        low,
                        (plane * from.height() + y) * from.width(),
                        values,
                        (plane * to.height() + y) * to.width(),
                        from.width());
            }
        }
        return inverse(Latents.owning(to, values)).times(ratio / (1 + (ratio - 1) * sigma));
    }

    /**
     * Returns the noise level of enlarged latents: values that are spread over more cells become smaller, and are scaled up again.
     *
     * @param sigma the level before
     * @throws IllegalArgumentException if the shapes have another ratio in height than in width
     */
    public static double levelAfter(double sigma, LatentShape from, LatentShape to) {
        double ratio = ratio(from, to);
        return sigma * ratio / (1 + (ratio - 1) * sigma);
    }

    private static double ratio(LatentShape from, LatentShape to) {
        if ((long) from.height() * to.width() != (long) from.width() * to.height()) {
            throw new IllegalArgumentException(
                    "handover: dct needs one ratio in height and width, not %s to %s; use sizes of one shape"
                            .formatted(from, to));
        }
        return (double) to.height() / from.height();
    }

    private static Latents transform(Latents in, boolean inverse) {
        LatentShape shape = in.shape();
        int h = shape.height();
        int w = shape.width();
        double[][] rows = basis(h, inverse);
        double[][] columns = basis(w, inverse);
        float[] from = in.array();
        float[] to = new float[from.length];
        double[] half = new double[h * w];
        for (int plane = 0; plane < shape.planes(); plane++) {
            int at = plane * h * w;
            for (int y = 0; y < h; y++) {
                for (int v = 0; v < w; v++) {
                    double sum = 0;
                    for (int x = 0; x < w; x++) {
                        sum += columns[v][x] * from[at + y * w + x];
                    }
                    half[y * w + v] = sum;
                }
            }
            for (int u = 0; u < h; u++) {
                double[] row = new double[w];
                for (int y = 0; y < h; y++) {
                    double weight = rows[u][y];
                    for (int v = 0; v < w; v++) {
                        row[v] += weight * half[y * w + v];
                    }
                }
                for (int v = 0; v < w; v++) {
                    to[at + u * w + v] = (float) row[v];
                }
            }
        }
        return Latents.owning(shape, to);
    }

    /** A row for each value that comes out; the inverse of an orthonormal matrix is its transpose. */
    private static double[][] basis(int n, boolean inverse) {
        double[][] basis = new double[n][n];
        for (int k = 0; k < n; k++) {
            double norm = Math.sqrt((k == 0 ? 1.0 : 2.0) / n);
            for (int i = 0; i < n; i++) {
                double value = norm * Math.cos(Math.PI * k * (2 * i + 1) / (2.0 * n));
                basis[inverse ? i : k][inverse ? k : i] = value;
            }
        }
        return basis;
    }
}
