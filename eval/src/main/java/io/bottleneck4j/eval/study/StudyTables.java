package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.document.Cell;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.document.TableFolder;
import io.bottleneck4j.eval.score.Bootstrap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A study's result as tables: the paper's Table 6, which sides were chosen, and who answered. */
public record StudyTables(StudyResult result) {
    private static final String FORMAT = "bottleneck4j study result 1";

    /**
     * Writes them as {@code study.md}, {@code .csv}, {@code .tex} and {@code .json}, in place of older ones.
     *
     * @param folder made, if it is not there
     * @throws IllegalArgumentException if it cannot be made or written to, or if it holds such files of another origin
     */
    public void write(Path folder) throws IOException {
        String title = "Blind study of " + result.study().model() + " on "
                + result.study().benchmark();
        TableFolder.open(folder, "study", FORMAT)
                .write(JsonFile.json(FORMAT, json(result)), csv(result), title, all(), "");
    }

    /** All three. */
    List<Grid> all() {
        return List.of(main(), sides(), participants());
    }

    /** A row for each pair of methods and aspect. */
    public Grid main() {
        List<List<Cell>> rows = new ArrayList<>();
        for (Verdicts verdicts : result.verdicts()) {
            Bootstrap difference = verdicts.difference();
            rows.add(Cell.row(
                    verdicts.aspect(),
                    verdicts.first(),
                    verdicts.second(),
                    verdicts.answers(),
                    share(verdicts.firstShare()),
                    share(verdicts.secondShare()),
                    share(verdicts.sameShare()),
                    percent(difference.mean(), difference.low(), difference.high())));
        }
        int open = result.participants().size() * result.study().answers() - result.answers();
        return new Grid(
                "study",
                "Which pictures people preferred",
                "Shares of answers, with Wilson's 95 % interval, which takes answers for independent. The difference is the"
                        + " share of the first less that of the second, its interval by bootstrap over participants and"
                        + " questions alike."
                        + (open == 0 ? "" : " " + open + " questions were left unanswered and are in no share."),
                3,
                List.of("aspect", "first", "second", "answers", "first", "second", "same", "first – second"),
                rows);
    }

    private Grid sides() {
        List<Cell> row = new ArrayList<>();
        for (Answers.Choice choice : Answers.Choice.values()) {
            row.add(share(Verdicts.Wilson.of(result.count(choice), result.answers())));
        }
        return new Grid(
                "study-sides",
                "Which sides were chosen",
                "Each method stood left in half of its questions: left and right differ by the habits of participants, and by"
                        + " chance.",
                0,
                List.of("left", "right", "same"),
                List.of(row));
    }

    private Grid participants() {
        List<List<Cell>> rows = result.participants().stream()
                .map(one -> Cell.row(
                        one.name(),
                        one.answers().size() + " of " + result.study().answers()))
                .toList();
        return new Grid(
                "study-participants", "Who answered", "", 1, List.of("participant", "questions answered"), rows);
    }

    private static Cell share(Verdicts.Wilson share) {
        return percent(share.share(), share.low(), share.high());
    }

    private static Cell percent(double value, double low, double high) {
        return new Cell(whole(value) + " %", "[" + whole(low) + ", " + whole(high) + "]", Cell.Mark.NONE);
    }

    private static String whole(double share) {
        String text = String.format(Locale.ROOT, "%.0f", 100 * share);
        return text.equals("-0") ? "0" : text;
    }

    private static String csv(StudyResult result) {
        StringBuilder csv = new StringBuilder(
                "aspect,first,second,answers,first_share,first_low,first_high,second_share,"
                        + "second_low,second_high,same_share,same_low,same_high,difference,difference_low,difference_high\n");
        for (Verdicts verdicts : result.verdicts()) {
            List<Object> fields = new ArrayList<>(
                    List.of(verdicts.aspect(), verdicts.first(), verdicts.second(), verdicts.answers()));
            for (Verdicts.Wilson share : List.of(verdicts.firstShare(), verdicts.secondShare(), verdicts.sameShare())) {
                fields.addAll(List.of(share.share(), share.low(), share.high()));
            }
            Bootstrap difference = verdicts.difference();
            fields.addAll(List.of(difference.mean(), difference.low(), difference.high()));
            csv.append(Csv.row(fields.toArray()));
        }
        return csv.toString();
    }

    /** What the JSON file holds. */
    private static Map<String, Object> json(StudyResult result) {
        Study study = result.study();
        Map<String, Integer> sides = new LinkedHashMap<>();
        for (Answers.Choice choice : Answers.Choice.values()) {
            sides.put(choice.toString(), result.count(choice));
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("study", study.id());
        json.put("model", study.model());
        json.put("benchmark", study.benchmark());
        json.put("questions", study.questions().size());
        json.put("pairs", result.verdicts());
        json.put("sides", sides);
        json.put(
                "participants",
                result.participants().stream()
                        .map(one -> new ParticipantJson(
                                one.name(),
                                String.valueOf(one.file().getFileName()),
                                one.answers().size(),
                                study.answers()))
                        .toList());
        return json;
    }

    private record ParticipantJson(String name, String file, int answers, int expected) {}
}
