package io.bottleneck4j.benchmarks;

import io.bottleneck4j.models.flux.FluxFlops;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One forward of FLUX's transformer with random weights: prints a line of JSON per number of tokens. tools/bench_forward.py times others
 * the same way.
 *
 * <p>Arguments: a model of {@link RandomFlux}, type, threads, warm-up runs, counted runs; then a device (default: cpu) and the quantizations
 * to time in turn (default: none). Several are timed at the smallest number of tokens, and print their time over the first's.
 */
public final class ForwardBenchmark {
    private static final int RUNS = 4;
    private static final int DEVICE = 5;

    private ForwardBenchmark() {}

    public static void main(String[] args) {
        RandomFlux of = RandomFlux.named(args[0]);
        DType dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
        Libtorch.setThreads(Integer.parseInt(args[2]));
        int warmUp = Integer.parseInt(args[3]);
        int runs = Integer.parseInt(args[RUNS]);
        Device device = args.length > DEVICE ? Device.parse(args[DEVICE]).requireAvailable() : Device.CPU;
        List<Quantization> quantizations = new ArrayList<>();
        for (int i = DEVICE + 1; i < args.length; i++) {
            quantizations.add(Quantization.parse(args[i]));
        }
        if (quantizations.size() > 1) {
            inTurn(of, dtype, device, warmUp, runs, quantizations);
            return;
        }
        Quantization only = quantizations.isEmpty() ? Quantization.NONE : quantizations.get(0);
        try (Weights.Loaded<FluxTransformer2DModel> loaded = of.load(dtype, device, only)) {
            for (int side : of.sides()) {
                double[] seconds = seconds(loaded.model(), of, dtype, device, side, warmUp, runs);
                double flops = new FluxFlops(of.config(), of.text()).flops(of.latents(side));
                double limit = ForwardTimes.limit(flops, dtype, device);
                ForwardTimes.print(args[0], dtype, side * side, of.text(), seconds, limit);
            }
        }
    }

    /** Forwards at the small size, one of each quantization in turn: seconds, and those of each by the first's of its turn. */
    private static void inTurn(
            RandomFlux of, DType dtype, Device device, int warmUp, int runs, List<Quantization> quantizations) {
        List<Weights.Loaded<FluxTransformer2DModel>> loaded = quantizations.stream()
                .map(quantization -> of.load(dtype, device, quantization))
                .toList();
        double[][] seconds = new double[quantizations.size()][runs];
        for (int run = -warmUp; run < runs; run++) {
            for (int i = 0; i < quantizations.size(); i++) {
                double[] one = seconds(
                        loaded.get(i).model(), of, dtype, device, of.sides().get(0), 0, 1);
                if (run >= 0) {
                    seconds[i][run] = one[0];
                }
            }
        }
        for (int i = 0; i < quantizations.size(); i++) {
            double[] ratios = new double[runs];
            for (int run = 0; run < runs; run++) {
                ratios[run] = seconds[i][run] / seconds[0][run];
            }
            Arrays.sort(ratios);
            System.out.printf(
                    Locale.ROOT,
                    "{\"quantize\": \"%s\", \"dtype\": \"%s\", \"threads\": %d, \"ratio\": %.3f, \"seconds\": %s}%n",
                    quantizations.get(i),
                    dtype,
                    Libtorch.threads(),
                    ratios[runs / 2],
                    Arrays.toString(seconds[i]));
            loaded.get(i).close();
        }
    }

    private static double[] seconds(
            FluxTransformer2DModel model, RandomFlux of, DType dtype, Device device, int side, int warmUp, int runs) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1)) {
            Tensor x = noise.randn(1, (long) side * side, 64).to(dtype).to(device);
            Tensor text = noise.randn(1, of.text(), of.config().jointAttentionDim())
                    .to(dtype)
                    .to(device);
            Tensor pooled =
                    noise.randn(1, of.config().pooledProjectionDim()).to(dtype).to(device);
            Tensor rotations = model.rotations(of.text(), side, side);
            return ForwardTimes.seconds(warmUp, runs, () -> {
                Conditioning conditioning = model.conditioning(text, pooled, 3.5, List.of(0.5));
                return model.forward(x, conditioning, 0.5, rotations);
            });
        }
    }
}
