package io.bottleneck4j.benchmarks;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.io.RandomWeights;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.function.Function;

/**
 * FLUX's transformer in the sizes that are timed, as tools/bench_forward.py has them, with random weights.
 *
 * @param text tokens
 * @param sides of the squares of image tokens it is timed at
 */
record RandomFlux(FluxConfig config, int text, List<Integer> sides) {

    private static final int CHANNELS = 16;

    /**
     * By name: {@code tiny}, D = 128 in 1 + 2 blocks; {@code medium}, D = 512 in 4 + 8; {@code real}, FLUX.1-dev's own D = 3072 in 1 + 2; {@code
     * dev}, the whole of it, or {@code dev:D+S} with so many blocks.
     */
    static RandomFlux named(String name) {
        List<Integer> axes = List.of(8, 28, 28);
        FluxConfig dev = new FluxConfig(64, 64, 19, 38, 128, 24, 4096, 768, true, List.of(16, 56, 56));
        if (name.matches("dev:\\d+\\+\\d+")) {
            String[] blocks = name.substring(4).split("\\+", -1);
            FluxConfig config = dev.withBlocks(Integer.parseInt(blocks[0]), Integer.parseInt(blocks[1]));
            return new RandomFlux(config, 512, List.of(64));
        }
        return switch (name) {
            case "tiny" -> new RandomFlux(new FluxConfig(64, 64, 1, 2, 64, 2, 128, 64, true, axes), 16, List.of(8));
            case "medium" ->
                new RandomFlux(new FluxConfig(64, 64, 4, 8, 64, 8, 512, 256, true, axes), 64, List.of(16, 32));
            case "real" -> new RandomFlux(dev.withBlocks(1, 2), 512, List.of(32, 64));
            case "dev" -> new RandomFlux(dev, 512, List.of(64));
            default ->
                throw new IllegalArgumentException(
                        "model: must be tiny, medium, real, dev or dev:D+S, not '" + name + "'");
        };
    }

    /** Latents of a square picture of so many tokens to a side. */
    LatentShape latents(int side) {
        return new LatentShape(CHANNELS, 1, 2 * side, 2 * side);
    }

    Weights.Loaded<FluxTransformer2DModel> load(DType dtype, Device device, Quantization quantization) {
        Function<Weights, FluxTransformer2DModel> model = w -> new FluxTransformer2DModel(config, w);
        return Weights.load(
                "transformer",
                new RandomWeights(model, dtype, device),
                dtype,
                device,
                quantization,
                Quantization.NONE,
                model);
    }
}
