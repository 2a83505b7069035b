package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NeighboursTest {
    @Test
    void verdict_isBusyAtOnce_andQuietAfterTwoWindows() {
        Neighbours.Verdict verdict = new Neighbours.Verdict();
        assertThat(verdict.busy(0.02)).isFalse();
        assertThat(verdict.busy(0.5)).isTrue();
        assertThat(verdict.busy(0.1)).isTrue();
        assertThat(verdict.busy(0.1)).isFalse();
        assertThat(verdict.busy(0.25)).as("small tasks of an idle machine").isFalse();
    }

    @Test
    void verdict_isNotChanged_byAWindowInWhichAThreadEnded() {
        Neighbours.Verdict verdict = new Neighbours.Verdict();
        assertThat(verdict.busy(-4)).isFalse();
        assertThat(verdict.busy(0.5)).isTrue();
        assertThat(verdict.busy(-4)).isTrue();
        assertThat(verdict.busy(0.25)).as("neither busy nor quiet").isTrue();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void waited_isToldByTheSystem() {
        assertThat(Neighbours.waited()).isPositive();
    }

    /** That they sleep is told by the clock alone: benchmarks/run NeighbourBenchmark. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void sleep_makesMoreThreadsThanProcessors_untilSpin() throws Exception {
        Libtorch.load();
        Neighbours neighbours = new Neighbours();
        int more = Runtime.getRuntime().availableProcessors() + 1;
        for (int i = 0; i < 2; i++) {
            neighbours.sleep();
            neighbours.sleep();
            await(more);
            neighbours.spin();
            neighbours.spin();
            await(0);
        }
    }

    private static void await(long threads) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (extra() != threads && System.nanoTime() < end) {
            Thread.sleep(10);
        }
        assertThat(extra()).isEqualTo(threads);
    }

    /** Threads of the extra team, which have the name of the one that made them, as much of it as Linux keeps. */
    private static long extra() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.filter(task -> name(task).equals("bottleneck4j-ca")).count();
        }
    }

    private static String name(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException e) {
            if (Files.exists(task)) {
                throw new UncheckedIOException(e);
            }
            return ""; // it has just ended
        }
    }
}
