package io.bottleneck4j.server.http;

import io.bottleneck4j.pipeline.StrictJson;
import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.Fields;
import io.bottleneck4j.server.jobs.Inputs;
import io.bottleneck4j.server.settings.ServerSettings;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.multipart.MultipartHttpServletRequest;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads what a request carries: JSON or a form, and the pictures in it. */
final class Bodies {
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Set<String> PICTURES = Set.of("image", "image[]", "mask", "mask[]");

    private Bodies() {}

    /**
     * The fields of JSON, or of a form. Read last of a request: its time is over then.
     *
     * @param limits of JSON; forms are limited by the container
     */
    static Fields fields(HttpServletRequest in, ServerSettings limits) throws IOException {
        ObjectNode fields = in instanceof MultipartHttpServletRequest form ? form(form) : json(in, limits);
        WatchedProtocol.received();
        return new Fields(fields);
    }

    private static ObjectNode json(HttpServletRequest in, ServerSettings limits) throws IOException {
        String type = in.getContentType();
        if (type == null || !type.toLowerCase(Locale.ROOT).matches("application/json\\b.*")) {
            throw ApiException.request(
                    415,
                    null,
                    "unsupported_media_type",
                    "Content-Type: must be application/json or multipart/form-data, "
                            + (type == null ? "and is missing" : "not " + type));
        }
        try {
            if (STRICT.readTree(bytes(in, limits)) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            throw ApiException.request(
                    400,
                    null,
                    "invalid_json",
                    "body: must be valid JSON: " + StrictJson.reason(e.getOriginalMessage()));
        }
        throw ApiException.request(400, null, "invalid_json", "body: must be a JSON object");
    }

    private static byte[] bytes(HttpServletRequest in, ServerSettings limits) throws IOException {
        long most = limits.bodyBytes();
        if (in.getContentLengthLong() > most) {
            throw tooLarge(most);
        }
        long end = System.nanoTime() + limits.upload().toNanos();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        InputStream body = in.getInputStream();
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
            all.write(buffer, 0, n);
            if (all.size() > most) {
                throw tooLarge(most);
            }
            if (System.nanoTime() - end > 0) {
                throw ApiException.request(
                        408,
                        null,
                        "too_slow",
                        "body: did not arrive within " + limits.upload().toSeconds() + " s");
            }
        }
        return all.toByteArray();
    }

    static ApiException tooLarge(long most) {
        return ApiException.request(413, null, "too_large", "body: is larger than this server's " + most + " bytes");
    }

    private static ObjectNode form(MultipartHttpServletRequest form) {
        ObjectNode json = Answers.object();
        for (Map.Entry<String, String[]> field : form.getParameterMap().entrySet()) {
            if (PICTURES.contains(field.getKey())) {
                continue; // bytes without a file's name, which were taken for a text
            }
            if (field.getValue().length > 1) {
                throw ApiException.request(
                        400, field.getKey(), "duplicate_parameter", field.getKey() + ": is given more than once");
            }
            json.put(field.getKey(), field.getValue()[0]);
        }
        return json;
    }

    /**
     * Refuses a form with pictures where none is taken; to pass over one would make something else than was meant.
     *
     * @param why for the message, and what to do
     */
    static void requireNoPictures(HttpServletRequest in, String why) throws IOException {
        if (in instanceof MultipartHttpServletRequest form) {
            for (Part part : parts(form)) {
                if (part.getSubmittedFileName() != null || PICTURES.contains(part.getName())) {
                    throw ApiException.request(400, part.getName(), "invalid_value", part.getName() + ": " + why);
                }
            }
        }
    }

    private static Collection<Part> parts(MultipartHttpServletRequest form) throws IOException {
        try {
            return form.getParts();
        } catch (ServletException e) {
            throw new IOException(e);
        }
    }

    /** The pictures of a form: {@code image} and {@code mask}. */
    static Inputs inputs(HttpServletRequest in) throws IOException {
        if (!(in instanceof MultipartHttpServletRequest form)) {
            throw ApiException.request(
                    415,
                    null,
                    "unsupported_media_type",
                    "Content-Type: must be multipart/form-data, with the picture as image");
        }
        for (String name : form.getMultiFileMap().keySet()) {
            if (!PICTURES.contains(name)) {
                throw ApiException.request(
                        400, name, "unknown_parameter", name + ": is no picture that is known; image and mask are");
            }
        }
        byte[] image = only(form, "image");
        if (image == null) {
            throw ApiException.request(
                    400, "image", "missing_required_parameter", "image: must be a picture to change; add one");
        }
        return new Inputs(image, only(form, "mask"));
    }

    /** The bytes of a picture, sent as a file or without a name, alone or as the only one of a list. */
    private static byte @Nullable [] only(MultipartHttpServletRequest form, String name) throws IOException {
        List<Part> parts = parts(form).stream()
                .filter(part -> part.getName().equals(name) || part.getName().equals(name + "[]"))
                .toList();
        if (parts.size() > 1) {
            throw ApiException.request(
                    400,
                    name,
                    "invalid_value",
                    name + ": these models take one picture, not " + parts.size() + "; send one");
        }
        if (parts.isEmpty()) {
            return null;
        }
        try (InputStream bytes = parts.get(0).getInputStream()) {
            return bytes.readAllBytes();
        }
    }
}
