package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.eval.document.Markup;
import io.bottleneck4j.eval.report.VBenchTotal.Dimension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against VBench's own script: tools/golden/make_vbench.py. */
class VBenchTotalTest {
    private static final Path RESULTS = Path.of("src/test/resources/golden/vbench");

    @TempDir
    Path folder;

    @Test
    void total_ofTheGoldenResults_equalsTheOfficialScript() throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(Path.of("src/test/resources/golden/vbench-total.json").toFile());
        VBenchTotal total = VBenchTotal.read(RESULTS);
        double tolerance = golden.required("tolerance").asDouble();
        assertThat(total.quality().orElseThrow())
                .isCloseTo(golden.required("quality").asDouble(), within(tolerance));
        assertThat(total.semantic().orElseThrow())
                .isCloseTo(golden.required("semantic").asDouble(), within(tolerance));
        assertThat(total.total().orElseThrow())
                .isCloseTo(golden.required("total").asDouble(), within(tolerance));
    }

    @Test
    void total_ofFewerDimensions_isNoneAndTheTableNamesThem() throws IOException {
        VBenchTotal half = VBenchTotal.read(RESULTS.resolve("results_quality_eval_results.json"));
        assertThat(half.quality()).isPresent();
        assertThat(half.semantic()).isEmpty();
        assertThat(half.total()).isEmpty();
        String table = Markup.MARKDOWN.of(VBenchTotal.grid(List.of(half, VBenchTotal.read(RESULTS))));
        assertThat(table)
                .contains("| total | – | ")
                .contains("| scene | – | ")
                .contains("lacks object\\_class, multiple\\_objects, human\\_action");
    }

    @Test
    void normalised_leastAndLargest_are0And1() throws IOException {
        Path file = folder.resolve("a_eval_results.json");
        Files.writeString(file, "{\"motion_smoothness\": [0.706, []], \"scene\": [0.8222, []]}");
        VBenchTotal total = VBenchTotal.read(folder);
        assertThat(total.normalised(Dimension.MOTION_SMOOTHNESS).orElseThrow()).isZero();
        assertThat(total.normalised(Dimension.SCENE).orElseThrow()).isEqualTo(1);
        assertThat(total.normalised(Dimension.COLOR)).isEmpty();
    }

    @Test
    void read_whatIsNoResult_isRefusedByName() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VBenchTotal.read(folder))
                .withMessageStartingWith(folder + ": holds no file *_eval_results.json");
        Path file = folder.resolve("a_eval_results.json");
        for (String text : List.of("{\"scene\"", "{\"scene\": 0.5}", "{\"scene\": [\"x\"]}", "[1]", "{}")) {
            Files.writeString(file, text);
            assertThatIllegalArgumentException()
                    .as(text)
                    .isThrownBy(() -> VBenchTotal.read(folder))
                    .withMessageStartingWith(file + ": ");
        }
        Files.writeString(file, "{\"scene\": [0.5, []]}");
        Files.copy(file, folder.resolve("b_eval_results.json"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VBenchTotal.read(folder))
                .withMessageContaining("scene is in another file of " + folder + " too; keep one of them");
    }
}
