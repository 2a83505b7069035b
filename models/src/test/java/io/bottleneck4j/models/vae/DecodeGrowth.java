package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Prints how many bytes a process grows by at most while it decodes a random video, by Linux's count. A process of its own, in which
 * the allocator hands every block back at once: what it kept of earlier work would otherwise hide growth, and what it keeps would count.
 */
final class DecodeGrowth {
    static final VideoTiling TILING = new VideoTiling(
            new VideoTiling.Side(4096, 4096), new VideoTiling.Side(4096, 4096), new VideoTiling.Side(16, 12));
    static final int FRAMES = 5;
    static final int SIDE = 24;

    /** Writing 5 to it makes the peak start anew. */
    static final Path CLEAR = Path.of("/proc/self/clear_refs");

    private DecodeGrowth() {}

    /** Of an autoencoder whose blocks have so many channels. */
    static AutoencoderKlHunyuanVideoConfig config(int outermost, int others) {
        return Records.with(
                AutoencoderKlHunyuanVideoConfig.from(Records.nothing()),
                "blockOutChannels",
                List.of(outermost, others, others, others),
                "layersPerBlock",
                1,
                "normNumGroups",
                4);
    }

    /** Runs {@link #main} and returns what it prints. */
    static long measure(int outermost, int others) throws IOException, InterruptedException {
        ProcessBuilder child = new ProcessBuilder(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xms64m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path", ""),
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.maxBytes=0",
                DecodeGrowth.class.getName(),
                String.valueOf(outermost),
                String.valueOf(others));
        child.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
        Process process = child.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("the process that decodes failed: " + said);
        }
        return Long.parseLong(said.strip());
    }

    public static void main(String[] args) throws IOException {
        AutoencoderKlHunyuanVideoConfig config = config(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        Libtorch.setThreads(1);
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1);
                Weights.Loaded<AutoencoderKlHunyuanVideo> vae = TinyVideoVae.load(
                        config, RandomWeights.of(w -> new AutoencoderKlHunyuanVideo(config, w)), DType.FLOAT32)) {
            Tensor z = noise.randn(1, config.latentChannels(), FRAMES, SIDE, SIDE);
            vae.model().decode(z.narrow(3, 0, 2), TILING, chunk -> {});
            Files.writeString(CLEAR, "5");
            long before = status("VmRSS");
            vae.model().decode(z, TILING, chunk -> {});
            System.out.println(status("VmHWM") - before);
        }
    }

    private static long status(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }
}
