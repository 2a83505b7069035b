package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PillowResize;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.List;
import java.util.Set;

/**
 * Makes pictures of any size what a vision model takes: the shorter side resized to a length, the middle square cut out, values brought to
 * mean 0 and deviation 1 channel by channel. Source: transformers image_processing_pil_clip.py@5.23.0, CLIPImageProcessorPil.
 *
 * @param shortestEdge pixels of the shorter side after resizing
 * @param cropSize pixels of the square's sides, at most {@code shortestEdge}
 * @param cropping which pixels are the middle where the rest is odd
 * @param mean of each channel, of values in [0, 1]
 * @param std deviation of each channel, above 0
 */
public record PictureProcessor(int shortestEdge, int cropSize, Cropping cropping, List<Double> mean, List<Double> std) {

    /** CLIP's own, OPENAI_CLIP_MEAN. */
    static final List<Double> CLIP_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);

    /** CLIP's own, OPENAI_CLIP_STD. */
    static final List<Double> CLIP_STD = List.of(0.26862954, 0.26130258, 0.27577711);

    /** Values in [0, 1] as they are. */
    private static final Levels UNIT = new Levels(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

    /** Pixels before the middle when an odd number is left over. */
    public enum Cropping {
        /** The smaller half: transformers' center_crop. */
        TRANSFORMERS,
        /** The half rounded, .5 to the even neighbour: torchvision's CenterCrop. */
        TORCHVISION;

        int before(int rest) {
            return this == TRANSFORMERS ? rest / 2 : (int) Math.rint(rest / 2.0);
        }
    }

    public PictureProcessor {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (cropSize < 1 || cropSize > shortestEdge) {
            throw new IllegalArgumentException("crop_size: must be 1 to the shortest edge, " + shortestEdge
                    + " px, not " + cropSize + "; padding is not supported");
        }
        if (mean.size() != 3 || std.size() != 3) {
            throw new IllegalArgumentException(
                    "image_mean, image_std: must be 3 numbers each, not " + mean + " and " + std);
        }
        if (std.stream().anyMatch(value -> !(value > 0))) {
            throw new IllegalArgumentException("image_std: must be above 0, not " + std);
        }
    }

    /** Reads preprocessor_config.json; absent keys have CLIPImageProcessor's defaults. */
    public static PictureProcessor of(Config config) {
        config.refuseUnless("resample", Set.of("3")); // bicubic
        for (String step : List.of("do_resize", "do_center_crop", "do_rescale", "do_normalize")) {
            config.refuseUnless(step, Set.of("true"));
        }
        int edge = side(config, "size", List.of("shortest_edge"));
        int crop = side(config, "crop_size", List.of("height", "width"));
        return config.as(it -> new PictureProcessor(
                edge,
                crop,
                Cropping.TRANSFORMERS,
                config.doublesOr("image_mean", CLIP_MEAN),
                config.doublesOr("image_std", CLIP_STD)));
    }

    /** A length, written as a number by early files and as an object of equal numbers by later ones. */
    private static int side(Config config, String key, List<String> parts) {
        if (!config.has(key) || config.json().get(key).isNumber()) {
            return config.intOr(key, 224);
        }
        Config object = config.objectOrEmpty(key);
        int side = object.requireInt(parts.get(0));
        for (String part : parts) {
            if (object.requireInt(part) != side) {
                throw new FolderException(config.file() + ": " + key + ": must be a square, not " + side + " x "
                        + object.requireInt(part) + "; bottleneck4j does not support others");
            }
        }
        return side;
    }

    /** Every picture prepared, float32 [B, 3, S, S] on the CPU. */
    public Tensor apply(List<Picture> pictures) {
        int plane = cropSize * cropSize;
        float[] values = new float[pictures.size() * 3 * plane];
        Levels levels = new Levels(mean, std);
        for (int i = 0; i < pictures.size(); i++) {
            fill(pictures.get(i), values, i * 3 * plane, levels);
        }
        return Tensor.of(values, pictures.size(), 3, cropSize, cropSize);
    }

    private void fill(Picture picture, float[] values, int offset, Levels levels) {
        int shorter = Math.min(picture.width(), picture.height());
        Picture resized =
                PillowResize.bicubic(picture, scaled(picture.width(), shorter), scaled(picture.height(), shorter));
        byte[] rgb = resized.rgb();
        int left = cropping.before(resized.width() - cropSize);
        int top = cropping.before(resized.height() - cropSize);
        int plane = cropSize * cropSize;
        for (int i = 0; i < plane; i++) {
            int from = 3 * ((top + i / cropSize) * resized.width() + left + i % cropSize);
            for (int channel = 0; channel < 3; channel++) {
                values[offset + channel * plane + i] = levels.of(channel, rgb[from + channel]);
            }
        }
    }

    /**
     * The same as HPSv2 does it: resizing values between 0 and 1 that are not rounded to bytes, and may leave that range; the middle is
     * torchvision's. Source: hpsv2 1.2.0, open_clip/transform.py, image_transform, with torchvision 0.17 or newer, whose Resize is
     * antialiased for tensors too.
     */
    Tensor applyAsFloats(List<Picture> pictures) {
        return Scope.scoped(() -> {
            Tensor[] squares = pictures.stream().map(this::square).toArray(Tensor[]::new);
            return Ops.cat(0, squares).sub(channels(mean)).div(channels(std));
        });
    }

    /** Values in [0, 1], resized and cut out, [1, 3, S, S]. */
    private Tensor square(Picture picture) {
        int shorter = Math.min(picture.width(), picture.height());
        int height = scaled(picture.height(), shorter);
        int width = scaled(picture.width(), shorter);
        float[] values = new float[3 * picture.width() * picture.height()];
        UNIT.fill(picture, values, 0);
        return Scope.scoped(() -> {
            Tensor whole = Tensor.of(values, 1, 3, picture.height(), picture.width());
            Tensor resized = height == picture.height() && width == picture.width()
                    ? whole
                    : Ops.resizeBicubic(whole, height, width);
            int top = Cropping.TORCHVISION.before(height - cropSize);
            int left = Cropping.TORCHVISION.before(width - cropSize);
            return resized.narrow(2, top, cropSize).narrow(3, left, cropSize);
        });
    }

    private static Tensor channels(List<Double> three) {
        float[] values = {
            three.get(0).floatValue(), three.get(1).floatValue(), three.get(2).floatValue()
        };
        return Tensor.of(values, 1, 3, 1, 1);
    }

    /** A side after resizing; the longer one is cut to whole pixels. */
    private int scaled(int side, int shorter) {
        return side == shorter ? shortestEdge : (int) ((double) shortestEdge * side / shorter);
    }

    /** What each of 256 levels becomes when values in [0, 1] are brought to mean 0 and deviation 1, channel by channel. */
    static final class Levels {
        private final float[][] levels = new float[3][256];

        Levels(List<Double> mean, List<Double> std) {
            for (int channel = 0; channel < 3; channel++) {
                for (int level = 0; level < 256; level++) {
                    levels[channel][level] = (float) ((level / 255.0 - mean.get(channel)) / std.get(channel));
                }
            }
        }

        float of(int channel, byte value) {
            return levels[channel][value & 0xff];
        }

        /** Writes a picture as [3, H, W] to a place in an array. */
        void fill(Picture picture, float[] values, int offset) {
            byte[] rgb = picture.rgb();
            int plane = rgb.length / 3;
            for (int i = 0; i < rgb.length; i++) {
                values[offset + i % 3 * plane + i / 3] = of(i % 3, rgb[i]);
            }
        }
    }
}
