package io.bottleneck4j.core.latent;

/** An even interpolation kernel: the weight of an input cell by its distance from the output cell's centre. */
enum Kernel {

    /** sinc(x) · sinc(x / 3), cut at 3. */
    LANCZOS(3) {
        @Override
        double weight(double x) {
            return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
        }
    },

    /** Keys' cubic convolution with a = -1/2: exact for parabolas. */
    BICUBIC(2) {
        @Override
        double weight(double x) {
            double d = Math.abs(x);
            if (d < 1) {
                return (1.5 * d - 2.5) * d * d + 1;
            }
            return d < 2 ? -0.5 * (((d - 5) * d + 8) * d - 4) : 0;
        }
    },

    /** Straight lines between neighbours. */
    BILINEAR(1) {
        @Override
        double weight(double x) {
            return Math.max(0, 1 - Math.abs(x));
        }
    };

    private final double support;

    Kernel(double support) {
        this.support = support;
    }

    /** Returns the distance in cells from which the weight is 0. */
    double support() {
        return support;
    }

    /** Returns the weight, not normalised, at a distance of {@code x} cells. */
    abstract double weight(double x);

    private static double sinc(double x) {
        double angle = x * Math.PI;
        return angle == 0 ? 1 : Math.sin(angle) / angle;
    }
}
