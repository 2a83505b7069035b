package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VideoDecodeMemoryTest {
    private static final AutoencoderKlHunyuanVideoConfig PUBLISHED =
            AutoencoderKlHunyuanVideoConfig.builder().build();
    private static final VideoTiling.Side WHOLE = new VideoTiling.Side(4096, 4096);

    /** 17 frames of 256 x 256: 256 channels twice and 128 once; four frames and two more copied, and again; four frames of a result. */
    @Test
    void bytes_ofOneStandardTile_areThoseOfTheLastBlocksFirstConvolution() {
        long pixels = 256 * 256;
        long copied = 2 * (4 + 2) * 258L * 258 * 256 + 4 * pixels * 128;
        assertThat(VideoDecodeMemory.bytes(PUBLISHED, DType.FLOAT32, VideoTiling.STANDARD, 5, 32, 32))
                .isEqualTo(4 * (17 * pixels * (256 + 256 + 128) + copied + 4 * pixels * 3));
    }

    @Test
    void bytes_inTiles_growWithTheFrameAndNotWithTheLength() {
        long two = VideoDecodeMemory.bytes(PUBLISHED, DType.BFLOAT16, VideoTiling.STANDARD, 33, 90, 160);
        assertThat(VideoDecodeMemory.bytes(PUBLISHED, DType.BFLOAT16, VideoTiling.STANDARD, 330, 90, 160))
                .isEqualTo(two);
        long tile = VideoDecodeMemory.bytes(PUBLISHED, DType.BFLOAT16, VideoTiling.STANDARD, 33, 32, 32);
        long frames = 17 + 4;
        assertThat(two - tile).isEqualTo(2 * 3 * (frames * 720 * 1280 - 4 * 256 * 256));
        assertThat(VideoDecodeMemory.bytes(PUBLISHED, DType.FLOAT32, VideoTiling.STANDARD, 33, 90, 160))
                .isEqualTo(2 * two);
    }

    /**
     * The kernel's count of this process's memory, on Linux alone. Of the narrow ones 4 channels make convolutions that libtorch
     * unrolls, and 8 such that oneDNN rounds up. The allocator keeps some blocks below 32 MB, not always the same.
     */
    @ParameterizedTest
    @CsvSource({"16, 32", "8, 8", "4, 8"})
    void bytes_ofADecode_areWhatTheProcessGrowsBy(int outermost, int others) throws IOException {
        Path clear = Path.of("/proc/self/clear_refs");
        assumeTrue(Files.isWritable(clear), "needs Linux's /proc");
        AutoencoderKlHunyuanVideoConfig config = AutoencoderKlHunyuanVideoConfig.builder()
                .blockOutChannels(List.of(outermost, others, others, others))
                .layersPerBlock(1)
                .normNumGroups(4)
                .build();
        VideoTiling tiling = new VideoTiling(WHOLE, WHOLE, new VideoTiling.Side(16, 12));
        Libtorch.setThreads(1);
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1);
                Weights.Loaded<AutoencoderKlHunyuanVideo> vae = AutoencoderKlHunyuanVideo.load(
                        config,
                        RandomWeights.of(w -> new AutoencoderKlHunyuanVideo(config, w)),
                        DType.FLOAT32,
                        Device.CPU)) {
            Tensor z = noise.randn(1, 16, 5, 24, 24);
            vae.model().decode(z.narrow(3, 0, 2), tiling, chunk -> {});
            Files.writeString(clear, "5"); // the peak starts anew
            long before = status("VmRSS");
            vae.model().decode(z, tiling, chunk -> {});
            long expected = VideoDecodeMemory.bytes(config, DType.FLOAT32, tiling, 5, 24, 24);
            assertThat((double) (status("VmHWM") - before) / expected).isBetween(0.65, 1.6);
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
