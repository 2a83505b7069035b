package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Damaged plan files: understood or refused in one line, soon, and in little memory. */
class PlanFileFuzzTest {
    private static final int FILES = 20_000;
    private static final long MAX_ALLOCATED = 16L << 20;
    private static final String[] SEEDS = {
        PlanFileTest.PAPER,
        "stages:\n- width: 64\n  height: 64\n  steps: 4\n  strength: 1.0\n  shift: 3\n",
        "%YAML 1.1\n---\n\"stages\": [!!map {? width : 64, 'height': 64, \"st\\u0065ps\": 4, strength: 1, shift: 3}]\n...\n"
    };
    private static final String[] PIECES = {
        "&a ",
        "*a",
        "!!int ",
        "!<tag:x> ",
        "!!python/object:a ",
        "|\n ",
        ">-\n ",
        "? ",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\t",
        "\n",
        "---\n",
        "...\n",
        "%TAG ! !\n",
        "%YAML 9.9\n",
        "\"\\U0011FFFF\"",
        "\"\\x0\"",
        "\"",
        "'",
        "#",
        ",",
        "<<: ",
        ".nan",
        "1e999",
        "-0",
        "0o7",
        "\u0000",
        "\u0085",
        "\u2028",
        "\ufeff",
        "\ud83e\udd8a",
        "stages: ",
        "width: ",
        "{a: ",
        "[[[[[[[[",
        "!%ff ",
        "!%C3%28 ",
        "@",
        "`",
        "99999999999999999999"
    };

    @Test
    void parse_ofMutatedFiles_neverThrowsAnythingElse() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Random random = new Random(20250319);
        assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
            int refused = 0;
            for (int i = 0; i < FILES; i++) {
                String text = mutated(random);
                long before = threads.getCurrentThreadAllocatedBytes();
                refused += complaint(text) == null ? 0 : 1;
                assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                        .as(text)
                        .isLessThan(MAX_ALLOCATED);
            }
            assertThat(refused).isBetween(FILES / 3, FILES - 100);
        });
    }

    private static @Nullable String complaint(String text) {
        try {
            assertThat(PlanFile.parse("p.yaml", text).stages()).isNotEmpty();
            return null;
        } catch (PlanFileException e) {
            assertThat(e.getMessage())
                    .as(text)
                    .matches("p\\.yaml:\\d+:\\d+: \\P{Cntrl}+")
                    .hasSizeLessThan(300);
            return e.getMessage();
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError("for: " + text, e);
        }
    }

    private static String mutated(Random random) {
        StringBuilder text = new StringBuilder(SEEDS[random.nextInt(SEEDS.length)]);
        int edits = 1 + random.nextInt(6);
        for (int i = 0; i < edits && text.length() > 1; i++) {
            int at = random.nextInt(text.length());
            int to = Math.min(text.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> text.setCharAt(at, (char) random.nextInt(128));
                case 3 -> text.insert(random.nextInt(text.length()), text.substring(at, to));
                case 4 -> text.insert(at, PIECES[random.nextInt(PIECES.length)].repeat(random.nextInt(200)));
                default -> replaceBytes(text, random);
            }
        }
        return text.toString();
    }

    private static void replaceBytes(StringBuilder text, Random random) {
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        text.setLength(0);
        text.append(new String(bytes, StandardCharsets.UTF_8));
    }
}
