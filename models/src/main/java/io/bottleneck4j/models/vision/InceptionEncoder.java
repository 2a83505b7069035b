package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;

/**
 * The loaded Inception network of FID, in float32; for one thread. Its file is made by {@code tools/convert_metric.py} of a published
 * checkpoint.
 *
 * <p>Pictures are resized as TensorFlow 1 does it, between two values from a place that does not count from the middle of pixels, then
 * (value - 128) / 128. Values in between are not rounded to bytes. Source: torch-fidelity 0.4.0, interpolate_compat_tensorflow.py, without
 * align_corners.
 */
public final class InceptionEncoder implements AutoCloseable {
    private static final int SIDE = 299;

    private final Weights.Loaded<InceptionModel> model;
    private final Device device;

    private InceptionEncoder(Weights.Loaded<InceptionModel> model, Device device) {
        this.model = model;
        this.device = device;
    }

    /**
     * Loads the network; a file that is damaged or another's is a {@link io.bottleneck4j.torch.io.WeightsException}.
     */
    public static InceptionEncoder open(Path file, Device device) {
        return new InceptionEncoder(
                Weights.load("inception", SafetensorsFile.open(file), DType.FLOAT32, device, InceptionModel::new),
                device);
    }

    /** Adds the features of pictures of any size, encoded as one batch. */
    public void encode(List<Picture> pictures, FeatureSet to) {
        float[] values = new float[pictures.size() * 3 * SIDE * SIDE];
        for (int i = 0; i < pictures.size(); i++) {
            resize(pictures.get(i), values, i * 3 * SIDE * SIDE);
        }
        try (Scope scope = Scope.open()) {
            to.add(model.model()
                    .forward(Tensor.of(values, pictures.size(), 3, SIDE, SIDE).to(device)));
        }
    }

    /** A picture as [3, 299, 299] to a place in an array. */
    private static void resize(Picture picture, float[] values, int offset) {
        byte[] rgb = picture.rgb();
        Line columns = new Line(picture.width());
        Line rows = new Line(picture.height());
        for (int y = 0; y < SIDE; y++) {
            int top = rows.low[y] * picture.width();
            int bottom = rows.high[y] * picture.width();
            for (int x = 0; x < SIDE; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    int left = 3 * columns.low[x] + channel;
                    int right = 3 * columns.high[x] + channel;
                    float above = between(rgb[3 * top + left], rgb[3 * top + right], columns.share[x]);
                    float below = between(rgb[3 * bottom + left], rgb[3 * bottom + right], columns.share[x]);
                    float value = above + (below - above) * rows.share[y];
                    values[offset + channel * SIDE * SIDE + y * SIDE + x] = (value - 128) / 128;
                }
            }
        }
    }

    private static float between(byte low, byte high, float share) {
        float from = low & 0xff;
        return from + ((high & 0xff) - from) * share;
    }

    /** Where the values along one side lie in a picture. */
    private static final class Line {
        private final int[] low = new int[SIDE];
        private final int[] high = new int[SIDE];
        private final float[] share = new float[SIDE];

        Line(int size) {
            float scale = (float) ((double) size / SIDE);
            for (int i = 0; i < SIDE; i++) {
                float place = i * scale;
                low[i] = (int) place;
                high[i] = Math.min(low[i] + 1, size - 1);
                share[i] = place - low[i];
            }
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
