package io.bottleneck4j.eval.page;

import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.eval.metrics.HighFrequency;
import io.bottleneck4j.eval.result.Comparison;
import io.bottleneck4j.eval.result.Contender;
import io.bottleneck4j.eval.result.Measured;
import io.bottleneck4j.eval.result.Shown;
import io.bottleneck4j.eval.result.Subject;
import io.bottleneck4j.eval.store.ResultFolder;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A comparison as one HTML page beside its pictures: side by side, a slider between any two, the stages one by one, and the table. It
 * loads nothing but the pictures; without a script all but the slider is there.
 */
public final class ResultPage {
    private final Comparison comparison;
    private final StringBuilder html = new StringBuilder();

    private ResultPage(Comparison comparison) {
        this.comparison = comparison;
    }

    /** The text of the page. */
    public static String html(Comparison comparison) {
        ResultPage page = new ResultPage(comparison);
        page.body();
        return Html.page(
                comparison.title(), Html.style(), page.html.toString(), Html.resource(ResultPage.class, "page.js"));
    }

    private void body() {
        line("<h1>" + Html.text(comparison.title()) + "</h1>");
        line("<p class=\"quiet\">" + setup() + "</p>");
        table();
        explanation();
        comparison.subjects().forEach(this::subject);
    }

    private String setup() {
        return comparison.setup().stream()
                .map(fact -> Html.text(fact.name() + " " + fact.value()))
                .collect(Collectors.joining(", "));
    }

    private void table() {
        line("<div class=\"scroll\"><table>");
        line("<thead><tr><th scope=\"col\">plan</th><th scope=\"col\">forwards</th><th scope=\"col\">FLOPs</th>"
                + "<th scope=\"col\">of " + Html.text(comparison.reference())
                + "'s</th><th scope=\"col\">seconds</th><th scope=\"col\">PSNR</th><th"
                + " scope=\"col\">SSIM</th><th scope=\"col\">fine detail</th><th"
                + " scope=\"col\">pictures</th><th scope=\"col\""
                + " style=\"text-align:left\">stages</th></tr></thead>");
        line("<tbody>");
        comparison.contenders().forEach(this::tableRow);
        line("</tbody></table></div>");
    }

    private void tableRow(Contender contender) {
        Comparison.Medians medians = comparison.medians(contender);
        List<String> cells = List.of(
                String.valueOf(contender.forwards()),
                Shown.flops(contender.flops()),
                Shown.ratio(1 / comparison.flopRatio(contender)),
                Shown.seconds(medians.seconds()),
                Shown.psnr(medians.psnr()),
                Shown.ssim(medians.ssim()),
                Shown.ratio(medians.highFrequencyRatio()),
                String.valueOf(medians.pictures()));
        String stages = contender.stages().stream().map(Html::text).collect(Collectors.joining("<br>"));
        line("<tr><th scope=\"row\">" + Html.text(contender.name()) + "</th>"
                + cells.stream().map(cell -> "<td>" + cell + "</td>").collect(Collectors.joining())
                + "<td class=\"stages\">" + stages + "</td></tr>");
    }

    private void explanation() {
        line("<p class=\"quiet\">Medians over the pictures. PSNR, SSIM and fine detail are against "
                + Html.text(comparison.reference())
                + "'s picture of the same prompt and seed: they say how alike, not how good. Fine detail is"
                + " the share of energy above " + HighFrequency.CUTOFF
                + " cycles per pixel divided by that of the other; blur brings it"
                + " below 1. Of videos they are means over the frames; flicker is the mean change from frame to frame"
                + " divided by that of the other. " + Comparison.TIMING + "</p>");
        if (!comparison.isComplete()) {
            line("<p><strong>Not complete:</strong> " + comparison.measured().size() + " of "
                    + comparison.subjects().size() * comparison.contenders().size()
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
                .allMatch(made -> made != null && made.file().endsWith(ResultFolder.VIDEO));
        if (videos) {
            line("<p><a href=\"" + Html.address(ResultFolder.sideBySide(subject)) + "\">side by side</a></p>");
        }
    }

    private void figure(Subject subject, Contender contender) {
        Measured picture = comparison.find(subject, contender.name());
        String name = Html.text(contender.name());
        if (picture == null) {
            line("<figure><div class=\"missing\">not made</div><figcaption><b>" + name + "</b></figcaption></figure>");
            return;
        }
        line("<figure>"
                + image(picture.file(), subject.prompt() + ", " + contender.name(), " data-plan=\"" + name + "\"")
                + "<figcaption><b>" + name + "</b>" + caption(contender, picture) + "</figcaption></figure>");
    }

    private static String caption(Contender contender, Measured picture) {
        String work = contender.forwards() + " forwards, " + Shown.seconds(picture.seconds());
        Distance distance = picture.distance();
        return distance == null ? work : work + "<br>" + Shown.distance(distance);
    }

    private static String image(String file, String alt, String more) {
        if (file.endsWith(ResultFolder.VIDEO)) {
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
            Measured picture = comparison.find(subject, contender.name());
            if (picture != null && !picture.previews().isEmpty()) {
                stages(contender, picture);
            }
        }
        line("</details>");
    }

    private void stages(Contender contender, Measured picture) {
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
