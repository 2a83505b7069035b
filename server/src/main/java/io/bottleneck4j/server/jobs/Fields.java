package io.bottleneck4j.server.jobs;

import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a request, of JSON or of a form. Each is read by its name once, null is as if it were left out, and what nobody asked for
 * is refused: a field that were passed over would have been meant.
 */
public final class Fields {
    private static final BigInteger SEEDS = BigInteger.ONE.shiftLeft(64);

    private static final double EXACT = 1L << 53;

    private static final int SHOWN = 80;

    private final ObjectNode json;
    private final Set<String> known = new TreeSet<>();

    /** The fields; those of a form are texts, also where a number is wanted. */
    public Fields(ObjectNode json) {
        this.json = json;
    }

    /** As they came. */
    public ObjectNode json() {
        return json;
    }

    /** The names that were asked for. */
    Set<String> known() {
        return known;
    }

    /** Refuses fields that nobody asked for. */
    void requireKnown() {
        for (String name : json.propertyNames()) {
            if (!known.contains(name)) {
                throw wrong(name, "unknown_parameter", "is not known here; known are " + String.join(", ", known));
            }
        }
    }

    private @Nullable JsonNode value(String name) {
        known.add(name);
        JsonNode value = json.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** An error about a field. */
    static ApiException wrong(String name, String code, String what) {
        return ApiException.request(400, name, code, name + ": " + what);
    }

    private static ApiException wrong(String name, String requirement, JsonNode value) {
        String shown = value.isString() ? "'" + value.asString() + "'" : value.toString();
        return wrong(name, "invalid_type", "must be " + requirement + ", not " + shortened(shown));
    }

    /** A text. */
    @Nullable
    String text(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isString()) {
            throw wrong(name, "a text", value);
        }
        return value.asString();
    }

    /** One of some words. */
    @Nullable
    String word(String name, Collection<String> words) {
        String text = text(name);
        if (text != null && !words.contains(text)) {
            throw wrong(
                    name,
                    "invalid_value",
                    "must be one of " + String.join(", ", words) + ", not '" + shortened(text) + "'");
        }
        return text;
    }

    /** What a client sent, for messages. */
    public static String shortened(String text) {
        return ApiException.cut(text, SHOWN);
    }

    /** A whole number between two. */
    @Nullable
    Integer integer(String name, int least, int most) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        BigInteger number = whole(value);
        if (number == null) {
            throw wrong(name, "a whole number", value);
        }
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            throw wrong(
                    name,
                    "invalid_value",
                    "must be between " + least + " and " + most + ", not " + shortened(number.toString()));
        }
        return number.intValue();
    }

    /** A seed of 64 bits without a sign, as a number or, for JavaScript, a text. */
    @Nullable
    Long seed(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        BigInteger number = whole(value);
        if (number == null || number.signum() < 0 || number.compareTo(SEEDS) >= 0) {
            throw wrong(name, "a whole number from 0 to 18446744073709551615", value);
        }
        return number.longValue();
    }

    /** JSON has one kind of number: what writes 2.0 means 2. Above 2^53 such a number may not be the one that was meant. */
    private static @Nullable BigInteger whole(JsonNode value) {
        if (value.isIntegralNumber()) {
            return value.bigIntegerValue();
        }
        if (value.isNumber()) {
            double number = value.doubleValue();
            return number == Math.rint(number) && Math.abs(number) <= EXACT ? BigInteger.valueOf((long) number) : null;
        }
        return value.isString() && value.asString().matches("-?\\d{1,20}") ? new BigInteger(value.asString()) : null;
    }

    /** A finite number. */
    @Nullable
    Double number(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        double number = Double.NaN;
        if (value.isNumber()) {
            number = value.doubleValue();
        } else if (value.isString() && value.asString().matches("-?\\d{1,20}(\\.\\d{1,20})?([eE]-?\\d{1,3})?")) {
            number = Double.parseDouble(value.asString());
        }
        if (!Double.isFinite(number)) {
            throw wrong(name, "a number", value);
        }
        return number;
    }

    /** A number between two. */
    @Nullable
    Double number(String name, double least, double most) {
        Double number = number(name);
        if (number != null && (number < least || number > most)) {
            throw wrong(
                    name,
                    "invalid_value",
                    "must be between " + (long) least + " and " + (long) most + ", not "
                            + shortened(number.toString()));
        }
        return number;
    }

    /** True or false; false where it is left out. */
    boolean flag(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return false;
        }
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        String text = value.isString() ? value.asString().toLowerCase(Locale.ROOT) : "";
        if (!text.equals("true") && !text.equals("false")) {
            throw wrong(name, "true or false", value);
        }
        return text.equals("true");
    }

    /** One value or a list of them; empty where it is left out. */
    List<JsonNode> several(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return List.of();
        }
        return value.isArray() ? List.copyOf(value.values()) : List.of(value);
    }
}
