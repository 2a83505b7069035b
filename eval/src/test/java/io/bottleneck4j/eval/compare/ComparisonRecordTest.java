package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.metrics.Pictures;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonRecordTest {
    private static final int SIDE = 16;

    @TempDir
    Path temporary;

    private void make(ComparisonFolder folder, ComparisonRecord record, Subject subject, String contender)
            throws IOException {
        String file = contender + ".png"; // one for all subjects
        if (!Files.exists(folder.resolve(file))) {
            int red = contender.equals("baseline") ? 100 : 110;
            PngWriter.write(folder.resolve(file), Pictures.plain(SIDE, SIDE, red, 0, 0), Map.of());
        }
        record.add(subject, contender, file, 0, 1, null);
    }

    @Tag("slow")
    @Test
    void add_twoThousandPictures_writesTablesSeldomAndNoneIsLost() throws IOException {
        ComparisonFolder folder = ComparisonFolder.open(temporary);
        Comparison plan = Comparisons.empty(1000);
        ComparisonRecord record = new ComparisonRecord(folder, plan, new ComparisonRecord.Frame(SIDE, SIDE, 0));
        for (Subject subject : plan.subjects()) {
            make(folder, record, subject, "baseline");
            make(folder, record, subject, "fast");
            record.keepUp();
        }
        assertThat(record.count()).isEqualTo(2000);
        assertThat(record.writes())
                .as("one for each of the first 16 subjects, then at most a 32nd more")
                .isBetween(16, 250);
        assertThat(listed(folder)).isBetween(2000 - 2000 / 32, 2000);
        record.finish();
        assertThat(listed(folder)).isEqualTo(2000);
        assertThat(folder.resolve("sheet-50.png")).exists();
    }

    private static int listed(ComparisonFolder folder) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve(ComparisonFolder.TABLE).toFile())
                .get("pictures")
                .size();
    }

    @Test
    void add_referenceMadeAgain_measuresTheOthersAnew() throws IOException {
        ComparisonFolder folder = ComparisonFolder.open(temporary);
        Comparison plan = Comparisons.empty(1);
        Subject subject = plan.subjects().get(0);
        ComparisonRecord record = new ComparisonRecord(folder, plan, new ComparisonRecord.Frame(SIDE, SIDE, 0));
        make(folder, record, subject, "fast");
        assertThat(Objects.requireNonNull(record.comparison().find(subject, "fast"))
                        .distance())
                .isNull();
        make(folder, record, subject, "baseline");
        assertThat(Objects.requireNonNull(record.comparison().find(subject, "fast"))
                        .distance())
                .isNotNull();
        assertThat(record.count()).isEqualTo(2);
        record.keepUp();
        assertThat(Files.readString(folder.resolve("index.html"))).doesNotContain("Not complete");
    }
}
