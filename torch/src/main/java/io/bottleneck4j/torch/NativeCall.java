package io.bottleneck4j.torch;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * Calls libtorch: frees at once what the call made beside its result (scalars, options, lists of tensors, which would hold
 * on to memory), and turns its C++ messages, pages long, into one Java line naming operation and shapes.
 */
final class NativeCall {
    private static final int SHOWN = 200;

    @FunctionalInterface
    interface Body {
        org.bytedeco.pytorch.Tensor run();
    }

    /** Is told of a call before it runs. */
    @FunctionalInterface
    interface Observer {
        void onCall(String operation, Tensor... operands);
    }

    /** For tests that count operations; null otherwise. */
    static volatile @Nullable Observer observer;

    private NativeCall() {}

    /** The body's tensor, in the thread's innermost scope. */
    static Tensor call(String operation, Body body, Tensor... operands) {
        Libtorch.prepareThread();
        @Nullable Observer told = observer;
        if (told != null) {
            told.onCall(operation, operands);
        }
        @Nullable PointerScope scope = PointerScope.getInnerScope();
        try (PointerScope temporaries = new PointerScope()) {
            return Tensor.in(scope, body.run(), operands.length == 0 ? null : operands[0].borrowed());
        } catch (RuntimeException e) {
            throw translate(operation, e, operands);
        }
    }

    static RuntimeException translate(String operation, RuntimeException e, Tensor... operands) {
        if (e instanceof IllegalStateException || Arrays.stream(operands).anyMatch(Tensor::isFreed)) {
            return new IllegalStateException(
                    operation + ": tensors must be alive, one was freed with its scope;" + " keep or retain it");
        }
        String first = firstLine(String.valueOf(e.getMessage()));
        String lower = first.toLowerCase(Locale.ROOT);
        // oneDNN could not create a primitive for lack of memory, a primitive descriptor for shapes that do not fit.
        boolean primitive = lower.contains("could not create a primitive") && !lower.contains("descriptor");
        if (primitive
                || lower.contains("out of memory")
                || lower.contains("allocate memory")
                || lower.contains("bad_alloc")) {
            return new DeviceException(
                    operation + ": out of memory (" + first + "); use a smaller size, or a 16-bit dtype", e);
        }
        String shapes =
                Arrays.stream(operands).map(t -> Arrays.toString(t.shape())).collect(Collectors.joining(" with "));
        return new IllegalArgumentException(operation + ": " + (shapes.isEmpty() ? "" : shapes + ": ") + first, e);
    }

    /** libtorch's own words without the place in its sources and the stack below. */
    private static String firstLine(String text) {
        String line = text.lines().findFirst().orElse("").strip();
        int place = line.indexOf("DefaultCPUAllocator: "); // after "[enforce fail at alloc_cpu.cpp:127] err == 0. "
        String words = place > 0 ? line.substring(place) : line;
        return words.length() > SHOWN ? words.substring(0, SHOWN) + "…" : words;
    }
}
