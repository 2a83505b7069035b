package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.JobEvent;
import io.bottleneck4j.server.jobs.JobRecord;
import io.bottleneck4j.server.jobs.JobStatus;
import io.bottleneck4j.server.jobs.Jobs;
import io.bottleneck4j.server.jobs.Order;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What clients see of jobs: OpenAI's answers, events and videos, with what other open servers add to them.
 *
 * <p>Source: openai-java 4.101.0, ImagesResponse, ImageGenPartialImageEvent, ImageGenCompletedEvent and Video; vLLM-Omni's and SGLang's
 * inference_time_s, peak_memory_mb and stage_durations.
 */
final class Views {
    private static final int MOST_LISTED = 100;

    /** Fields that an answer has already, or that say only how it is told. */
    private static final Set<String> NOT_REPEATED = Set.of(
            "model",
            "prompt",
            "plan",
            "n",
            "size",
            "width",
            "height",
            "seed",
            "output_format",
            "stream",
            "partial_images",
            "progress",
            "response_format",
            "user",
            "safety_identifier",
            "moderation",
            "background");

    private Views() {}

    private static JobRecord.Outcome result(JobRecord record) {
        return Objects.requireNonNull(record.result(), "completed");
    }

    /** The answer to a request for pictures. */
    static ObjectNode pictures(Jobs jobs, JobRecord record, Order order, String origin) throws IOException {
        JobRecord.Outcome result = result(record);
        ObjectNode view =
                common(order, record.outline().width(), record.outline().height());
        view.put("id", record.id());
        view.put("created", seconds(record.ended()));
        view.put("model", record.model());
        ArrayNode data = view.putArray("data");
        for (int i = 0; i < result.files().size(); i++) {
            ObjectNode picture = data.addObject();
            picture(jobs, record, order, i, origin, picture);
            picture.put("seed", result.seeds().get(i));
        }
        took(view, record, result, 1);
        return view;
    }

    /** Its bytes, or where they are. */
    private static void picture(Jobs jobs, JobRecord record, Order order, int index, String origin, ObjectNode into)
            throws IOException {
        if (order.asUrl()) {
            into.put("url", origin + url(record, index));
        } else {
            into.put("b64_json", base64(Files.readAllBytes(jobs.file(record, index))));
        }
    }

    private static String url(JobRecord record, int index) {
        return "/v1/images/" + record.id() + "/content?variant=" + index;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static ObjectNode common(Order order, int width, int height) {
        return Answers.object()
                .put("background", "opaque")
                .put("output_format", order.format())
                .put("quality", quality(order))
                .put("size", width + "x" + height);
    }

    /** One of the words that OpenAI's answers have. */
    private static String quality(Order order) {
        return switch (order.quality()) {
            case "low" -> "low";
            case "high", "hd" -> "high";
            default -> "medium";
        };
    }

    private static void took(ObjectNode view, JobRecord record, JobRecord.Outcome result, int parts) {
        view.put("plan", record.outline().plan());
        ObjectNode usage = view.putObject("usage");
        usage.put("input_tokens", result.textTokens() / parts);
        usage.put("output_tokens", result.imageTokens() / parts);
        usage.put("total_tokens", (result.textTokens() + result.imageTokens()) / parts);
        usage.putObject("input_tokens_details").put("image_tokens", 0).put("text_tokens", result.textTokens() / parts);
        run(view, result);
    }

    /** What the making of all pictures took. */
    private static void run(ObjectNode view, JobRecord.Outcome result) {
        view.put("inference_time_s", result.seconds());
        view.put("peak_memory_mb", result.peakMemory());
        ObjectNode stages = view.putObject("stage_durations");
        result.stages().forEach(stages::put);
        ArrayNode warnings = view.putArray("warnings");
        result.warnings().forEach(warnings::add);
    }

    /** The event of a preview. */
    static ObjectNode partial(Order order, JobEvent.Previewed preview) {
        return common(order, preview.width(), preview.height())
                .put("type", order.kind().event() + ".partial_image")
                .put("created_at", System.currentTimeMillis() / 1000)
                .put("partial_image_index", preview.index())
                .put("image_index", preview.image())
                .put("stage", preview.stage())
                .put("b64_json", base64(preview.file()));
    }

    /** The event of a step. */
    static ObjectNode step(String id, String event, JobEvent.Stepped step) {
        return Answers.object()
                .put("type", event + ".step")
                .put("id", id)
                .put("image_index", step.image())
                .put("stage", step.stage())
                .put("stages", step.stages())
                .put("step", step.step())
                .put("steps", step.steps())
                .put("width", step.width())
                .put("height", step.height())
                .put("elapsed_s", step.seconds());
    }

    /** The event of a picture. */
    static ObjectNode completed(Jobs jobs, JobRecord record, Order order, int index, String origin) throws IOException {
        JobRecord.Outcome result = result(record);
        ObjectNode view = common(
                        order, record.outline().width(), record.outline().height())
                .put("type", order.kind().event() + ".completed")
                .put("created_at", seconds(record.ended()))
                .put("id", record.id())
                .put("index", index)
                .put("seed", result.seeds().get(index));
        picture(jobs, record, order, index, origin, view);
        took(view, record, result, result.files().size());
        return view;
    }

    /** A picture that is stored. */
    static ObjectNode image(JobRecord record) {
        JobRecord.Outcome result = record.result();
        ObjectNode view = known(record, "image")
                .put("kind", record.kind() == Order.Kind.EDIT ? "edit" : "generation")
                .put("n", record.outline().n());
        ArrayNode data = view.putArray("data");
        if (result != null) {
            for (int i = 0; i < result.files().size(); i++) {
                data.addObject()
                        .put("url", url(record, i))
                        .put("seed", result.seeds().get(i));
            }
        }
        return view;
    }

    /** A video, in whatever state. */
    static ObjectNode video(Jobs jobs, JobRecord record) {
        ObjectNode view = known(record, "video");
        double part = record.status() == JobStatus.COMPLETED ? 1 : jobs.progress(record.id());
        view.put("progress", (int) Math.floor(100 * part));
        int position = record.status() == JobStatus.QUEUED ? jobs.position(record.id()) : -1;
        view.put("position", position < 0 ? null : Integer.valueOf(position));
        JobRecord.Outline outline = record.outline();
        if (outline.frames() != null && outline.fps() != null) {
            view.put("num_frames", outline.frames()).put("fps", outline.fps());
            view.put("seconds", seconds(outline.frames(), outline.fps()));
        }
        Long ended = record.ended();
        view.put(
                "expires_at",
                seconds(ended == null ? null : ended + jobs.settings().keep().toMillis()));
        return view;
    }

    /** Since 1970, of milliseconds. */
    private static @Nullable Long seconds(@Nullable Long millis) {
        return millis == null ? null : Long.valueOf(millis / 1000);
    }

    private static String seconds(int frames, int fps) {
        return BigDecimal.valueOf(frames)
                .divide(BigDecimal.valueOf(fps), 2, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }

    private static ObjectNode known(JobRecord record, String object) {
        ObjectNode view = Answers.object()
                .put("id", record.id())
                .put("object", object)
                .put("model", record.model())
                .put("status", record.status().word())
                .put("created_at", record.created() / 1000);
        view.put("completed_at", seconds(record.ended()));
        view.set("prompt", record.fields().path("prompt"));
        JobRecord.Outline outline = record.outline();
        view.put("plan", outline.plan())
                .put("width", outline.width())
                .put("height", outline.height())
                .put("size", outline.width() + "x" + outline.height())
                .put("seed", outline.seed());
        JobRecord.Outcome result = record.result();
        if (result != null) {
            run(view, result);
            if (object.equals("image")) {
                view.put("output_format", result.mediaType().substring("image/".length()));
            }
        }
        ApiException.Body error = record.error();
        if (error == null) {
            view.putNull("error");
        } else {
            view.set("error", Answers.inner(error));
        }
        record.fields().propertyStream().forEach(field -> {
            if (!view.has(field.getKey()) && !NOT_REPEATED.contains(field.getKey())) {
                view.set(field.getKey(), field.getValue());
            }
        });
        return view;
    }

    /** A page of a client's jobs: {@code limit} and {@code after}. */
    static ObjectNode list(Jobs jobs, String client, boolean videos, HttpServletRequest in) {
        String order = in.getParameter("order");
        if (order != null && !order.equals("desc")) {
            throw ApiException.request(
                    400, "order", "invalid_value", "order: only desc, the newest first, is possible");
        }
        int limit = limit(in.getParameter("limit"));
        List<JobRecord> found = jobs.list(client, videos, in.getParameter("after"), limit);
        List<JobRecord> page = found.subList(0, Math.min(limit, found.size()));
        ObjectNode view = Answers.object().put("object", "list");
        ArrayNode data = view.putArray("data");
        page.forEach(record -> data.add(videos ? video(jobs, record) : image(record)));
        view.put("first_id", page.isEmpty() ? null : page.get(0).id());
        view.put("last_id", page.isEmpty() ? null : page.get(page.size() - 1).id());
        view.put("has_more", found.size() > limit);
        return view;
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return 20;
        }
        int limit = text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > MOST_LISTED) {
            throw ApiException.request(400, "limit", "invalid_value", "limit: must be between 1 and " + MOST_LISTED);
        }
        return limit;
    }
}
