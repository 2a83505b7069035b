package io.bottleneck4j.benchmarks;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RandomWeights;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Decodes a video of random latents, whole, by HunyuanVideo's autoencoder with 32 to 128 channels and random weights: prints a line of
 * JSON per type. tools/bench_video_decode.py times diffusers the same way.
 *
 * <p>Arguments: threads, warm-up runs, counted runs, frames, side in pixels, types.
 */
public final class VideoDecodeBenchmark {
    private static final AutoencoderKlHunyuanVideoConfig CONFIG = AutoencoderKlHunyuanVideoConfig.from(
            Config.parse("vae.json", "{\"block_out_channels\": [32, 64, 128, 128]}"));

    private VideoDecodeBenchmark() {}

    public static void main(String[] args) throws IOException {
        Libtorch.setThreads(args.length > 0 ? Integer.parseInt(args[0]) : 2);
        int warmUp = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        int runs = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        int frames = args.length > 3 ? Integer.parseInt(args[3]) : 17;
        int side = args.length > 4 ? Integer.parseInt(args[4]) : 128;
        List<String> types = args.length > 5 ? List.of(args).subList(5, args.length) : List.of("float32", "bfloat16");
        Function<Weights, AutoencoderKlHunyuanVideo> model = w -> new AutoencoderKlHunyuanVideo(CONFIG, w);
        for (String type : types) {
            DType dtype = DType.valueOf(type.toUpperCase(Locale.ROOT));
            try (Weights.Loaded<AutoencoderKlHunyuanVideo> loaded =
                    Weights.load("vae", new RandomWeights(model), dtype, Device.CPU, model)) {
                double[] seconds = time(loaded.model(), warmUp, runs, frames, side);
                System.out.printf(
                        Locale.ROOT,
                        "{\"program\": \"bottleneck4j\", \"dtype\": \"%s\", \"frames\": %d, \"side\": %d, \"threads\": %d,"
                                + " \"seconds\": %s, \"peak_rss_bytes\": %d}%n",
                        dtype,
                        frames,
                        side,
                        Libtorch.threads(),
                        Arrays.toString(seconds),
                        peakBytes());
            }
        }
    }

    private static double[] time(AutoencoderKlHunyuanVideo vae, int warmUp, int runs, int frames, int side) {
        double[] seconds = new double[runs];
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1)) {
            Tensor z = noise.randn(1, 16, (frames - 1L) / 4 + 1, side / 8L, side / 8L);
            for (int i = -warmUp; i < runs; i++) {
                long start = System.nanoTime();
                try (Scope run = Scope.open()) {
                    if (vae.decode(z).size(2) != frames) {
                        throw new IllegalStateException("decode: must give " + frames + " frames");
                    }
                }
                if (i >= 0) {
                    seconds[i] = (System.nanoTime() - start) / 1e9;
                }
            }
        }
        return seconds;
    }

    /** The most memory this process had so far; Linux only. */
    private static long peakBytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        }
    }
}
