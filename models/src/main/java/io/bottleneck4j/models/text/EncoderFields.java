package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The fields of a text encoder's config.json. An absent one has the default of the Python class, as it has there; one of
 * another type is refused.
 */
record EncoderFields(JsonNode config) {
    int integer(String key, int absent) {
        JsonNode value = config.get(key);
        if (value == null) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key, "an integer", value);
        }
        return value.intValue();
    }

    double number(String key, double absent) {
        JsonNode value = config.get(key);
        if (value == null) {
            return absent;
        }
        if (!value.isNumber()) {
            throw wrong(key, "a number", value);
        }
        return value.doubleValue();
    }

    boolean flag(String key, boolean absent) {
        JsonNode value = config.get(key);
        if (value == null) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw wrong(key, "true or false", value);
        }
        return value.booleanValue();
    }

    String text(String key, String absent) {
        JsonNode value = config.get(key);
        if (value == null) {
            return absent;
        }
        if (!value.isTextual()) {
            throw wrong(key, "a string", value);
        }
        return value.textValue();
    }

    static int requirePositive(String key, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(key + ": must be at least 1, not " + value + "; check config.json");
        }
        return value;
    }

    static void requireEpsilon(String key, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(key + ": must be in [0, 1), not " + value + "; check config.json");
        }
    }

    private static IllegalArgumentException wrong(String key, String type, JsonNode value) {
        return new IllegalArgumentException(key + ": must be " + type + ", not " + value + "; check config.json");
    }
}
