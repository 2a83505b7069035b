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
import java.util.function.Function;

/**
 * One forward of a medium transformer (D = 512, 4 + 8 blocks of 8 heads × 64) with random weights, at 256 + 64 and
 * 1,024 + 64 tokens: prints a line of JSON per case. tools/bench_forward.py times diffusers the same way.
 *
 * <p>Arguments: threads, warm-up runs, counted runs.
 */
public final class ForwardBenchmark {
    private static final FluxConfig MEDIUM = new FluxConfig(64, 64, 4, 8, 64, 8, 512, 256, true, List.of(8, 28, 28));
    private static final int TEXT_TOKENS = 64;

    private ForwardBenchmark() {}

    public static void main(String[] args) {
        Libtorch.setThreads(args.length > 0 ? Integer.parseInt(args[0]) : 2);
        int warmUp = args.length > 1 ? Integer.parseInt(args[1]) : 2;
        int runs = args.length > 2 ? Integer.parseInt(args[2]) : 7;
        for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
            Function<Weights, FluxTransformer2DModel> model = w -> new FluxTransformer2DModel(MEDIUM, w);
            try (Weights.Loaded<FluxTransformer2DModel> loaded =
                    Weights.load("transformer", new RandomWeights(model), dtype, Device.CPU, model)) {
                for (int side : new int[] {16, 32}) {
                    time(loaded.model(), dtype, side, warmUp, runs);
                }
            }
        }
    }

    private static void time(FluxTransformer2DModel model, DType dtype, int side, int warmUp, int runs) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1)) {
            Tensor x = noise.randn(1, (long) side * side, 64).to(dtype);
            Tensor text = noise.randn(1, TEXT_TOKENS, 512).to(dtype);
            Tensor pooled = noise.randn(1, 256).to(dtype);
            Tensor rotations = model.rotations(TEXT_TOKENS, side, side);
            double[] seconds = ForwardTimes.seconds(warmUp, runs, () -> {
                Conditioning conditioning = model.conditioning(text, pooled, 3.5, List.of(0.5));
                return model.forward(x, conditioning, 0.5, rotations);
            });
            ForwardTimes.print(dtype, side * side, TEXT_TOKENS, seconds);
        }
    }
}
