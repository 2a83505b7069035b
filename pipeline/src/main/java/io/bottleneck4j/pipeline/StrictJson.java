package io.bottleneck4j.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.bottleneck4j.torch.io.Excerpt;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Our own JSON as records: keys are the components' names in snake case, components marked {@link Nullable} may be left out and are left
 * out where null. Strict: a key that is unknown, missing, null or of another type is refused by its place, since to pass over it would
 * change what the file means.
 */
@API(status = API.Status.INTERNAL)
public final class StrictJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private StrictJson() {}

    /** What a reader of any JSON says is wrong, without the names of its own switches. */
    public static String reason(String message) {
        return Excerpt.json(message);
    }

    /** One line of JSON; numbers are exact. */
    public static String write(Record value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("json: " + Excerpt.json(e.getOriginalMessage()), e);
        }
    }

    /**
     * Reads back what {@link #write} wrote.
     *
     * @param what the text is, for messages, as {@code settings}
     * @throws IllegalArgumentException if the text is not that
     */
    public static <T extends Record> T read(Class<T> type, String what, String text) {
        try {
            JsonNode json = MAPPER.readTree(text);
            if (json.isMissingNode()) {
                throw new IllegalArgumentException(what + ": must be JSON, and is empty");
            }
            check(type, json, what);
            return MAPPER.treeToValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    what + ": must be valid JSON: " + Excerpt.json(e.getOriginalMessage()), e);
        }
    }

    private static void check(Class<?> type, JsonNode json, String place) {
        if (!json.isObject()) {
            throw new IllegalArgumentException(place + ": must be an object, not " + json);
        }
        Set<String> known = new HashSet<>();
        Arrays.stream(type.getRecordComponents()).forEach(component -> known.add(key(component)));
        json.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key)) {
                throw new IllegalArgumentException(
                        place + ": '" + key + "' is unknown; was it made by a newer version of bottleneck4j?");
            }
        });
        for (RecordComponent component : type.getRecordComponents()) {
            JsonNode value = json.get(key(component));
            boolean optional = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
            if (value == null ? !optional : value.isNull()) {
                throw new IllegalArgumentException(place + ": '" + key(component) + "' is missing");
            }
            if (value != null) {
                checkValue(component.getGenericType(), value, place, key(component));
            }
        }
    }

    private static void checkValue(Type type, JsonNode value, String place, String key) {
        if (type instanceof Class<?> record && record.isRecord()) {
            check(record, value, place + ": " + key);
        } else if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            require(value.isArray(), "a list", value, place, key);
            String each = key.endsWith("s") ? key.substring(0, key.length() - 1) : key;
            for (int i = 0; i < value.size(); i++) {
                Type item = list.getActualTypeArguments()[0];
                if (item instanceof Class<?> record && record.isRecord()) {
                    check(record, value.get(i), place + ": " + each + " " + (i + 1));
                } else {
                    checkValue(item, value.get(i), place, each + " " + (i + 1));
                }
            }
        } else if (type == String.class) {
            require(value.isTextual(), "a text", value, place, key);
        } else if (type == Boolean.class || type == boolean.class) {
            require(value.isBoolean(), "true or false", value, place, key);
        } else if (type == Double.class || type == double.class) {
            require(value.isNumber() && Double.isFinite(value.doubleValue()), "a finite number", value, place, key);
        } else if (type == Integer.class || type == int.class) {
            require(value.isIntegralNumber() && value.canConvertToInt(), "a whole number", value, place, key);
        } else if (type == Long.class || type == long.class) {
            require(value.isIntegralNumber() && value.canConvertToLong(), "a whole number", value, place, key);
        } else if (type == BigInteger.class) {
            require(value.isIntegralNumber(), "a whole number", value, place, key);
        }
    }

    private static void require(boolean right, String requirement, JsonNode value, String place, String key) {
        if (!right) {
            throw new IllegalArgumentException(place + ": " + key + ": must be " + requirement + ", not " + value);
        }
    }

    private static String key(RecordComponent component) {
        return component.getName().replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
