package io.bottleneck4j.benchmarks;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoFlops;
import io.bottleneck4j.models.hunyuan.HunyuanVideoTransformer3DModel;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RandomWeights;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.function.Function;

/**
 * One forward of a medium HunyuanVideo transformer (D = 512, 2 + 4 blocks of 8 heads × 64) with random weights in float32, at 4 × 32 × 32
 * + 256 tokens, none of them padding: prints a line of JSON. tools/bench_video_forward.py times diffusers the same way.
 *
 * <p>Arguments: threads, warm-up runs, counted runs.
 */
public final class VideoForwardBenchmark {
    private static final HunyuanVideoConfig MEDIUM = HunyuanVideoConfig.from(Config.parse("medium.json", """
            {"num_attention_heads": 8, "attention_head_dim": 64, "rope_axes_dim": [8, 28, 28], "num_layers": 2,
             "num_single_layers": 4, "text_embed_dim": 512, "pooled_projection_dim": 256}"""));
    private static final LatentPatches.Grid VIDEO = new LatentPatches.Grid(4, 32, 32);
    private static final int TEXT_TOKENS = 256;

    private VideoForwardBenchmark() {}

    public static void main(String[] args) {
        Libtorch.setThreads(args.length > 0 ? Integer.parseInt(args[0]) : 2);
        int warmUp = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        int runs = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        Function<Weights, HunyuanVideoTransformer3DModel> build = w -> new HunyuanVideoTransformer3DModel(MEDIUM, w);
        try (Weights.Loaded<HunyuanVideoTransformer3DModel> loaded =
                        Weights.load("transformer", new RandomWeights(build), DType.FLOAT32, Device.CPU, build);
                Scope scope = Scope.open();
                Noise noise = Noise.seeded(1)) {
            HunyuanVideoTransformer3DModel model = loaded.model();
            int tokens = VIDEO.frames() * VIDEO.rows() * VIDEO.columns();
            Tensor patches = noise.randn(1, tokens, 16 * 2 * 2);
            Tensor text = noise.randn(1, TEXT_TOKENS, MEDIUM.textEmbedDim());
            Tensor pooled = noise.randn(1, MEDIUM.pooledProjectionDim());
            double[] seconds = ForwardTimes.seconds(warmUp, runs, () -> {
                Conditioning conditioning = model.conditioning(text, pooled, 6, List.of(0.5));
                Tensor rotations = model.rotations(TEXT_TOKENS, VIDEO);
                return model.forward(patches, conditioning, 0.5, rotations);
            });
            LatentShape shape = new LatentShape(16, VIDEO.frames(), 2 * VIDEO.rows(), 2 * VIDEO.columns());
            double flops = new HunyuanVideoFlops(MEDIUM, TEXT_TOKENS).flops(shape);
            double limit = ForwardTimes.limit(flops, DType.FLOAT32, Device.CPU);
            ForwardTimes.print("video", DType.FLOAT32, tokens, TEXT_TOKENS, seconds, limit);
        }
    }
}
