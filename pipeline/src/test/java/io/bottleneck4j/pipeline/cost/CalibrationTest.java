package io.bottleneck4j.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import io.bottleneck4j.pipeline.cost.Calibration.MeasuredOn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationTest {
    private static final LatentShape HIGH = new LatentShape(16, 1, 32, 32);
    private static final LatentShape LOW = new LatentShape(16, 1, 16, 16);
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final MeasuredOn HERE = new MeasuredOn("tiny, 5 text tokens", "bfloat16", "cpu", 2, "CPU", "2.10.0");
    private static final ForwardTime SLOW = new ForwardTime(HIGH, 0.04, 50, NOON);
    private static final ForwardTime FAST = new ForwardTime(LOW, 0.01, 50, NOON);

    @TempDir
    private Path temp;

    @Test
    void seconds_ofPlan_areThoseOfItsForwards() {
        Calibration calibration = new Calibration(HERE, List.of(SLOW, FAST));
        StagePlan plan = StagePlan.bottleneck(
                new ResolutionStage(HIGH, 6, 1, new Shift.None(), Rounding.FLOOR),
                new ResolutionStage(LOW, 20, 0.8, new Shift.None(), Rounding.FLOOR),
                new ResolutionStage(HIGH, 10, 0.6, new Shift.None(), Rounding.FLOOR));
        assertThat(calibration.seconds(plan)).hasValueCloseTo(12 * 0.04 + 16 * 0.01, within(1e-12));
        assertThat(new Calibration(HERE, List.of(SLOW)).seconds(plan)).isEmpty();
    }

    @Test
    void find_ofStored_returnsIt() throws IOException {
        CalibrationStore store = new CalibrationStore(temp.resolve("calibration"));
        assertThat(store.isEmpty()).isTrue();
        assertThat(store.find(HERE)).isEqualTo(new CalibrationStore.Found(null, null));
        store.add(HERE, List.of(SLOW));
        ForwardTime newer = new ForwardTime(HIGH, 0.03, 3, NOON.plusSeconds(60));
        Calibration all = store.add(HERE, List.of(FAST, newer));
        assertThat(all.times()).containsExactly(FAST, newer);
        assertThat(all.oldest()).isEqualTo(NOON);
        assertThat(store.find(HERE)).isEqualTo(new CalibrationStore.Found(all, null));
        assertThat(store.isEmpty()).isFalse();
        try (Stream<Path> files = Files.list(store.folder())) {
            assertThat(files).containsExactly(store.file(HERE)); // nothing temporary stays
        }
    }

    /** As versions before Jackson's records wrote it. */
    @Test
    void find_ofAnOlderVersionsFile_readsItAndWritesTheSame() throws IOException {
        CalibrationStore store = new CalibrationStore(temp);
        String written = """
                {
                  "format" : 1,
                  "config" : "tiny, 5 text tokens",
                  "dtype" : "bfloat16",
                  "device" : "cpu",
                  "threads" : 2,
                  "processor" : "CPU",
                  "libtorch" : "2.10.0",
                  "forwards" : [ {
                    "shape" : [ 16, 1, 32, 32 ],
                    "seconds" : 0.04,
                    "samples" : 50,
                    "date" : "2026-03-01T12:00:00Z"
                  } ]
                }""";
        Files.writeString(store.file(HERE), written);
        assertThat(store.find(HERE)).isEqualTo(new CalibrationStore.Found(new Calibration(HERE, List.of(SLOW)), null));
        store.add(HERE, List.of(SLOW));
        assertThat(store.file(HERE)).content().isEqualTo(written);
    }

    @Test
    void find_forOtherSettings_findsNothing() throws IOException {
        CalibrationStore store = new CalibrationStore(temp);
        store.add(HERE, List.of(SLOW));
        for (MeasuredOn other : List.of(
                new MeasuredOn("tiny, 6 text tokens", "bfloat16", "cpu", 2, "CPU", "2.10.0"),
                new MeasuredOn("tiny, 5 text tokens", "float32", "cpu", 2, "CPU", "2.10.0"),
                new MeasuredOn("tiny, 5 text tokens", "bfloat16", "cuda:0", 2, "CPU", "2.10.0"),
                new MeasuredOn("tiny, 5 text tokens", "bfloat16", "cpu", 4, "CPU", "2.10.0"),
                new MeasuredOn("tiny, 5 text tokens", "bfloat16", "cpu", 2, "another", "2.10.0"))) {
            assertThat(store.find(other)).isEqualTo(new CalibrationStore.Found(null, null));
        }
    }

    @Test
    void find_ofAnotherLibtorch_passesItOverWithANote() throws IOException {
        CalibrationStore store = new CalibrationStore(temp);
        store.add(HERE, List.of(SLOW));
        MeasuredOn now = new MeasuredOn("tiny, 5 text tokens", "bfloat16", "cpu", 2, "CPU", "2.11.0");
        CalibrationStore.Found found = store.find(now);
        assertThat(found.calibration()).isNull();
        assertThat(found.note())
                .isEqualTo(store.file(HERE) + ": was measured with bfloat16 on cpu, 2 threads, CPU, libtorch 2.10.0;"
                        + " passed over, calibrate again");
        store.add(now, List.of(FAST));
        assertThat(store.find(now).calibration()).isEqualTo(new Calibration(now, List.of(FAST)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                                    | is no calibration: it must hold a JSON object",
                "[1, 2]                                                | is no calibration: it must hold a JSON object",
                "{\"format\": 1                                        | is not valid JSON: Unexpected end-of-input",
                "{} {}                                                 | is not valid JSON: Trailing token",
                "{\"format\": 2}                                       | format: must be 1, not 2",
                "{\"threads\": 2}                                      | format: is missing",
                "{\"format\": 1, \"config\": 3}                        | config: must be text, not 3"
            })
    void find_ofBrokenFile_passesItOverWithANote(String text, String why) throws IOException {
        CalibrationStore store = new CalibrationStore(temp);
        Files.writeString(store.file(HERE), text);
        CalibrationStore.Found found = store.find(HERE);
        assertThat(found.calibration()).isNull();
        assertThat(found.note())
                .startsWith(store.file(HERE) + ": ")
                .contains(why)
                .endsWith("; passed over, calibrate again");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.04 | 0 | seconds: must be a finite number above 0, not 0.0",
                "0.04 | -1 | seconds: must be a finite number above 0, not -1.0",
                "0.04 | \"quick\" | seconds: must be a number, not \"quick\"",
                "32 | 0 | height: 0 is less than 1; use 1 or more",
                "50 | 0 | samples: must be at least 1, not 0",
                "50 | 1.5 | samples: must be a whole number, not 1.5",
                "2026-03-01T12:00:00Z | yesterday | could not be parsed",
                "\"shape\" | \"form\" | shape: is missing"
            })
    void find_ofWrongValues_passesThemOverWithANote(String right, String wrong, String why) throws IOException {
        CalibrationStore store = new CalibrationStore(temp);
        store.add(HERE, List.of(SLOW));
        String text = Files.readString(store.file(HERE));
        assertThat(text).contains(right);
        Files.writeString(store.file(HERE), text.replaceFirst(right, wrong));
        CalibrationStore.Found found = store.find(HERE);
        assertThat(found.calibration()).isNull();
        assertThat(found.note()).contains(why);
    }

    @Test
    void find_ofHugeFileOrFolder_passesItOver() throws IOException {
        CalibrationStore store = new CalibrationStore(temp);
        Files.writeString(store.file(HERE), " ".repeat((1 << 20) + 1));
        assertThat(store.find(HERE).note()).contains("longer than 1048576 bytes");
        Files.delete(store.file(HERE));
        Files.createDirectory(store.file(HERE));
        assertThat(store.find(HERE).note()).contains("cannot be read");
        assertThatThrownBy(() -> store.add(HERE, List.of(SLOW))).isInstanceOf(IOException.class);
        try (Stream<Path> files = Files.list(temp)) {
            assertThat(files).containsExactly(store.file(HERE));
        }
    }

    @Test
    void new_withTwoTimesOfOneSize_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Calibration(HERE, List.of(SLOW, SLOW)));
    }

    @Test
    void time_ofModel_isTheMedianAfterAWarmUp() {
        AtomicLong now = new AtomicLong();
        AtomicInteger calls = new AtomicInteger();
        ForwardTimer timer = new ForwardTimer(Clock.fixed(NOON, ZoneOffset.UTC), now::get);
        long[] millis = {9_000, 1_000, 100, 1_500}; // the first warms up
        ForwardTime time = timer.time(
                (x, sigma) -> {
                    now.addAndGet(millis[calls.getAndIncrement()] * 1_000_000);
                    return x;
                },
                HIGH,
                () -> now.addAndGet(77));
        assertThat(time).isEqualTo(new ForwardTime(HIGH, 1, 3, NOON));
    }

    @Test
    void time_ofFastModel_takesFiftySamples() {
        AtomicLong now = new AtomicLong();
        AtomicInteger calls = new AtomicInteger();
        ForwardTimer timer = new ForwardTimer(Clock.fixed(NOON, ZoneOffset.UTC), now::get);
        ForwardTime time = timer.time(
                (x, sigma) -> {
                    now.addAndGet(calls.getAndIncrement() % 2 == 0 ? 10_000_000 : 30_000_000);
                    return x;
                },
                HIGH,
                () -> {});
        assertThat(time).isEqualTo(new ForwardTime(HIGH, 0.02, 50, NOON));
    }

    @Test
    void time_whenCancelled_ends() {
        assertThatThrownBy(() -> ForwardTimer.system().time((x, sigma) -> x, HIGH, () -> {
                    throw new CancellationException("cancelled");
                }))
                .isInstanceOf(CancellationException.class);
    }
}
