package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a run and a comparison as versions before their records were bound by Jackson wrote them. */
class FoldersMadeBeforeTest {
    private static final Path BEFORE = Path.of("src/test/resources/before");

    @TempDir
    Path temporary;

    @Test
    void run_isReadAndWrittenAsItWas() throws IOException {
        RunFolder before = new RunFolder(BEFORE.resolve("run"));
        RunRecord run = before.record();
        assertThat(run.plan()).isEqualTo("bottleneck");
        assertThat(run.settings()).containsEntry("resampler", "lanczos");
        assertThat(run.expected()).isEqualTo(16);
        assertThat(before.missing()).isEmpty();
        RunFolder after = new RunFolder(temporary);
        after.write(run);
        after.write(Shard.WHOLE, before.pictures());
        for (String name : new String[] {"run.json", "pictures.csv"}) {
            assertThat(temporary.resolve(name))
                    .hasSameTextualContentAs(before.path().resolve(name));
        }
    }

    @Test
    void comparison_givesTheTimesOfItsPictures() throws IOException {
        ComparisonFolder before = new ComparisonFolder(BEFORE.resolve("comparison"));
        assertThat(before.seconds())
                .hasSize(12)
                .containsEntry("pictures/baseline/a-panda-b424f4f7-seed-4.png", 0.524830966);
        JsonNode table = new ObjectMapper().readTree(Files.readString(before.resolve(ComparisonFolder.TABLE)));
        JsonNode now = new ObjectMapper().readTree(JsonFile.text(ComparisonTables.json(Comparisons.made(1, 1))));
        assertThat(now.fieldNames()).toIterable().containsExactlyElementsOf(table::fieldNames);
        assertThat(now.get("plans").get(1).fieldNames())
                .toIterable()
                .containsExactlyElementsOf(table.get("plans").get(1)::fieldNames);
        assertThat(now.get("pictures").get(1).fieldNames())
                .toIterable()
                .containsExactlyElementsOf(table.get("pictures").get(1)::fieldNames);
    }
}
