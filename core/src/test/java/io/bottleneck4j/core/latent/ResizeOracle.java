package io.bottleneck4j.core.latent;

/** Resizes one value at a time straight from the definition: no windows, no passes, all in double. Slow and plain. */
final class ResizeOracle {

    private ResizeOracle() {}

    static Latents resize(Latents in, LatentShape target, Resamplers resampler) {
        LatentShape shape = in.shape();
        float[] out = new float[target.elements()];
        for (int i = 0; i < out.length; i++) {
            int x = i % target.width();
            int y = i / target.width() % target.height();
            int plane = i / target.width() / target.height();
            double sum = 0;
            double norm = 0;
            for (int row = 0; row < shape.height(); row++) {
                for (int column = 0; column < shape.width(); column++) {
                    double weight = weight(resampler, y, row, shape.height(), target.height())
                            * weight(resampler, x, column, shape.width(), target.width());
                    sum += weight * in.get((plane * shape.height() + row) * shape.width() + column);
                    norm += weight;
                }
            }
            out[i] = (float) (sum / norm);
        }
        return Latents.copyOf(target, out);
    }

    /** The weight of input cell {@code in} for output cell {@code out} along one axis. */
    private static double weight(Resamplers resampler, int out, int in, int inSize, int outSize) {
        double center = (out + 0.5) * inSize / outSize;
        double d = Math.abs(in + 0.5 - center) / Math.max(1, (double) inSize / outSize);
        return switch (resampler) {
            case LANCZOS -> d < 3 ? lanczos(Math.PI * d) : 0;
            case BICUBIC -> bicubic(d);
            case BILINEAR -> d < 1 ? 1 - d : 0;
            case NEAREST -> throw new IllegalArgumentException("nearest has no kernel; its picks are golden data");
        };
    }

    private static double lanczos(double angle) {
        return angle == 0 ? 1 : 3 * Math.sin(angle) * Math.sin(angle / 3) / (angle * angle);
    }

    private static double bicubic(double d) {
        if (d >= 2) {
            return 0;
        }
        double cube = d * d * d;
        return d >= 1 ? -0.5 * cube + 2.5 * d * d - 4 * d + 2 : 1.5 * cube - 2.5 * d * d + 1;
    }
}
