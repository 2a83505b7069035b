package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.List;

/**
 * How HPSv2 prepares pictures: as {@link PictureProcessor} does, but resizing values between 0 and 1 that are not rounded to bytes, and may
 * leave that range. Source: hpsv2 1.2.0, open_clip/transform.py, image_transform, with torchvision 0.17 or newer, whose Resize is antialiased
 * for tensors too.
 *
 * @param sizes what to resize and cut to, and the values' mean and deviation
 */
record HpsPreparation(PictureProcessor sizes) implements Preparation {
    @Override
    public Tensor apply(List<Picture> pictures) {
        return Scope.scoped(
                () -> Ops.cat(0, pictures.stream().map(this::prepared).toArray(Tensor[]::new)));
    }

    private Tensor prepared(Picture picture) {
        return Scope.scoped(() -> {
            Tensor square = square(picture);
            Tensor mean = channels(sizes.mean());
            return square.sub(mean).div(channels(sizes.std()));
        });
    }

    /** Values in [0, 1], resized and cut out, [1, 3, S, S]. */
    private Tensor square(Picture picture) {
        int shorter = Math.min(picture.width(), picture.height());
        int height = sizes.scaled(picture.height(), shorter);
        int width = sizes.scaled(picture.width(), shorter);
        Tensor whole = values(picture);
        Tensor resized = height == picture.height() && width == picture.width()
                ? whole
                : Ops.resizeBicubic(whole, height, width);
        int size = sizes.cropSize();
        PictureProcessor.Cropping cropping = PictureProcessor.Cropping.TORCHVISION;
        return resized.narrow(2, cropping.before(height - size), size).narrow(3, cropping.before(width - size), size);
    }

    private static Tensor values(Picture picture) {
        float[] values = new float[3 * picture.width() * picture.height()];
        new ChannelLevels(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0)).fill(picture, values, 0);
        return Tensor.of(values, 1, 3, picture.height(), picture.width());
    }

    private static Tensor channels(List<Double> three) {
        float[] values = new float[3];
        for (int i = 0; i < 3; i++) {
            values[i] = three.get(i).floatValue();
        }
        return Tensor.of(values, 1, 3, 1, 1);
    }
}
