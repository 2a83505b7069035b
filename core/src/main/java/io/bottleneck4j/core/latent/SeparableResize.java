package io.bottleneck4j.core.latent;

/**
 * Resizes with a separable kernel, rows first, as Pillow does: sums in double, each pass stored as float32, and an axis
 * that keeps its size not filtered at all.
 *
 * <p>Source: Pillow, Resample.c, ImagingResample with 32-bit float pixels.
 */
final class SeparableResize {

    private SeparableResize() {}

    static Latents resize(Latents latents, LatentShape target, Kernel kernel) {
        LatentShape shape = latents.shape();
        int height = shape.height();
        AxisFilter across = AxisFilter.of(kernel, shape.width(), target.width());
        AxisFilter down = AxisFilter.of(kernel, height, target.height());
        boolean sameWidth = shape.width() == target.width();
        boolean sameHeight = height == target.height();

        float[] in = latents.array();
        float[] out = new float[target.elements()];
        // One plane's rows, already at the target's width. A plane at a time stays in the processor's cache.
        float[] rows = new float[new LatentShape(1, 1, height, target.width()).elements()];
        for (int plane = 0; plane < shape.planes(); plane++) {
            int inAt = plane * height * shape.width();
            int outAt = plane * target.height() * target.width();
            if (sameHeight) {
                across.alongRows(in, inAt, out, outAt, height);
            } else if (sameWidth) {
                down.alongColumns(in, inAt, out, outAt, target.width());
            } else {
                across.alongRows(in, inAt, rows, 0, height);
                down.alongColumns(rows, 0, out, outAt, target.width());
            }
        }
        return Latents.owning(target, out);
    }
}
