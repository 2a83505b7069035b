package io.bottleneck4j.models.text;

/** How far apart two results are. */
final class Differences {
    private Differences() {}

    /** Greatest difference over greatest expected magnitude; infinite if a value is not finite. */
    static double relative(float[] actual, float[] expected) {
        if (actual.length != expected.length) {
            throw new AssertionError(actual.length + " values, expected " + expected.length);
        }
        double difference = 0;
        double magnitude = 0;
        for (int i = 0; i < actual.length; i++) {
            if (!Float.isFinite(actual[i])) {
                return Double.POSITIVE_INFINITY;
            }
            difference = Math.max(difference, Math.abs((double) actual[i] - expected[i]));
            magnitude = Math.max(magnitude, Math.abs((double) expected[i]));
        }
        return difference / magnitude;
    }
}
