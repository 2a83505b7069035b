package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.document.Html;
import io.bottleneck4j.eval.document.Markup;
import io.bottleneck4j.eval.metrics.Distance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A comparison as one HTML page beside its pictures: side by side, a slider between any two, the stages one by one, and the table. It
 * loads nothing but the pictures; without a script all but the slider is there.
 */
final class ComparisonPage {
    private ComparisonPage() {}

    /** The text of the page. */
    static String html(Comparison comparison) {
        Map<String, Object> values = Map.of(
                "title",
                comparison.title(),
                "setup",
                comparison.setup().stream()
                        .map(fact -> fact.name() + " " + fact.value())
                        .collect(Collectors.joining(", ")),
                "medians",
                Markup.HTML.of(ComparisonTables.medians(comparison)),
                "complete",
                comparison.isComplete(),
                "made",
                comparison.made().size(),
                "expected",
                comparison.expected(),
                "stages",
                Markup.HTML.of(ComparisonTables.stages(comparison)),
                "subjects",
                comparison.subjects().stream()
                        .map(subject -> subject(comparison, subject))
                        .toList());
        return Html.page(ComparisonPage.class, "comparison", comparison.title(), values);
    }

    private static Map<String, ?> subject(Comparison comparison, Subject subject) {
        List<Map<String, ?>> figures = new ArrayList<>();
        List<Map<String, ?>> staged = new ArrayList<>();
        boolean videos = true;
        for (Contender contender : comparison.contenders()) {
            String plan = contender.name();
            Made made = comparison.find(subject, plan);
            videos &= made != null && made.file().endsWith(ComparisonFolder.VIDEO);
            if (made == null) {
                figures.add(Map.of("plan", plan, "picture", false, "work", "", "distance", ""));
                continue;
            }
            Distance distance = made.distance();
            figures.add(Map.of(
                    "plan",
                    plan,
                    "picture",
                    image(made.file(), subject.prompt() + ", " + plan, plan),
                    "work",
                    Shown.plain(Comparison.work(contender, made).forwards()) + " forwards, "
                            + Shown.seconds(made.seconds()),
                    "distance",
                    distance == null ? "" : Shown.distance(distance)));
            if (!made.previews().isEmpty()) {
                staged.add(Map.of("plan", plan, "stages", stages(contender, made)));
            }
        }
        return Map.of(
                "prompt",
                subject.prompt(),
                "seed",
                subject.seed(),
                "figures",
                figures,
                "sideBySide",
                videos ? Html.address(ComparisonFolder.sideBySide(subject)) : "",
                "staged",
                staged);
    }

    private static List<Map<String, ?>> stages(Contender contender, Made made) {
        List<Map<String, ?>> stages = new ArrayList<>();
        for (String words : contender.stages()) {
            int stage = stages.size();
            String file = stage < made.previews().size() ? made.previews().get(stage) : made.file();
            String alt = contender.name() + ", after stage " + (stage + 1);
            stages.add(Map.of("picture", image(file, alt, ""), "words", words));
        }
        return stages;
    }

    /** A picture or video; the slider names it by its plan, if that is not empty. */
    private static Map<String, ?> image(String file, String alt, String plan) {
        boolean video = file.endsWith(ComparisonFolder.VIDEO);
        return Map.of("video", video, "address", Html.address(file), "alt", alt, "plan", plan);
    }
}
