package io.bottleneck4j.models.vision;

import java.util.Arrays;
import java.util.List;

/** The network whose values LPIPS compares, cut in five slices; the numbers are torchvision's. Source: lpips 0.1.4, pretrained_networks.py. */
public enum LpipsBackbone {
    /** AlexNet, which the authors recommend for comparing methods. */
    ALEX(31) {
        @Override
        List<Slice> slices() {
            return List.of(
                    new Slice(0, List.of(new Conv(0, 11, 4, 2))),
                    new Slice(3, List.of(new Conv(3, 5, 1, 2))),
                    new Slice(3, List.of(new Conv(6, 3, 1, 1))),
                    new Slice(0, List.of(new Conv(8, 3, 1, 1))),
                    new Slice(0, List.of(new Conv(10, 3, 1, 1))));
        }
    },
    /** VGG16, which LPIPS as a training loss mostly uses. */
    VGG(16) {
        @Override
        List<Slice> slices() {
            return List.of(
                    threes(0, 0, 2),
                    threes(2, 5, 7),
                    threes(2, 10, 12, 14),
                    threes(2, 17, 19, 21),
                    threes(2, 24, 26, 28));
        }
    };

    private final int side;

    LpipsBackbone(int side) {
        this.side = side;
    }

    /** Pixels that both sides of a picture must have at least. */
    public int smallestSide() {
        return side;
    }

    abstract List<Slice> slices();

    private static Slice threes(int pool, int... indices) {
        return new Slice(
                pool, Arrays.stream(indices).mapToObj(i -> new Conv(i, 3, 1, 1)).toList());
    }

    /**
     * Layers before values are compared.
     *
     * @param pool side of the maximum before them, every second place; 0 if there is none
     */
    record Slice(int pool, List<Conv> convs) {}

    /** A convolution of k × k, and what is above 0 of it. */
    record Conv(int index, int k, int stride, int padding) {}
}
