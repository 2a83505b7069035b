package io.bottleneck4j.benchmarks;

import io.bottleneck4j.models.flux.Conditioning;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * One forward of FLUX's transformer with random weights: prints a line of JSON per number of tokens. tools/bench_forward.py times others
 * the same way.
 *
 * <p>Arguments: model ({@code medium}, D = 512 in 4 + 8 blocks, or {@code real}, FLUX.1-dev's own D = 3072 in 1 + 2 blocks), type, threads,
 * warm-up runs, counted runs.
 */
public final class ForwardBenchmark {
    /** A network, its number of text tokens, and the sides of the squares of image tokens it is timed at. */
    private record Model(FluxConfig config, int text, int small, int large) {}

    private static final Map<String, Model> MODELS = Map.of(
            "medium", new Model(new FluxConfig(64, 64, 4, 8, 64, 8, 512, 256, true, List.of(8, 28, 28)), 64, 16, 32),
            "real",
                    new Model(
                            new FluxConfig(64, 64, 1, 2, 128, 24, 4096, 768, true, List.of(16, 56, 56)), 512, 32, 64));

    private ForwardBenchmark() {}

    public static void main(String[] args) {
        String name = args[0];
        Model of = Objects.requireNonNull(MODELS.get(name), name);
        DType dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
        Libtorch.setThreads(Integer.parseInt(args[2]));
        int warmUp = Integer.parseInt(args[3]);
        int runs = Integer.parseInt(args[4]);
        Function<Weights, FluxTransformer2DModel> model = w -> new FluxTransformer2DModel(of.config(), w);
        try (Weights.Loaded<FluxTransformer2DModel> loaded =
                Weights.load("transformer", new RandomWeights(model), dtype, Device.CPU, model)) {
            for (int side : new int[] {of.small(), of.large()}) {
                time(loaded.model(), name, of, dtype, side, warmUp, runs);
            }
        }
    }

    private static void time(
            FluxTransformer2DModel model, String name, Model of, DType dtype, int side, int warmUp, int runs) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1)) {
            Tensor x = noise.randn(1, (long) side * side, 64).to(dtype);
            Tensor text =
                    noise.randn(1, of.text(), of.config().jointAttentionDim()).to(dtype);
            Tensor pooled = noise.randn(1, of.config().pooledProjectionDim()).to(dtype);
            Tensor rotations = model.rotations(of.text(), side, side);
            double[] seconds = ForwardTimes.seconds(warmUp, runs, () -> {
                Conditioning conditioning = model.conditioning(text, pooled, 3.5, List.of(0.5));
                return model.forward(x, conditioning, 0.5, rotations);
            });
            ForwardTimes.print(name, dtype, side * side, of.text(), seconds);
        }
    }
}
