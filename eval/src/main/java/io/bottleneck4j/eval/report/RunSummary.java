package io.bottleneck4j.eval.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.score.Bootstrap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one metric says of one run, as a report would have it.
 *
 * @param overall of all pictures, whose category is empty
 * @param categories sorted; none if the benchmark has none, or one alone
 */
public record RunSummary(Line overall, List<Line> categories) {

    public RunSummary {
        categories = List.copyOf(categories);
    }

    /**
     * A mean and its interval.
     *
     * @param pictures that have a score
     * @param mean null if it cannot be made
     */
    public record Line(
            String category, int pictures, @Nullable Bootstrap mean) {}

    /**
     * Reads a run's scores.
     *
     * @throws IllegalArgumentException naming the file, if the run is damaged
     * @throws IOException if it cannot be read
     */
    public static RunSummary of(RunFolder run, String metric) throws IOException {
        Entry entry = Entry.read(run);
        Report report = Report.of(new Entrants(List.of(entry), entry));
        Report.Row row = report.reference();
        List<Line> categories = new ArrayList<>();
        for (String category : report.categories()) {
            categories.add(line(row, metric, category));
        }
        return new RunSummary(line(row, metric, Report.ALL), categories);
    }

    /** Sets the mean and interval of an object to the overall ones, and adds the categories. */
    public ObjectNode addTo(ObjectNode json) {
        set(json, overall);
        ObjectNode all = json.putObject("categories");
        categories.forEach(line -> set(all.putObject(line.category()).put("scored", line.pictures()), line));
        return json;
    }

    private static void set(ObjectNode json, Line line) {
        Bootstrap mean = line.mean();
        if (mean == null) {
            json.putNull("mean");
            json.putNull("interval_95");
        } else {
            json.put("mean", mean.mean());
            json.putArray("interval_95").add(mean.low()).add(mean.high());
        }
    }

    private static Line line(Report.Row row, String metric, String category) {
        Estimate estimate = row.estimate(metric, category);
        return new Line(category, estimate.pictures(), estimate.value());
    }
}
