package io.bottleneck4j.benchmarks;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;

/** Times a forward and prints it as tools/bench_forward.py does. */
final class ForwardTimes {
    private static final int SIDE = 2048;
    private static final int LIMIT_RUNS = 7;

    private ForwardTimes() {}

    /** Seconds of each counted run. */
    static double[] seconds(int warmUp, int runs, Supplier<Tensor> forward) {
        double[] seconds = new double[runs];
        for (int i = -warmUp; i < runs; i++) {
            long start = System.nanoTime();
            try (Scope run = Scope.open()) {
                if (!forward.get().isFinite()) {
                    throw new IllegalStateException("forward: not finite");
                }
            }
            if (i >= 0) {
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        return seconds;
    }

    /**
     * Seconds that so many FLOPs would take here as one large product, which a forward of the same FLOPs cannot be much below: the
     * median of several, in the type and place of the forward.
     */
    static double limit(double flops, DType dtype, Device device) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(2)) {
            Tensor x = noise.randn(SIDE, SIDE).to(dtype).to(device);
            double[] seconds = seconds(2, LIMIT_RUNS, () -> Ops.linear(x, x, null));
            Arrays.sort(seconds);
            return seconds[LIMIT_RUNS / 2] * flops / (2.0 * SIDE * SIDE * SIDE);
        }
    }

    static void print(String model, DType dtype, int imageTokens, int textTokens, double[] seconds, double limit) {
        System.out.printf(
                Locale.ROOT,
                "{\"program\": \"bottleneck4j\", \"model\": \"%s\", \"dtype\": \"%s\", \"image_tokens\": %d, \"text_tokens\": %d, \"threads\": %d,"
                        + " \"limit_s\": %.5f, \"seconds\": %s}%n",
                model,
                dtype,
                imageTokens,
                textTokens,
                Libtorch.threads(),
                limit,
                Arrays.toString(seconds));
    }
}
