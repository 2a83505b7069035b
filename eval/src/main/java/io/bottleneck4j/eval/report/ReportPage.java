package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.page.Html;
import io.bottleneck4j.eval.table.Grid;
import io.bottleneck4j.eval.table.Markup;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import java.util.List;
import java.util.Map;

/** A report as one HTML page that holds all it shows. */
record ReportPage(Report report) {

    /**
     * The text of the page.
     *
     * @param plots by metric
     */
    String html(List<Grid> grids, Map<String, Picture> plots) {
        String title = ReportFolder.title(report);
        StringBuilder body = new StringBuilder("<h1>" + Html.text(title) + "</h1>\n");
        if (!report.isWhole()) {
            body.append(
                    "<p><strong>Not complete:</strong> <a href=\"#missing\">what is missing</a> is in no mean.</p>\n");
        }
        body.append(Markup.HTML.of(grids.get(0)));
        if (!plots.isEmpty()) {
            body.append("<h2>Quality against measured time</h2>\n<div class=\"row\">\n");
            plots.forEach((metric, plot) -> body.append(plot(metric, plot)));
            body.append("</div>\n");
        }
        grids.subList(1, grids.size()).forEach(grid -> body.append(Markup.HTML.of(grid)));
        return Html.page(title, Html.style(), body.toString(), "");
    }

    private static String plot(String metric, Picture plot) {
        String source = Html.address("image/png", PngWriter.bytes(plot, Map.of()));
        String alt = Html.text(metric + " of each plan against its median seconds, as in the tables");
        return "<img class=\"plot\" src=\"" + source + "\" alt=\"" + alt + "\">\n";
    }
}
