package io.bottleneck4j.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged plan files: each is read, or refused with the one exception type that callers expect. */
@Tag("slow")
class PlanFileFuzzTest {
    private static final int ROUNDS = 20_000;
    private static final long MAX_ALLOCATED = 16L << 20;
    private static final String FULL =
            "frames: 129\nresampler: bicubic\nrounding: floor\nrenoise: false\nreshift: true\n"
                    + PlanFileTest.PAPER.replace("9}", "9, until: 0.25}");
    private static final String DEFAULTS =
            "width: 256\nframes: 9\nguidance: 3.5\nplans:\n  paper:\n    " + FULL.replace("\n", "\n    ");

    /** Pieces that mean something to YAML, or are awkward for its readers. */
    private static final String[] PIECES = {
        ":",
        "-",
        "- ",
        "?",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "!!int ",
        "!<x> ",
        "!",
        "|",
        ">-",
        "'",
        "\"",
        "#",
        "%YAML 9.9\n",
        "---\n",
        "...\n",
        "<<: ",
        "\t",
        "\r\n",
        "\n\n",
        "\0",
        "\u0085",
        "\u2028",
        "\ufeff",
        "\ud83e",
        "\ud83e\udd8a",
        "\\",
        "\"\\U0010FFFF\"",
        "\"\\U7FFFFFFF\"",
        "\"\\xg\"",
        ".nan",
        "-.inf",
        "1e999",
        "0x1p3",
        "1_000",
        "99999999999999999999",
        "-1",
        "true",
        "null",
        "~",
        "@",
        "`",
        "stages: ",
        "frames: 5\n",
        "resampler: nearest\n",
        "rounding: floor\n",
        "renoise: false\n",
        "reshift: ",
        ", until: .3",
        "width: ",
        "{width: 1, height: 1, steps: 1, strength: 1, shift: 1}",
        "%TAG ! x\n",
        "\"\\uD800\""
    };

    @Test
    void parse_mutatedFiles_onlyThrowsPlanFileException() {
        Random random = new Random(20_240_917);
        int[] read = new int[1];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(50), () -> {
            for (int round = 0; round < ROUNDS; round++) {
                boolean plan = random.nextBoolean();
                String text = mutate(plan ? FULL : DEFAULTS, random);
                long before = threads.getCurrentThreadAllocatedBytes();
                if (isRead(plan, text)) {
                    read[0]++;
                }
                assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                        .as(text)
                        .isLessThan(MAX_ALLOCATED);
            }
        });
        // Both outcomes must occur, or the mutations are too mild or too wild to test anything.
        assertThat(read[0]).isBetween(ROUNDS / 100, ROUNDS / 2);
    }

    private static boolean isRead(boolean plan, String text) {
        try {
            if (plan) {
                PlanFile.parse("fuzz.yaml", text);
            } else {
                ModelDefaults.parse("fuzz.yaml", text);
            }
            return true;
        } catch (PlanFileException e) {
            assertThat(e.getMessage())
                    .as(text)
                    .matches("fuzz\\.yaml:\\d+:\\d+: \\P{Cntrl}+")
                    .hasSizeLessThan(300);
            return false;
        } catch (RuntimeException | StackOverflowError e) {
            return fail("text <<<" + text + ">>> gave " + e, e);
        }
    }

    private static String mutate(String text, Random random) {
        StringBuilder mutated = new StringBuilder(text);
        int times = 1 + random.nextInt(4);
        for (int i = 0; i < times; i++) {
            int at = random.nextInt(mutated.length() + 1);
            int end = Math.min(mutated.length(), at + random.nextInt(12));
            switch (random.nextInt(6)) {
                case 0 -> mutated.delete(at, end);
                case 1 -> mutated.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> mutated.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
                case 3 -> mutated.insert(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
                case 4 -> mutated.insert(at, PIECES[random.nextInt(PIECES.length)].repeat(random.nextInt(40)));
                default -> mutated.insert(random.nextInt(mutated.length() + 1), mutated.substring(at, end));
            }
        }
        return mutated.toString();
    }
}
