package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What attention takes beside its operands and result, while it works, against all scores at once. */
@Tag("slow")
class AttentionMemoryTest {
    private static final long TOKENS = 8192;
    private static final long HEADS = 2;
    private static final long HEAD = 8;
    /** Of scores in bfloat16, the smaller type: 256 MiB. */
    private static final long ALL_SCORES = HEADS * TOKENS * TOKENS * 2;

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "BFLOAT16"})
    void attention_ofManyTokens_neverHoldsAllScores(DType dtype) {
        assertThat(peak(dtype, x -> Attention.attention(x, x, x))).isLessThan(ALL_SCORES / 2);
    }

    /** Were scores held whole, the measurement would see them. */
    @Test
    void peak_ofScoresHeldWhole_isSeen() {
        assertThat(peak(DType.FLOAT32, x -> Ops.matmul(x, x.transpose(2, 3)))).isGreaterThan(ALL_SCORES);
    }

    private interface Operation {
        Tensor of(Tensor x);
    }

    /** Growth of resident memory in bytes, sampled as fast as can be. */
    private static long peak(DType dtype, Operation operation) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(9)) {
            Tensor x = noise.randn(1, HEADS, TOKENS, HEAD).to(dtype);
            Tensor little = x.narrow(2, 0, 8);
            operation.of(little); // threads and their buffers are made once
            return sampled(() -> operation.of(x));
        }
    }

    private static long sampled(Runnable work) {
        long before = Libtorch.residentBytes();
        AtomicLong most = new AtomicLong();
        Thread sampler = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                most.accumulateAndGet(Libtorch.residentBytes(), Math::max);
            }
        });
        sampler.start();
        try {
            work.run();
            most.accumulateAndGet(Libtorch.residentBytes(), Math::max);
        } finally {
            sampler.interrupt();
        }
        return most.get() - before;
    }
}
