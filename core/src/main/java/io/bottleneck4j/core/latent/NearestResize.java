package io.bottleneck4j.core.latent;

/**
 * Resizes by picking, for each output cell, the input cell that holds its centre.
 *
 * <p>Source: Pillow, Geometry.c, ImagingScaleAffine.
 */
final class NearestResize {

    private NearestResize() {}

    static Latents resize(Latents latents, LatentShape target) {
        LatentShape shape = latents.shape();
        int[] rows = picks(shape.height(), target.height());
        int[] columns = picks(shape.width(), target.width());
        float[] in = latents.array();
        float[] out = new float[target.elements()];
        int to = 0;
        for (int plane = 0; plane < shape.planes(); plane++) {
            for (int row : rows) {
                int from = (plane * shape.height() + row) * shape.width();
                for (int column : columns) {
                    out[to++] = in[from + column];
                }
            }
        }
        return Latents.owning(target, out);
    }

    /** Returns the input cell of each output cell along one axis. */
    private static int[] picks(int inSize, int outSize) {
        int[] picks = new int[outSize];
        double scale = (double) inSize / outSize;
        double center = scale * 0.5;
        for (int out = 0; out < outSize; out++) {
            picks[out] = (int) center;
            center += scale; // a running sum, so that ties on an input border round as Pillow's do
        }
        return picks;
    }
}
