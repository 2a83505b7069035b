package io.bottleneck4j.eval.study;

/**
 * A share, and the shares that could have given it by chance: Wilson's score interval at 95 %, which is right also near 0 and 1. Source:
 * Wilson, Probable inference, the law of succession, and statistical inference (1927).
 */
record Wilson(double share, double low, double high) {
    private static final double Z = 1.959963984540054;

    /** Of {@code count} among {@code of}, at least 1. */
    static Wilson of(int count, int of) {
        if (of < 1 || count < 0 || count > of) {
            throw new IllegalArgumentException("count: must be 0 to " + of + " of at least 1, not " + count);
        }
        double p = (double) count / of;
        double z2 = Z * Z;
        double middle = (p + z2 / (2 * of)) / (1 + z2 / of);
        double half = Z / (1 + z2 / of) * Math.sqrt(p * (1 - p) / of + z2 / (4.0 * of * of));
        return new Wilson(p, Math.max(0, middle - half), Math.min(1, middle + half));
    }
}
