package io.bottleneck4j.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * A lifetime for tensors: what is made inside is freed when the scope closes, except what was {@linkplain #keep kept}.
 *
 * <p>Java's collector sees a tensor of 256 MB as eight bytes, so it cannot be trusted with freeing one in time; scopes
 * do it at a fixed place. Scopes nest and belong to the thread that opened them. Layers use {@link #scoped} alone, at the
 * grain of a few operations, since what a scope holds is what memory peaks at:
 *
 * <pre>{@code
 * Tensor hidden = scoped(() -> down.forward(gelu(up.forward(x))));   // only the result outlives the line
 * }</pre>
 */
public final class Scope implements AutoCloseable {
    private static final ThreadLocal<@Nullable Runnable> CHECK = new ThreadLocal<>();

    private final @Nullable PointerScope parent;
    private final PointerScope scope;
    private final Thread thread;

    private Scope() {
        parent = PointerScope.getInnerScope();
        scope = new PointerScope();
        thread = Thread.currentThread();
    }

    /** Opens a scope inside the thread's present one, if any. */
    public static Scope open() {
        Libtorch.prepareThread();
        Runnable check = CHECK.get();
        if (check != null) {
            check.run();
        }
        return new Scope();
    }

    /**
     * Runs work that may be stopped at any layer: the check runs whenever the work opens a scope on this thread, and what it throws ends
     * the work. Inside other such work, that one's check runs too, and first.
     */
    public static <T> T checking(Runnable check, Supplier<T> work) {
        Runnable outer = CHECK.get();
        CHECK.set(
                outer == null
                        ? check
                        : () -> {
                            outer.run();
                            check.run();
                        });
        try {
            return work.get();
        } finally {
            if (outer == null) {
                CHECK.remove();
            } else {
                CHECK.set(outer);
            }
        }
    }

    /** Runs the body in a scope of its own and hands its result to the enclosing scope. */
    public static Tensor scoped(Supplier<Tensor> body) {
        try (Scope scope = open()) {
            return scope.keep(body.get());
        }
    }

    /** Hands the tensor to the enclosing scope; without one its owner must {@link Tensor#close()} it. */
    public Tensor keep(Tensor tensor) {
        tensor.handTo(parent);
        return tensor;
    }

    /**
     * Frees a tensor of the thread's innermost scope before that closes: what a loop over layers does with each layer's
     * input, so that memory does not grow with depth.
     *
     * @throws IllegalStateException if the tensor is of another scope, whose it is to free, or of none
     */
    public static void free(Tensor tensor) {
        PointerScope inner = PointerScope.getInnerScope();
        if (inner == null || !tensor.isOf(inner)) {
            throw new IllegalStateException("free: the tensor must be of the innermost open scope, is "
                    + (inner == null ? "used without one" : "of another") + "; free it where it was made");
        }
        inner.detach(tensor.raw());
    }

    /**
     * Frees what the scope holds.
     *
     * @throws IllegalStateException on another thread than the one that opened it
     */
    @Override
    public void close() {
        if (thread != Thread.currentThread()) {
            throw new IllegalStateException("scope: must be closed by the thread that opened it, " + thread.getName());
        }
        scope.close();
    }
}
