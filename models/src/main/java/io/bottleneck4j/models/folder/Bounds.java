package io.bottleneck4j.models.folder;

/**
 * Bounds of the numbers in a configuration, checked before anything is built from them: a file with a wrong number must not take hours
 * or memory. They lie far above any published model of these kinds. A number beyond them is an {@link IllegalArgumentException} that names
 * key, bound and number.
 */
public final class Bounds {
    /** Layers, blocks: the largest published models have some 130. */
    public static final int LAYERS = 512;
    /** Widths, channels, heads: two of them still multiply within an int. */
    public static final int WIDTH = 1 << 15;
    /** Heads of a transformer, and dimensions of one. */
    public static final int HEADS = 1 << 12;

    public static final int HEAD_DIM = 1 << 12;
    /** Tokens of a vocabulary, positions. */
    public static final int TOKENS = 1 << 24;

    private Bounds() {}

    public static void atMost(String key, int value, int most) {
        if (value > most) {
            throw new IllegalArgumentException(key + ": must be at most " + most
                    + ", as no model of this kind has more, not " + value + "; fetch config.json again");
        }
    }

    /** 1 or more, and not above a bound. */
    public static void positive(String key, int value, int most) {
        if (value < 1) {
            throw new IllegalArgumentException(key + ": must be at least 1, not " + value);
        }
        atMost(key, value, most);
    }

    /** Finite and above 0. */
    public static void positive(String key, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(key + ": must be a finite number above 0, not " + value);
        }
    }

    /** In [0, 1): what keeps a norm from dividing by 0. */
    public static void epsilon(String key, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(key + ": must be in [0, 1), not " + value);
        }
    }

    /** A whole number of times another, which is above 0. */
    public static void multiple(String key, int value, String other, int of) {
        if (of < 1 || value % of != 0) {
            throw new IllegalArgumentException(key + ": " + value + " is not a multiple of " + other + " " + of);
        }
    }
}
