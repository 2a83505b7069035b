package io.bottleneck4j.server.jobs;

import java.util.Locale;

/** Where a job is; the words of OpenAI's videos, and {@code cancelled}. */
public enum JobStatus {
    QUEUED,
    IN_PROGRESS,
    COMPLETED,
    FAILED,
    CANCELLED;

    /** As clients see it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether nothing more will become of it. */
    public boolean isFinal() {
        return this != QUEUED && this != IN_PROGRESS;
    }
}
