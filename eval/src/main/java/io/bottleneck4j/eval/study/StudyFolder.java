package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.document.TableFolder;
import io.bottleneck4j.eval.score.Bootstrap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The folder a study's result is written to, as tables {@code study.*}.
 *
 * @param tables where it is
 */
public record StudyFolder(TableFolder tables) {
    private static final String FORMAT = "bottleneck4j study result 1";

    /**
     * Makes the folder, if it is not there.
     *
     * @throws IllegalArgumentException if it cannot be made or written to, or if it holds such files of another origin
     * @throws IOException if a file in it cannot be read
     */
    public static StudyFolder open(Path path) throws IOException {
        return new StudyFolder(TableFolder.open(path, "study", FORMAT));
    }

    /**
     * Writes a result, in place of an older one.
     *
     * @throws IOException if a file cannot be written
     */
    public void write(StudyResult result) throws IOException {
        String title = "Blind study of " + result.study().model() + " on "
                + result.study().benchmark();
        tables.write(
                JsonFile.json(FORMAT, ResultJson.of(result)), csv(result), title, new StudyTables(result).all(), "");
    }

    private static String csv(StudyResult result) {
        StringBuilder csv = new StringBuilder(
                "aspect,first,second,answers,first_share,first_low,first_high,second_share,"
                        + "second_low,second_high,same_share,same_low,same_high,difference,difference_low,difference_high\n");
        for (Verdicts verdicts : result.verdicts()) {
            Verdicts.Wilson first = verdicts.firstShare();
            Verdicts.Wilson second = verdicts.secondShare();
            Verdicts.Wilson same = verdicts.sameShare();
            Bootstrap difference = verdicts.difference();
            csv.append(Csv.row(
                    verdicts.aspect(),
                    verdicts.first(),
                    verdicts.second(),
                    verdicts.given().size(),
                    first.share(),
                    first.low(),
                    first.high(),
                    second.share(),
                    second.low(),
                    second.high(),
                    same.share(),
                    same.low(),
                    same.high(),
                    difference.mean(),
                    difference.low(),
                    difference.high()));
        }
        return csv.toString();
    }

    /** What the JSON file holds. */
    private record ResultJson(
            String study,
            String model,
            String benchmark,
            int questions,
            List<PairJson> pairs,
            Map<String, Integer> sides,
            List<ParticipantJson> participants) {
        static ResultJson of(StudyResult result) {
            Map<String, Integer> sides = new LinkedHashMap<>();
            for (Answers.Choice choice : Answers.Choice.values()) {
                sides.put(choice.toString(), result.count(choice));
            }
            return new ResultJson(
                    result.study().id(),
                    result.study().model(),
                    result.study().benchmark(),
                    result.study().questions().size(),
                    result.verdicts().stream().map(PairJson::of).toList(),
                    sides,
                    result.participants().stream()
                            .map(one -> new ParticipantJson(
                                    one.name(),
                                    String.valueOf(one.file().getFileName()),
                                    one.answers().size(),
                                    result.study().answers()))
                            .toList());
        }
    }

    private record PairJson(
            Aspect aspect,
            String first,
            String second,
            int answers,
            Verdicts.Wilson firstChosen,
            Verdicts.Wilson secondChosen,
            Verdicts.Wilson same,
            Bootstrap firstLessSecond) {
        static PairJson of(Verdicts verdicts) {
            return new PairJson(
                    verdicts.aspect(),
                    verdicts.first(),
                    verdicts.second(),
                    verdicts.given().size(),
                    verdicts.firstShare(),
                    verdicts.secondShare(),
                    verdicts.sameShare(),
                    verdicts.difference());
        }
    }

    private record ParticipantJson(String name, String file, int answers, int expected) {}
}
