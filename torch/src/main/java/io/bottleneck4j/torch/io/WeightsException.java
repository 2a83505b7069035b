package io.bottleneck4j.torch.io;

import org.apiguardian.api.API;

/** Weights are missing, malformed, or not those the configuration describes. */
@API(status = API.Status.STABLE)
public final class WeightsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An exception with its message: what, requirement, value, remedy. */
    public WeightsException(String message) {
        super(Excerpt.message(message));
    }

    /** The same, with what led to it. */
    public WeightsException(String message, Throwable cause) {
        super(Excerpt.message(message), cause);
    }
}
