package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A loaded LPIPS of version 0.1, in float32; for one thread. It tells how unlike two pictures look: the squared differences of a network's
 * values at five depths, each place's divided by their length, weighted by channel and averaged over places. Its file is made by {@code
 * tools/convert_metric.py} of published ones. Source: lpips 0.1.4, lpips.py, LPIPS.
 */
public final class LpipsEncoder implements AutoCloseable {
    /** The published shift and scale of values in [-1, 1], as mean and deviation of values in [0, 1]: ImageNet's. */
    private static final PictureProcessor.Levels LEVELS =
            new PictureProcessor.Levels(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

    private final Weights.Loaded<Model> model;
    private final LpipsBackbone backbone;
    private final Device device;

    private LpipsEncoder(Weights.Loaded<Model> model, LpipsBackbone backbone, Device device) {
        this.model = model;
        this.backbone = backbone;
        this.device = device;
    }

    /**
     * Loads it; a file that is damaged, another's, or of another backbone is a {@link
     * io.bottleneck4j.torch.io.WeightsException}.
     */
    public static LpipsEncoder open(Path file, LpipsBackbone backbone, Device device) {
        return new LpipsEncoder(
                Weights.load("lpips", SafetensorsFile.open(file), DType.FLOAT32, device, w -> new Model(backbone, w)),
                backbone,
                device);
    }

    /** The distance of two pictures, 0 for equal ones; they are of one size, at least the backbone's smallest. */
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

    /** The backbone's slices with their weights; how many channels layers have is the file's. */
    static final class Model {
        private static final double EPS = 1e-10;

        private final List<Slice> slices = new ArrayList<>();

        private record Slice(Layer layers, Tensor lin) {}

        Model(LpipsBackbone backbone, Weights w) {
            int in = 3;
            for (LpipsBackbone.Slice slice : backbone.slices()) {
                List<Layer> layers = new ArrayList<>();
                if (slice.pool() != 0) {
                    layers.add(x -> Ops.maxPool2d(x, slice.pool(), 2, 0));
                }
                for (LpipsBackbone.Conv conv : slice.convs()) {
                    String key = "net.slice" + (slices.size() + 1) + "." + conv.index();
                    int out = w.size(key + ".bias", 0);
                    layers.add(Conv2d.of(w, key, in, out, conv.k(), conv.stride(), conv.padding())::forward);
                    layers.add(Ops::relu);
                    in = out;
                }
                Tensor lin = w.tensor("lin" + slices.size() + ".model.1.weight", 1, in, 1, 1);
                slices.add(new Slice(new Layer.Chain(layers), lin));
            }
        }

        /** Two pictures [2, 3, H, W], scaled → their distance. */
        double distance(Tensor pair) {
            try (Scope scope = Scope.open()) {
                Tensor x = pair;
                double sum = 0;
                for (Slice slice : slices) {
                    Tensor next = slice.layers().forward(x);
                    if (x != pair) {
                        Scope.free(x);
                    }
                    x = next;
                    sum += apart(x, slice.lin());
                }
                return sum;
            }
        }

        private static double apart(Tensor x, Tensor lin) {
            try (Scope scope = Scope.open()) {
                Tensor length = x.mul(x).sum(1).sqrt().add(EPS).unsqueeze(1);
                Tensor unit = x.div(length);
                Tensor difference = unit.narrow(0, 0, 1).sub(unit.narrow(0, 1, 1));
                Tensor weighted = difference.mul(difference).mul(lin).sum(1);
                return weighted.reshape(-1).mean(0).toFloats()[0];
            }
        }
    }
}
