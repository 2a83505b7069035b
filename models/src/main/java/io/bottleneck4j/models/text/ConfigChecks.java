package io.bottleneck4j.models.text;

/** What both encoders ask of the numbers in their config.json. */
final class ConfigChecks {
    private ConfigChecks() {}

    static void requirePositive(String key, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(key + ": must be at least 1, not " + value);
        }
    }

    static void requireEpsilon(String key, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(key + ": must be in [0, 1), not " + value);
        }
    }
}
