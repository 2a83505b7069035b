package io.bottleneck4j.core.latent;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The resamplers of Pillow's {@code Image.resize} for float images (mode "F"), the same to float32 rounding.
 *
 * <p>All but {@link #NEAREST} antialias: when shrinking, the kernel is widened by the scale. Latents that already have
 * the wanted shape are returned as they are.
 *
 * <p>Source: arXiv 2503.18940, Sec. 4 (Lanczos) and Table 7 (the four compared); Pillow, Resample.c and Geometry.c.
 */
public enum Resamplers implements Resampler {

    /** Windowed sinc over 3 cells each way; the method's default. */
    LANCZOS,
    /** Cubic convolution with a = -0.5, over 2 cells each way. */
    BICUBIC,
    /** Triangle over 1 cell each way. */
    BILINEAR,
    /** The input cell that holds the centre of the output cell; never antialiased. */
    NEAREST;

    /**
     * Returns the resampler of a lower-case name, such as {@code lanczos}.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Resamplers parse(String name) {
        for (Resamplers resampler : values()) {
            if (resampler.toString().equals(name)) {
                return resampler;
            }
        }
        String names = Arrays.stream(values()).map(Resamplers::toString).collect(Collectors.joining(", "));
        throw new IllegalArgumentException("resampler: '%s' is unknown; use one of %s".formatted(name, names));
    }

    @Override
    public Latents resize(Latents latents, LatentShape target) {
        LatentShape shape = latents.shape();
        if (!target.equals(shape.withSize(target.height(), target.width()))) {
            throw new IllegalArgumentException(
                    "resize: %s cannot become %s; keep channels and frames, change height and width only"
                            .formatted(shape, target));
        }
        if (target.equals(shape)) {
            return latents;
        }
        return switch (this) {
            case LANCZOS -> SeparableResize.resize(latents, target, Kernel.LANCZOS);
            case BICUBIC -> SeparableResize.resize(latents, target, Kernel.BICUBIC);
            case BILINEAR -> SeparableResize.resize(latents, target, Kernel.BILINEAR);
            case NEAREST -> NearestResize.resize(latents, target);
        };
    }

    /** Returns the lower-case name, as {@link #parse} reads it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
