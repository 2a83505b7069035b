package io.bottleneck4j.torch;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Turns libtorch's C++ messages, pages long, into one Java line naming operation and shapes. */
final class NativeCall {
    @FunctionalInterface
    interface Body {
        org.bytedeco.pytorch.Tensor run();
    }

    private NativeCall() {}

    static Tensor call(String operation, Body body, Tensor... operands) {
        try {
            return new Tensor(body.run());
        } catch (RuntimeException e) {
            throw translate(operation, e, operands);
        }
    }

    static RuntimeException translate(String operation, RuntimeException e, Tensor... operands) {
        String text = String.valueOf(e.getMessage());
        String first = text.lines().findFirst().orElse("").strip();
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("out of memory") || lower.contains("can't allocate memory")) {
            return new DeviceException(
                    operation + ": out of memory (" + first + "); use a smaller size, or a 16-bit dtype", e);
        }
        String shapes =
                Arrays.stream(operands).map(t -> Arrays.toString(t.shape())).collect(Collectors.joining(" with "));
        return new IllegalArgumentException(operation + ": " + shapes + ": " + first, e);
    }
}
