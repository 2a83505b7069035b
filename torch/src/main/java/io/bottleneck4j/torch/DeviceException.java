package io.bottleneck4j.torch;

import org.apiguardian.api.API;

/** A device is missing, or has not the memory asked of it. */
@API(status = API.Status.STABLE)
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An exception with its message: what, requirement, value, remedy. */
    public DeviceException(String message) {
        super(message);
    }

    /** The same, with what led to it. */
    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
