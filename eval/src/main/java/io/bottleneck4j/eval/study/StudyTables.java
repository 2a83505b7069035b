package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.document.Cell;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A study's result as tables: the paper's Table 6, which sides were chosen, and who answered. */
public record StudyTables(StudyResult result) {

    /** All three. */
    List<Grid> all() {
        return List.of(main(), sides(), participants());
    }

    /** A row for each pair of methods and aspect. */
    public Grid main() {
        List<List<Cell>> rows = new ArrayList<>();
        for (Verdicts verdicts : result.verdicts()) {
            Bootstrap difference = verdicts.difference();
            rows.add(List.of(
                    Cell.of(verdicts.aspect().toString()),
                    Cell.of(verdicts.first()),
                    Cell.of(verdicts.second()),
                    Cell.of(String.valueOf(verdicts.given().size())),
                    share(verdicts.firstShare()),
                    share(verdicts.secondShare()),
                    share(verdicts.sameShare()),
                    percent(difference.mean(), difference.low(), difference.high())));
        }
        int open = result.participants().size() * result.study().answers() - result.answers();
        return new Grid(
                "study",
                "Which pictures people preferred",
                "Shares of answers, with Verdicts.Wilson's 95 % interval, which takes answers for independent. The difference is the"
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
                .map(one -> List.of(
                        Cell.of(one.name()),
                        Cell.of(one.answers().size() + " of " + result.study().answers())))
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
}
