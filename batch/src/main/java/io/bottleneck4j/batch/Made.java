package io.bottleneck4j.batch;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Timings;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of the results: a row whose picture or video was made.
 *
 * @param line of the row in its table
 * @param row what the row and the run's defaults mean, as 32 hexadecimal digits; another where the row was changed since
 * @param file below the run's folder, as it was made; where it was packed since, a later line tells
 * @param sha256 of the file
 * @param bytes of the file
 * @param frames of a video; null of a picture
 * @param seed 64 bits without a sign
 * @param seconds of denoising and decoding
 * @param at when, as 2026-11-30T16:20:00.123Z
 * @param extra the row's columns that were not read
 */
@JsonPropertyOrder({
    "id",
    "line",
    "file",
    "prompt",
    "negative_prompt",
    "seed",
    "width",
    "height",
    "frames",
    "plan",
    "model",
    "seconds"
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Made(
        String id,
        long line,
        String row,
        String file,
        String sha256,
        long bytes,
        int width,
        int height,
        @Nullable Integer frames,
        BigInteger seed,
        String plan,
        String model,
        String prompt,
        @Nullable String negativePrompt,
        double seconds,
        String at,
        @Nullable Map<String, String> extra) {
    /**
     * Of a row that was made.
     *
     * @param meaning as {@code row}
     */
    static Made of(
            PromptRow row,
            long line,
            String meaning,
            String file,
            String sha256,
            long bytes,
            Request request,
            Timings took) {
        double seconds = took.seconds(Timings.Phase.DENOISE) + took.seconds(Timings.Phase.DECODE);
        return new Made(
                row.id(),
                line,
                meaning,
                file,
                sha256,
                bytes,
                request.plan().width(),
                request.plan().height(),
                request.model().kind() == Model.Kind.VIDEO ? request.frames() : null,
                new BigInteger(request.seedText()),
                request.plan().name(),
                request.model().name(),
                request.prompt(),
                request.usesTrueCfg() ? request.negativePrompt() : null,
                Math.round(seconds * 1000) / 1000.0,
                Ledger.now(),
                row.extra().isEmpty() ? null : row.extra());
    }

    /** The file's type, as {@code image/png}. */
    public String mediaType() {
        String ending = file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return switch (ending) {
            case "jpg" -> "image/jpeg";
            case "mp4", "webm" -> "video/" + ending;
            default -> "image/" + ending;
        };
    }
}
