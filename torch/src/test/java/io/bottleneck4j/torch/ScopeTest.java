package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.Scope.scoped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ScopeTest {
    private static final long BIG = 32L << 20; // elements of one byte

    @BeforeAll
    static void load() {
        Libtorch.load();
    }

    @Test
    void close_freesWhatWasMadeInside() {
        Tensor inside;
        try (Scope scope = Scope.open()) {
            inside = Tensor.arange(3);
            assertThat(inside.isFreed()).isFalse();
        }
        assertThat(inside.isFreed()).isTrue();
    }

    @Test
    void keep_handsToTheEnclosingScopeOnly() {
        Tensor kept;
        try (Scope outer = Scope.open()) {
            try (Scope inner = Scope.open()) {
                kept = inner.keep(Tensor.arange(3));
            }
            assertThat(kept.toFloats()).containsExactly(0, 1, 2);
        }
        assertThat(kept.isFreed()).isTrue();
    }

    @Test
    void keep_ofATensorOfTheOuterScope_leavesItAlive() {
        try (Scope outer = Scope.open()) {
            Tensor mine = Tensor.arange(3);
            assertThat(scoped(() -> mine)).isSameAs(mine);
            assertThat(scoped(() -> scoped(() -> mine))).isSameAs(mine);
            assertThat(mine.toFloats()).containsExactly(0, 1, 2);
        }
    }

    @Test
    void retain_outlivesEveryScopeUntilClosed() {
        Tensor retained;
        try (Scope outer = Scope.open()) {
            try (Scope inner = Scope.open()) {
                retained = Tensor.arange(3).retain();
            }
        }
        assertThat(retained.toFloats()).containsExactly(0, 1, 2);
        retained.close();
        assertThat(retained.isFreed()).isTrue();
    }

    @Test
    void retain_ofAScopedResultOutsideAnyScope_takesOneClose() {
        Tensor result = scoped(() -> Tensor.arange(3).add(1)).retain();
        result.close();
        assertThat(result.isFreed()).isTrue();
        Tensor plain = Tensor.arange(3).retain();
        plain.close();
        assertThat(plain.isFreed()).isTrue();
        Tensor unowned = Tensor.arange(3);
        unowned.close();
        assertThat(unowned.isFreed()).isTrue();
    }

    @Test
    void close_freesNativeMemoryAtOnce() {
        long before = Libtorch.residentBytes();
        Tensor big = big().retain();
        assertThat(Libtorch.residentBytes() - before).isGreaterThan(BIG * 9 / 10);
        big.close();
        assertThat(Libtorch.residentBytes() - before).isLessThan(BIG / 2);
    }

    @Test
    void view_keepsTheMemoryOfItsClosedSource() {
        try (Scope scope = Scope.open()) {
            Tensor source = Tensor.arange(6).retain();
            Tensor view = source.narrow(0, 4, 2);
            source.close();
            source.close();
            assertThat(view.toFloats()).containsExactly(4, 5);
        }
    }

    @Tag("slow")
    @Test
    void free_givesMemoryBackBeforeTheScopeCloses() {
        try (Scope scope = Scope.open()) {
            long before = Libtorch.residentBytes();
            Tensor joined = Tensor.zeros(DType.UINT8, Device.CPU, 1);
            for (int i = 0; i < 20; i++) {
                Tensor part = big();
                Tensor next = scoped(() -> Ops.cat(0, part, Tensor.zeros(DType.UINT8, Device.CPU, 1)));
                Scope.free(part);
                Scope.free(joined);
                joined = next;
            }
            // Three at a time at most; 20 if lists of parts or freed tensors held on to memory.
            assertThat(Libtorch.residentBytes() - before).isLessThan(8 * BIG);
        }
    }

    @Test
    void free_ofAnotherScopesTensor_isRefused() {
        try (Scope outer = Scope.open()) {
            Tensor mine = Tensor.arange(3);
            try (Scope inner = Scope.open()) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> Scope.free(mine))
                        .withMessage(
                                "free: the tensor must be of the innermost open scope, is of another; free it where"
                                        + " it was made");
            }
            Scope.free(mine);
            assertThat(mine.isFreed()).isTrue();
        }
    }

    @Test
    void free_withoutScope_isRefused() {
        Tensor unowned = Tensor.arange(1);
        assertThatIllegalStateException()
                .isThrownBy(() -> Scope.free(unowned))
                .withMessageStartingWith("free: the tensor must be of the innermost open scope, is used without one");
        unowned.close();
    }

    @Test
    void close_onAnotherThread_isRefused() throws InterruptedException {
        AtomicReference<String> message = new AtomicReference<>("");
        try (Scope scope = Scope.open()) {
            Thread other = new Thread(() -> {
                try {
                    scope.close();
                } catch (IllegalStateException e) {
                    message.set(String.valueOf(e.getMessage()));
                }
            });
            other.start();
            other.join();
        }
        assertThat(message.get())
                .isEqualTo("scope: must be closed by the thread that opened it, "
                        + Thread.currentThread().getName());
    }

    @Test
    void close_afterAFailureInside_freesAllTheSame() {
        long before;
        try (Scope outer = Scope.open()) {
            Tensor a = Tensor.arange(3);
            before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                assertThat(fails(a)).isTrue();
            }
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        }
    }

    /** A tensor whose every page was written. */
    private static Tensor big() {
        return scoped(() -> Tensor.zeros(DType.UINT8, Device.CPU, BIG).add(1));
    }

    private static boolean fails(Tensor a) {
        try {
            scoped(() -> a.add(1).view(2, 2));
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    @Test
    void scopes_overAThousandIterations_leaveNoNativeObjects() {
        try (Scope outer = Scope.open()) {
            Tensor x = Tensor.arange(12).view(3, 4);
            Tensor weight = Tensor.arange(20).view(5, 4);
            long before = Libtorch.livePointers();
            for (int i = 0; i < 1000; i++) {
                try (Scope scope = Scope.open()) {
                    Tensor y = scoped(() -> Ops.gelu(Ops.linear(x.mul(0.1).add(0.5), weight, null)));
                    Ops.cat(0, y, Ops.softmax(Ops.layerNorm(y, null, null, 1e-6), -1))
                            .toFloats();
                    Attention.attention(x.view(1, 1, 3, 4), x.view(1, 1, 3, 4), x.view(1, 1, 3, 4));
                }
            }
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void operations_withoutScope_holdTheirResultAlone() {
        Tensor x = Tensor.arange(4);
        long before = Libtorch.livePointers();
        for (int i = 0; i < 100; i++) {
            x.mul(2).close();
        }
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        x.close();
    }
}
