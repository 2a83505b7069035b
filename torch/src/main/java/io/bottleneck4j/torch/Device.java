package io.bottleneck4j.torch;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.bytedeco.pytorch.global.torch.DeviceType;

/**
 * Where a tensor lives: {@code cpu}, {@code cuda:0}, or {@code meta} (shape and type without memory).
 *
 * @param kind which sort of device
 * @param index which one of that sort; 0 except on machines of several GPUs
 */
@API(status = API.Status.STABLE)
public record Device(Kind kind, int index) {
    /** Sorts of device. */
    public enum Kind {
        /** The processor and main memory. */
        CPU(DeviceType.CPU),
        /** An NVIDIA GPU. */
        CUDA(DeviceType.CUDA),
        /** Shape and type without memory. */
        META(DeviceType.Meta);

        private final DeviceType type;

        Kind(DeviceType type) {
            this.type = type;
        }
    }

    /** The processor. */
    public static final Device CPU = new Device(Kind.CPU, 0);
    /** No memory at all. */
    public static final Device META = new Device(Kind.META, 0);

    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,3}))?");

    /**
     * Parses {@code cpu}, {@code cuda} or {@code cuda:N}.
     *
     * @throws IllegalArgumentException if the text is none of these
     */
    public static Device parse(String text) {
        if (text.equals("cpu")) {
            return CPU;
        }
        Matcher cuda = CUDA.matcher(text);
        if (!cuda.matches()) {
            throw new IllegalArgumentException("device: must be cpu or cuda:N, not '" + text + "'; use cpu or cuda:0");
        }
        return new Device(Kind.CUDA, cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
    }

    /**
     * This device, if it can be used here.
     *
     * @throws DeviceException if it is a GPU that is not there
     */
    public Device requireAvailable() {
        if (kind == Kind.CUDA) {
            int count = Libtorch.cudaDevices();
            if (index >= count) {
                throw new DeviceException(
                        "device: " + this + " is not available, this libtorch sees "
                                + (count == 0 ? "no CUDA device" : count + " CUDA device(s)")
                                + (Libtorch.builtWithCuda()
                                        ? "; check the driver, or use cpu"
                                        : "; put bottleneck4j-natives-linux-x86_64-gpu in the place of the natives without CUDA, or use cpu"));
            }
        }
        return this;
    }

    /** Whether this is the processor. */
    public boolean isCpu() {
        return kind == Kind.CPU;
    }

    /** {@code cpu}, {@code cuda:0} or {@code meta}. */
    @Override
    public String toString() {
        return switch (kind) {
            case CPU -> "cpu";
            case CUDA -> "cuda:" + index;
            case META -> "meta";
        };
    }

    org.bytedeco.pytorch.Device raw() {
        return kind == Kind.CUDA
                ? new org.bytedeco.pytorch.Device(kind.type, (byte) index)
                : new org.bytedeco.pytorch.Device(kind.type);
    }
}
