package io.bottleneck4j.eval.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptSuiteTest {
    private static final Path BUNDLED = Path.of("src/main/resources/io/bottleneck4j/eval/suite/emoji.jsonl");

    @TempDir
    private Path temp;

    @Test
    void bundled_has16PromptsOfEachCategorySpreadEvenly() throws IOException {
        Collection<Truth> truths = PromptSuite.read(BUNDLED).truths().values();
        assertThat(counts(truths, Truth::category).values()).containsOnly(16L).hasSize(5);
        assertThat(PromptSuite.read(BUNDLED).labels()).hasSize(28);
        Map<String, Long> concepts = truths.stream()
                .flatMap(truth -> truth.include().stream())
                .collect(Collectors.groupingBy(Truth.Thing::label, Collectors.counting()));
        assertThat(concepts.values()).allMatch(count -> count >= 3 && count <= 5);
        for (String style : List.of("noto", "flat", "3d")) {
            assertThat(truths.stream().filter(truth -> truth.prompt().endsWith(", " + style + " style")))
                    .hasSizeBetween(25, 28);
        }
        List<BackgroundColour> colours =
                truths.stream().map(Truth::background).filter(Objects::nonNull).toList();
        assertThat(colours).hasSize(64);
        assertThat(counts(colours, Function.identity()).values()).allMatch(count -> count >= 4 && count <= 8);
    }

    @Test
    void bundled_truthsSayWhatTheirPromptsSay() throws IOException {
        for (Truth truth : PromptSuite.read(BUNDLED).truths().values()) {
            assertThat(truth.prompt()).contains(truth.first());
            if (truth.background() != null) {
                assertThat(truth.prompt()).contains(truth.background() + " background");
            }
            if (truth.relation() != null) {
                assertThat(truth.prompt())
                        .matches(".*" + truth.first() + " (to the )?" + truth.relation() + "( of)? an? "
                                + truth.include().get(1).label() + " .*");
            }
            String words = List.of("an? ", "two ", "three ", "four ")
                    .get(truth.include().get(0).count() - 1);
            assertThat(truth.prompt()).matches(words + truth.first() + ".*");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"prompt\": \"x\" | line 2: is not JSON",
                "{\"prompt\": \"x\", \"category\": \"taste\"} | line 2: category: 'taste' is unknown; use one of single_object",
                "{\"prompt\": \"x\", \"category\": \"counting\"} | line 2: include: must name 1 for counting, not 0",
                "{\"category\": \"counting\", \"include\": [{\"label\": \"x\", \"count\": 2}]} | 'prompt' must be text",
                "{\"prompt\": \"x\", \"category\": \"counting\", \"include\": [{\"label\": \"x\", \"count\": 0}]} | at least 1 of x",
                "{\"prompt\": \"an owl\", \"category\": \"single_object\", \"include\": [{\"label\": \"owl\", \"count\": 1}]} | twice"
            })
    void read_aWrongLine_isNamed(String line, String message) throws IOException {
        Path file = temp.resolve("prompts.jsonl");
        Files.writeString(
                file,
                "{\"prompt\": \"an owl\", \"category\": \"single_object\", \"include\": [{\"label\": \"owl\","
                        + " \"count\": 1}]}\n" + line + "\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PromptSuite.read(file))
                .withMessageStartingWith(file + ": line 2: ")
                .withMessageContaining(message);
    }

    @Test
    void of_aPromptOfAnotherBenchmark_isRefused() throws IOException {
        PromptSuite suite = PromptSuite.read(BUNDLED);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> suite.of("a photo of a bench"))
                .withMessageStartingWith("suite: says nothing of 'a photo of a bench'");
    }

    private static <T, K> Map<K, Long> counts(Collection<T> all, Function<T, K> key) {
        return all.stream().collect(Collectors.groupingBy(key, Collectors.counting()));
    }
}
