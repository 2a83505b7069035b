package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A loaded LPIPS of version 0.1, in float32; for one thread. Its file is made by {@code tools/convert_metric.py} of published ones. */
public final class LpipsEncoder implements AutoCloseable {
    /** The published shift and scale of values in [-1, 1], as mean and deviation of values in [0, 1]: ImageNet's. */
    private static final ChannelLevels LEVELS =
            new ChannelLevels(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

    private final Weights.Loaded<LpipsModel> model;
    private final LpipsBackbone backbone;
    private final Device device;

    private LpipsEncoder(Weights.Loaded<LpipsModel> model, LpipsBackbone backbone, Device device) {
        this.model = model;
        this.backbone = backbone;
        this.device = device;
    }

    /**
     * Loads it.
     *
     * @throws io.bottleneck4j.torch.io.WeightsException if the file is damaged, another's, or of another backbone
     */
    public static LpipsEncoder open(Path file, LpipsBackbone backbone, Device device) {
        TensorSource source = SafetensorsFile.open(file);
        Map<String, TensorInfo> infos = source.infos();
        return new LpipsEncoder(
                Weights.load("lpips", source, DType.FLOAT32, device, w -> new LpipsModel(backbone, w, infos)),
                backbone,
                device);
    }

    /**
     * The distance of two pictures, 0 for equal ones.
     *
     * @throws IllegalArgumentException if the sizes differ, or a side is below the backbone's smallest
     */
    public double distance(Picture a, Picture b) {
        if (a.width() != b.width() || a.height() != b.height()) {
            throw new IllegalArgumentException("pictures: must be of one size, not %s x %s and %s x %s px; resize one"
                    .formatted(a.width(), a.height(), b.width(), b.height()));
        }
        if (Math.min(a.width(), a.height()) < backbone.smallestSide()) {
            throw new IllegalArgumentException(
                    "pictures: must be at least %s px wide and high for lpips, not %s x %s; use a larger size"
                            .formatted(backbone.smallestSide(), a.width(), a.height()));
        }
        int plane = a.width() * a.height();
        float[] values = new float[2 * 3 * plane];
        LEVELS.fill(a, values, 0);
        LEVELS.fill(b, values, 3 * plane);
        try (Scope scope = Scope.open()) {
            return model.model()
                    .distance(Tensor.of(values, 2, 3, a.height(), a.width()).to(device));
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
