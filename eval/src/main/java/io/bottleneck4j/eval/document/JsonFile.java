package io.bottleneck4j.eval.document;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DatabindException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.lang.reflect.Executable;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * JSON that programs write, bound to records: components are keys in snake_case, enums are their text, all must be there but those that are
 * {@link Nullable} or that {@code @JsonProperty} says need not, and nothing is taken for what it is not, such as a number for text. Keys that
 * no component has are not looked at. What is wrong is told by its key.
 */
public final class JsonFile {
    private static final String KEY_OF_FORMAT = "format";

    /** Writes and binds; see the class. NaN is written as null, infinity as text, as JSON has no number for it. */
    public static final ObjectMapper MAPPER = JsonMapper.builder()
            .annotationIntrospector(new RequiredUnlessNullable())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING, DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)
                            .forEach(shape -> text.setCoercion(shape, CoercionAction.Fail)))
            .addModule(new SimpleModule()
                    .addSerializer(double.class, new NanAsNull())
                    .addSerializer(Double.class, new NanAsNull()))
            .build();

    private JsonFile() {}

    private static final class NanAsNull extends StdScalarSerializer<Double> {
        private static final long serialVersionUID = 1L;

        NanAsNull() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator json, SerializerProvider provider) throws IOException {
            if (value.isNaN()) {
                json.writeNull();
            } else {
                json.writeNumber(value);
            }
        }
    }

    /** Takes what must not be null for what must be there. */
    private static final class RequiredUnlessNullable extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
            Boolean written = super.hasRequiredMarker(member);
            if (written == null
                    && member instanceof AnnotatedParameter parameter
                    && parameter.getOwner().getMember() instanceof Executable constructor) {
                return !constructor
                        .getParameters()[parameter.getIndex()]
                        .getAnnotatedType()
                        .isAnnotationPresent(Nullable.class);
            }
            return written;
        }
    }

    /** A value as an object that begins with the format it has. */
    public static ObjectNode json(String format, Object value) {
        ObjectNode json = MAPPER.createObjectNode().put(KEY_OF_FORMAT, format);
        json.setAll((ObjectNode) MAPPER.valueToTree(value));
        return json;
    }

    /** The text of a file. */
    public static String text(JsonNode json) {
        return json.toPrettyString() + "\n";
    }

    /** Writes a value under its format, the file whole or not at all. */
    public static void write(Path file, String format, Object value) throws IOException {
        WholeFile.write(file, text(json(format, value)).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a file is JSON of a format. */
    public static boolean isOf(Path file, String format) throws IOException {
        try {
            return Files.isRegularFile(file)
                    && MAPPER.readTree(Files.readString(file))
                            .path(KEY_OF_FORMAT)
                            .asText()
                            .equals(format);
        } catch (JsonProcessingException | CharacterCodingException e) {
            return false;
        }
    }

    /**
     * Reads a file.
     *
     * @param remedy what to do if it is wrong
     * @param made of the record; throws IllegalArgumentException if it is wrong
     * @throws IllegalArgumentException naming the file, if it is missing, no JSON, of another format, or does not fit the type
     */
    public static <T, R> R read(Path file, String format, Class<T> type, String remedy, Function<T, R> made)
            throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": is missing; " + remedy);
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(Files.readString(file));
        } catch (JsonProcessingException | CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": is cut off or is not JSON; " + remedy, e);
        }
        if (!root.path(KEY_OF_FORMAT).asText().equals(format)) {
            throw new IllegalArgumentException(file + ": is no '" + format + "'; " + remedy);
        }
        try {
            return made.apply(bind(root, type));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage() + "; " + remedy, e);
        }
    }

    /** Binds JSON to a record; IllegalArgumentException naming the key, if it does not fit. */
    public static <T> T bind(JsonNode root, Class<T> type) {
        withoutNulls(root);
        try {
            return MAPPER.treeToValue(root, type);
        } catch (MismatchedInputException e) {
            throw new IllegalArgumentException(mismatch(root, e), e);
        } catch (DatabindException e) {
            throw new IllegalArgumentException(
                    e.getCause() instanceof IllegalArgumentException ours ? ours.getMessage() : e.getOriginalMessage(),
                    e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    /** Null says no more than no key. */
    private static void withoutNulls(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().removeIf(entry -> entry.getValue().isNull());
        }
        node.forEach(JsonFile::withoutNulls);
    }

    private static String mismatch(JsonNode root, MismatchedInputException e) {
        if (e.getCause() instanceof IllegalArgumentException ours) {
            return String.valueOf(ours.getMessage());
        }
        JsonNode node = root;
        String name = "";
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() != null) {
                name = step.getFieldName();
                node = node.path(step.getFieldName());
            } else {
                node = node.path(step.getIndex());
            }
        }
        Class<?> type = e.getTargetType();
        if (type != null && type.isEnum() && node.isTextual()) {
            Words.named(name, type.getEnumConstants(), node.textValue()); // throws
        }
        String key = name.isEmpty() ? "" : "'" + name + "' ";
        String must = key + "must be " + kind(type);
        return node.isMissingNode() ? "has no " + key.strip() + "; " + must : must + ", not " + node;
    }

    private static String kind(@Nullable Class<?> type) {
        if (type == null || type == String.class || type.isEnum()) {
            return "text";
        }
        if (type == int.class || type == long.class) {
            return "a whole number";
        }
        JavaType bound = MAPPER.constructType(type);
        return type.isPrimitive() ? "a number" : bound.isCollectionLikeType() ? "a list" : "an object";
    }
}
