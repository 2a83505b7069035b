package io.bottleneck4j.pipeline.plan;

/** A YAML file says something it must not; the message starts with file, line and column. */
public final class PlanFileException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public PlanFileException(String message) {
        super(message);
    }

    public PlanFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
