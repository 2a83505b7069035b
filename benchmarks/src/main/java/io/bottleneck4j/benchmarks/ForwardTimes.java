package io.bottleneck4j.benchmarks;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;

/** Times a forward and prints it as tools/bench_forward.py does. */
final class ForwardTimes {
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

    static void print(String model, DType dtype, int imageTokens, int textTokens, double[] seconds) {
        System.out.printf(
                Locale.ROOT,
                "{\"program\": \"bottleneck4j\", \"model\": \"%s\", \"dtype\": \"%s\", \"image_tokens\": %d, \"text_tokens\": %d, \"threads\": %d,"
                        + " \"seconds\": %s}%n",
                model,
                dtype,
                imageTokens,
                textTokens,
                Libtorch.threads(),
                Arrays.toString(seconds));
    }
}
