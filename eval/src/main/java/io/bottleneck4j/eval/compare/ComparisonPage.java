package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.document.Html;
import io.bottleneck4j.eval.document.Markup;
import io.bottleneck4j.eval.metrics.Distance;
import java.util.stream.Collectors;

/**
 * A comparison as one HTML page beside its pictures: side by side, a slider between any two, the stages one by one, and the table. It
 * loads nothing but the pictures; without a script all but the slider is there.
 */
final class ComparisonPage {
    private final Comparison comparison;
    private final StringBuilder html = new StringBuilder();

    private ComparisonPage(Comparison comparison) {
        this.comparison = comparison;
    }

    /** The text of the page. */
    static String html(Comparison comparison) {
        ComparisonPage page = new ComparisonPage(comparison);
        page.body();
        return Html.page(
                comparison.title(), Html.style(), page.html.toString(), Html.resource(ComparisonPage.class, "page.js"));
    }

    private void body() {
        line("<h1>" + Html.text(comparison.title()) + "</h1>");
        line("<p class=\"quiet\">" + setup() + "</p>");
        html.append(Markup.HTML.of(ComparisonTables.medians(comparison)));
        incomplete();
        html.append(Markup.HTML.of(ComparisonTables.stages(comparison)));
        comparison.subjects().forEach(this::subject);
    }

    private String setup() {
        return comparison.setup().stream()
                .map(fact -> Html.text(fact.name() + " " + fact.value()))
                .collect(Collectors.joining(", "));
    }

    private void incomplete() {
        if (!comparison.isComplete()) {
            line("<p><strong>Not complete:</strong> " + comparison.made().size() + " of " + comparison.expected()
                    + " pictures are made. The same command makes the others.</p>");
        }
    }

    private void subject(Subject subject) {
        line("<article>");
        line("<h2>" + Html.text(subject.prompt()) + " <span class=\"quiet\">seed " + subject.seed() + "</span></h2>");
        line("<div class=\"row\">");
        comparison.contenders().forEach(contender -> figure(subject, contender));
        viewer();
        line("</div>");
        sideBySide(subject);
        stages(subject);
        line("</article>");
    }

    /** Videos in one, where all are made. */
    private void sideBySide(Subject subject) {
        boolean videos = comparison.contenders().stream()
                .map(contender -> comparison.find(subject, contender.name()))
                .allMatch(made -> made != null && made.file().endsWith(ComparisonFolder.VIDEO));
        if (videos) {
            line("<p><a href=\"" + Html.address(ComparisonFolder.sideBySide(subject)) + "\">side by side</a></p>");
        }
    }

    private void figure(Subject subject, Contender contender) {
        Made picture = comparison.find(subject, contender.name());
        String name = Html.text(contender.name());
        if (picture == null) {
            line("<figure><div class=\"missing\">not made</div><figcaption><b>" + name + "</b></figcaption></figure>");
            return;
        }
        line("<figure>"
                + image(picture.file(), subject.prompt() + ", " + contender.name(), " data-plan=\"" + name + "\"")
                + "<figcaption><b>" + name + "</b>" + caption(contender, picture) + "</figcaption></figure>");
    }

    private static String caption(Contender contender, Made picture) {
        String work = contender.forwards() + " forwards, " + Shown.seconds(picture.seconds());
        Distance distance = picture.distance();
        return distance == null ? work : work + "<br>" + Shown.distance(distance);
    }

    private static String image(String file, String alt, String more) {
        if (file.endsWith(ComparisonFolder.VIDEO)) {
            return "<video src=\"" + Html.address(file) + "\" aria-label=\"" + Html.text(alt)
                    + "\" controls loop muted playsinline preload=\"metadata\"></video>";
        }
        return "<a href=\"" + Html.address(file) + "\"><img src=\"" + Html.address(file) + "\" alt=\"" + Html.text(alt)
                + "\" loading=\"lazy\"" + more + "></a>";
    }

    /** Filled and shown by the script. */
    private void viewer() {
        line("<div class=\"viewer\" hidden>");
        line("<label>left <select class=\"left\"></select></label>");
        line("<label>right <select class=\"right\"></select></label>");
        line("<div class=\"slider\"><img class=\"left\" alt=\"\"><img class=\"right\" alt=\"\"></div>");
        line("<input type=\"range\" min=\"0\" max=\"100\" value=\"50\" aria-label=\"how much of the left picture is"
                + " shown, in percent\">");
        line("</div>");
    }

    /** Of the plans that have more than one. */
    private void stages(Subject subject) {
        line("<details><summary>Stage by stage</summary>");
        for (Contender contender : comparison.contenders()) {
            Made picture = comparison.find(subject, contender.name());
            if (picture != null && !picture.previews().isEmpty()) {
                stages(contender, picture);
            }
        }
        line("</details>");
    }

    private void stages(Contender contender, Made picture) {
        line("<h3>" + Html.text(contender.name()) + "</h3><div class=\"row\">");
        for (int i = 0; i < contender.stages().size(); i++) {
            String file = i < picture.previews().size() ? picture.previews().get(i) : picture.file();
            line("<figure>" + image(file, contender.name() + ", after stage " + (i + 1), "") + "<figcaption>stage "
                    + (i + 1) + "<br>" + Html.text(contender.stages().get(i)) + "</figcaption></figure>");
        }
        line("</div>");
    }

    private void line(String text) {
        html.append(text).append('\n');
    }
}
