package io.bottleneck4j.server.jobs;

import io.bottleneck4j.pipeline.Request;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is stored of a job.
 *
 * @param id unlike any other, and not to be guessed
 * @param awaited whether a client waits for it; if not, it outlives a restart
 * @param created milliseconds since 1970
 * @param started the same; null while it waits
 * @param ended the same; null while it waits or runs
 * @param fields as they came
 * @param outline what will be made of them
 * @param result null unless completed
 * @param error null unless failed
 * @param key of the client, against making it twice
 * @param fingerprint of the fields and pictures, to tell whether the same key asks for the same
 * @param attempts how often it was begun
 */
public record JobRecord(
        String id,
        Order.Kind kind,
        String client,
        String model,
        boolean awaited,
        JobStatus status,
        long created,
        @Nullable Long started,
        @Nullable Long ended,
        ObjectNode fields,
        Outline outline,
        @Nullable Outcome result,
        ApiException.@Nullable Body error,
        @Nullable String key,
        String fingerprint,
        int attempts) {

    /**
     * What is to be made, as far as that is known before it is.
     *
     * @param seed of the first picture
     * @param n pictures
     */
    public record Outline(
            String plan,
            int width,
            int height,
            @Nullable Integer frames,
            @Nullable Integer fps,
            String seed,
            int n) {
        static Outline of(Request request, Order order) {
            boolean isVideo = order.kind() == Order.Kind.VIDEO;
            return new Outline(
                    request.plan().name(),
                    request.plan().width(),
                    request.plan().height(),
                    isVideo ? Integer.valueOf(request.frames()) : null,
                    isVideo ? Integer.valueOf(request.video().fps()) : null,
                    request.seedText(),
                    order.n());
        }
    }

    /**
     * What came of it.
     *
     * @param files names in the job's folder, one a picture, or the video's
     * @param seeds of these
     * @param mediaType of these
     * @param seconds from the start to the end, waiting not counted
     * @param firstPreview seconds from the start to the first preview; null where there was none
     * @param stages seconds of each resolution stage, by {@code stage_1} and so on, of all pictures together
     * @param peakMemory MB that the process held at most until then
     * @param textTokens that the model saw
     * @param imageTokens that it made
     * @param bytes of the files
     */
    public record Outcome(
            List<String> files,
            List<String> seeds,
            String mediaType,
            double seconds,
            @Nullable Double firstPreview,
            Map<String, Double> stages,
            long peakMemory,
            long textTokens,
            long imageTokens,
            List<String> warnings,
            long bytes) {}

    /** The same, further on. */
    JobRecord with(
            JobStatus now,
            @Nullable Long begun,
            @Nullable Long finished,
            @Nullable Outcome made,
            ApiException.@Nullable Body why,
            int times) {
        return new JobRecord(
                id,
                kind,
                client,
                model,
                awaited,
                now,
                created,
                begun,
                finished,
                fields,
                outline,
                made,
                why,
                key,
                fingerprint,
                times);
    }

    /** It begins. */
    JobRecord begun(long now) {
        return with(JobStatus.IN_PROGRESS, now, null, null, null, attempts + 1);
    }

    /** It waits again, for the next start of the server. */
    JobRecord again() {
        return with(JobStatus.QUEUED, null, null, null, null, attempts);
    }

    /** It is made. */
    JobRecord completed(long now, Outcome made) {
        return with(JobStatus.COMPLETED, started, now, made, null, attempts);
    }

    /** It will not be made. */
    JobRecord failed(long now, JobStatus how, ApiException.Body why) {
        return with(how, started, now, null, why, attempts);
    }

    /** Its key is free for another. */
    JobRecord withoutKey() {
        return new JobRecord(
                id,
                kind,
                client,
                model,
                awaited,
                status,
                created,
                started,
                ended,
                fields,
                outline,
                result,
                error,
                null,
                fingerprint,
                attempts);
    }

    /** Bytes on disk. */
    long bytes() {
        return result == null ? 0 : result.bytes();
    }
}
