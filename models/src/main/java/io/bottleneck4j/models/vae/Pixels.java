package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Conversion between pictures as tensors with values in [-1, 1] and as bytes, red, green, blue for each pixel, row by row.
 * Source: diffusers image_processor.py@0.42.1, VaeImageProcessor.
 */
public final class Pixels {
    private static final int CHANNELS = 3;

    private Pixels() {}

    /**
     * Bytes [H, W, 3] of a picture: {@code x / 2 + 0.5}, cut to [0, 1], times 255, rounded half to even.
     *
     * @param picture [1, 3, H, W]
     * @throws IllegalArgumentException if the picture is not of that shape or holds NaN
     */
    public static byte[] toRgb(Tensor picture) {
        if (picture.dim() != 4 || picture.size(0) != 1 || picture.size(1) != CHANNELS) {
            throw new IllegalArgumentException(
                    "picture: must be [1, 3, height, width], not " + Arrays.toString(picture.shape()));
        }
        float[] planes = picture.toFloats();
        int pixels = planes.length / CHANNELS;
        byte[] rgb = new byte[planes.length];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int pixel = 0; pixel < pixels; pixel++) {
                rgb[pixel * CHANNELS + channel] = level(planes[channel * pixels + pixel]);
            }
        }
        return rgb;
    }

    private static byte level(float value) {
        if (Float.isNaN(value)) {
            throw new IllegalArgumentException("picture: holds NaN");
        }
        float unit = Math.max(0f, Math.min(1f, value * 0.5f + 0.5f));
        return (byte) Math.rint(unit * 255f);
    }

    /** The picture [1, 3, H, W], float32 on the CPU, of height · width · 3 bytes [H, W, 3]. */
    public static Tensor ofRgb(byte[] rgb, int height, int width) {
        return ofRgb(rgb, height, width, pixel -> true);
    }

    /**
     * The same, grey in places that are not kept, as FLUX.1-Fill sees what it is to fill. Source: diffusers
     * pipeline_flux_fill.py@0.42.1, masked_image.
     *
     * @param kept by the row-major index of a pixel
     */
    public static Tensor ofRgb(byte[] rgb, int height, int width, IntPredicate kept) {
        if (height <= 0 || width <= 0 || (long) height * width * CHANNELS != rgb.length) {
            throw new IllegalArgumentException("rgb: " + rgb.length + " bytes are not a picture of " + width + " × "
                    + height + " px (3 bytes each)");
        }
        int pixels = height * width;
        float[] planes = new float[rgb.length];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int pixel = 0; pixel < pixels; pixel++) {
                int level = Byte.toUnsignedInt(rgb[pixel * CHANNELS + channel]);
                planes[channel * pixels + pixel] = kept.test(pixel) ? 2f * (level / 255f) - 1f : 0f;
            }
        }
        return Tensor.of(planes, 1, CHANNELS, height, width);
    }
}
