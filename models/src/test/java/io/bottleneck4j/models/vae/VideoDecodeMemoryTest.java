package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bottleneck4j.models.Records;
import io.bottleneck4j.torch.DType;
import java.nio.file.Files;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VideoDecodeMemoryTest {
    private static final AutoencoderKlHunyuanVideoConfig PUBLISHED =
            AutoencoderKlHunyuanVideoConfig.from(Records.nothing());

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
     * The kernel's count of a process's memory, on Linux alone. Of the narrow ones 4 channels make convolutions that libtorch unrolls, and
     * 8 such that oneDNN rounds up.
     */
    @Tag("slow") // a process for each
    @ParameterizedTest
    @CsvSource({"16, 32", "8, 8", "4, 8"})
    void bytes_ofADecode_areWhatTheProcessGrowsBy(int outermost, int others) throws Exception {
        assumeTrue(Files.isWritable(DecodeGrowth.CLEAR), "needs Linux's /proc");
        long expected = VideoDecodeMemory.bytes(
                DecodeGrowth.config(outermost, others),
                DType.FLOAT32,
                DecodeGrowth.TILING,
                DecodeGrowth.FRAMES,
                DecodeGrowth.SIDE,
                DecodeGrowth.SIDE);
        double ratio = (double) DecodeGrowth.measure(outermost, others) / expected;
        assertThat(ratio).isBetween(0.65, 1.25);
    }
}
