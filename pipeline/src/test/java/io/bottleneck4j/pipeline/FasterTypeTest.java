package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import io.bottleneck4j.pipeline.cost.CalibrationStore;
import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FasterTypeTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Model TINY = Model.open(Golden.folder("tiny-a"));

    @TempDir
    private Path temp;

    private final List<String> told = new ArrayList<>();
    private int timed;

    private final JobListener listener = new JobListener() {
        @Override
        public void note(String text) {
            told.add("note: " + text);
        }

        @Override
        public void warning(String text) {
            told.add("warning: " + text);
        }
    };

    private FasterType type(Path cache, double float32, double bfloat16) {
        return new FasterType(new CalibrationStore(cache.resolve("dtype")), listener, (model, shape) -> {
            timed++;
            return new FasterType.Times(
                    new ForwardTime(shape, float32, 3, NOON), new ForwardTime(shape, bfloat16, 3, NOON));
        });
    }

    /** float32 is more exact: bfloat16 must gain a twentieth. */
    @ParameterizedTest
    @CsvSource({
        "1, 0.5, BFLOAT16",
        "1, 0.95, BFLOAT16",
        "1, 0.96, FLOAT32",
        "1, 1, FLOAT32",
        "0.02, 0.025, FLOAT32",
        "0.02, 0.015, BFLOAT16"
    })
    void of_takesBfloat16_whereItIsClearlyFaster(double float32, double bfloat16, DType expected) {
        assertThat(type(temp, float32, bfloat16).of(TINY)).isEqualTo(expected);
    }

    @Test
    void of_measuresOnce_andTellsSo() {
        assertThat(type(temp, 1, 0.714).of(TINY)).isEqualTo(DType.BFLOAT16);
        assertThat(told)
                .containsExactly("note: auto: bfloat16, which takes 0.71 of float32's time on this machine; kept in "
                        + temp.resolve("dtype"));
        assertThat(type(temp, 1, 2).of(TINY)).as("as kept").isEqualTo(DType.BFLOAT16);
        assertThat(timed).isEqualTo(1);
        assertThat(told).hasSize(1);
    }

    /** Its default size is 64 rows, its positions end at 16. */
    @Test
    void of_aModelWhosePositionsEndBelowItsDefaultSize_measuresASmallerOneOnce() {
        Model model = Model.open(Golden.folder("z-image-a"));
        DType measured = new FasterType(temp, listener).of(model);
        assertThat(new FasterType(temp, listener).of(model)).isEqualTo(measured);
        assertThat(told).hasSize(1);
    }

    @Test
    void of_anotherArchitectureOrOtherThreads_measuresAgain() {
        DType first = type(temp, 1, 0.5).of(TINY);
        DType other = type(temp, 1, 2).of(Model.open(Golden.folder("tiny-b")));
        int threads = Libtorch.threads();
        try {
            Libtorch.setThreads(threads == 1 ? 2 : threads - 1);
            DType fewer = type(temp, 1, 2).of(TINY);
            assertThat(fewer).isEqualTo(DType.FLOAT32);
        } finally {
            Libtorch.setThreads(threads);
        }
        assertThat(first).isEqualTo(DType.BFLOAT16);
        assertThat(other).isEqualTo(DType.FLOAT32);
        assertThat(timed).isEqualTo(3);
        assertThat(type(temp, 1, 2).of(TINY)).as("as kept").isEqualTo(DType.BFLOAT16);
        assertThat(timed).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"''", "{", "[1]", "{\"format\": 1}", "{\"format\": 7}"})
    void of_aDamagedStore_measuresAgainAndMendsIt(String content) throws IOException {
        DType first = type(temp, 1, 0.5).of(TINY);
        try (Stream<Path> files = Files.list(temp.resolve("dtype"))) {
            for (Path file : files.toList()) {
                Files.writeString(file, content);
            }
        }
        assertThat(type(temp, 1, 2).of(TINY)).isEqualTo(DType.FLOAT32).isNotEqualTo(first);
        assertThat(timed).isEqualTo(2);
        assertThat(type(temp, 1, 0.5).of(TINY)).as("as kept").isEqualTo(DType.FLOAT32);
        assertThat(timed).isEqualTo(2);
    }

    @Test
    void of_aStoreThatCannotBeWritten_choosesAndWarns() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "no folder");
        assertThat(type(file, 1, 1.2).of(TINY)).isEqualTo(DType.FLOAT32);
        assertThat(told)
                .singleElement()
                .asString()
                .startsWith("warning: auto: float32, since bfloat16 takes 1.20 of its time on this machine; not"
                        + " kept, and measured again next time, since " + file.resolve("dtype")
                        + " cannot be written: ");
    }

    @Test
    void part_ofASmallModel_isTheWholeModelAtItsOwnSize() {
        Model part = FasterType.part(TINY);
        assertThat(part.architecture()).isEqualTo(TINY.architecture());
        assertThat(FasterType.shape(part)).isEqualTo(new LatentShape(4, 1, 8, 8));
    }

    @ParameterizedTest
    @CsvSource({"FLUX, 1, 64", "HUNYUAN_VIDEO, 33, 4"})
    void part_ofALargeModel_isOneBlockOfItsWidthAndFewerTokens(Family family, int frames, int height) {
        Model whole = Model.published(family);
        Model part = FasterType.part(whole);
        LatentShape shape = FasterType.shape(part);
        assertThat(part.traits().layers() + part.traits().singleLayers()).isEqualTo(1);
        assertThat(part.traits().innerDim()).isEqualTo(3072);
        assertThat(shape.frames()).isEqualTo(frames);
        assertThat(shape.height()).isEqualTo(height);
        assertThat(part.forwardCost().flops(shape)).isBetween(2e10, 4e11);
        assertThat(part.tokens(shape)).isGreaterThan(500);
    }

    /** By a clock that makes every second forward, those in bfloat16, take half as long. */
    @Test
    void time_takesTurns_andCountsTheLeast() {
        List<Long> ends = new ArrayList<>();
        long now = 0;
        for (int round = 0; round < 30; round++) {
            for (long takes : List.of(round == 1 ? 30_000_000L : 40_000_000L, round == 2 ? 12_000_000L : 20_000_000L)) {
                ends.addAll(Arrays.asList(now, now + takes));
                now += takes;
            }
        }
        Iterator<Long> clock = ends.iterator();
        LatentShape shape = FasterType.shape(TINY);
        FasterType.Times times = FasterType.time(TINY, shape, Clock.fixed(NOON, ZoneOffset.UTC), clock::next);
        assertThat(times.float32()).isEqualTo(new ForwardTime(shape, 0.03, 9, NOON));
        assertThat(times.bfloat16()).isEqualTo(new ForwardTime(shape, 0.012, 9, NOON));
        assertThat(times.faster()).isEqualTo(DType.BFLOAT16);
    }

    @Test
    void time_ofWhatTakesLong_endsAfterOneRound() {
        Iterator<Long> clock =
                List.of(0L, 3_000_000_000L, 4_000_000_000L, 6_000_000_000L).iterator();
        LatentShape shape = FasterType.shape(TINY);
        FasterType.Times times = FasterType.time(TINY, shape, Clock.fixed(NOON, ZoneOffset.UTC), clock::next);
        assertThat(times.float32()).isEqualTo(new ForwardTime(shape, 3, 1, NOON));
        assertThat(times.bfloat16()).isEqualTo(new ForwardTime(shape, 2, 1, NOON));
    }

    /** Where bfloat16 is not computed in hardware it is several times slower, which the real measurement finds. */
    @Test
    void of_withoutBfloat16InHardware_measuresThatFloat32IsFaster() {
        assumeFalse(CpuFeatures.detect().hasBfloat16());
        Model wide = TINY.withBlocks(2, 2);
        assertThat(new FasterType(temp, new JobListener() {}).of(wide)).isEqualTo(DType.FLOAT32);
        assertThat(temp.resolve("dtype")).isDirectoryContaining("glob:**.json");
    }
}
