package io.bottleneck4j.benchmarks;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.PackedBytes;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Packing;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Scratch;
import io.bottleneck4j.torch.Tensor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Locale;

/**
 * What it costs to unpack a weight for a product: milliseconds of one thread's processor time, the least of several, for a layer of FLUX.1's
 * width, beside the product itself.
 *
 * <p>Arguments: tokens of the product, float32 or bfloat16, how often.
 */
public final class UnpackBenchmark {
    private static final long WIDTH = 3072;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private UnpackBenchmark() {}

    public static void main(String[] args) {
        Libtorch.setThreads(1);
        long tokens = Long.parseLong(args[0]);
        DType dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
        int times = Integer.parseInt(args[2]);
        try (Scope scope = Scope.open();
                Scratch scratch = new Scratch();
                Noise noise = Noise.seeded(0)) {
            Tensor x = noise.randn(tokens, WIDTH).to(dtype);
            Tensor weight = noise.randn(WIDTH, WIDTH).to(dtype);
            print("product", times, () -> Ops.linear(x, weight, null));
            for (Packing packing : Packing.values()) {
                Tensor bytes = Tensor.zeros(DType.UINT8, Device.CPU, packing.bytes(WIDTH * WIDTH));
                PackedTensor packed = PackedBytes.of(packing, List.of(WIDTH, WIDTH), bytes);
                print(packing.name(), times, () -> packed.unpacked(dtype, scratch));
            }
        }
    }

    private static void print(String what, int times, Runnable work) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i <= times; i++) {
            try (Scope scope = Scope.open()) {
                long before = THREADS.getCurrentThreadCpuTime();
                work.run();
                double milliseconds = (THREADS.getCurrentThreadCpuTime() - before) / 1e6;
                least = i == 0 ? least : Math.min(least, milliseconds); // the first touches fresh memory
            }
        }
        System.out.printf(Locale.ROOT, "%-10s %8.1f ms%n", what, least);
    }
}
