package io.bottleneck4j.eval.score;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunScores;
import java.io.File;
import java.nio.file.Path;
import java.util.List;

/**
 * What a metric says of a set of pictures: what computed it, as the user named it, the pictures that were scored, at
 * least one, those that were not, and why, and those whose prompts ask nothing that it measures.
 */
public record ScoreReport(String metric, String model, List<Row> rows, List<Fault> missing, List<Path> unasked) {

    public ScoreReport {
        rows = List.copyOf(rows);
        missing = List.copyOf(missing);
        unasked = List.copyOf(unasked);
    }

    /** One picture's score. */
    public record Row(Path file, String prompt, double score) {
        /** The file as tables have it, with slashes on every system. */
        public String name() {
            return slashed(file);
        }
    }

    /** The mean of the pictures that were scored. */
    public Bootstrap mean() {
        return Bootstrap.of(rows.stream().map(Row::score).toList());
    }

    /** The same with files named by where they lie in a folder, as a run's table names them. */
    public ScoreReport within(Path folder) {
        List<Row> named = rows.stream()
                .map(row -> new Row(within(folder, row.file()), row.prompt(), row.score()))
                .toList();
        List<Fault> faults = missing.stream()
                .map(fault -> new Fault(slashed(within(folder, Path.of(fault.item()))), fault.reason()))
                .toList();
        List<Path> others = unasked.stream().map(file -> within(folder, file)).toList();
        return new ScoreReport(metric, model, named, faults, others);
    }

    private static Path within(Path folder, Path file) {
        return file.startsWith(folder) ? folder.relativize(file) : file;
    }

    /** As tables have it on every system. */
    private static String slashed(Path file) {
        return file.toString().replace(File.separatorChar, '/');
    }

    /**
     * A line of file, prompt and score for each picture, and one for each that is missing, without a score but with the reason, which for one
     * that was not asked is {@link RunScores#NOT_ASKED}.
     */
    public String csv() {
        StringBuilder csv = new StringBuilder(Csv.row("file", "prompt", metric, "missing"));
        rows.forEach(row -> csv.append(Csv.row(row.name(), row.prompt(), row.score(), "")));
        missing.forEach(fault -> csv.append(Csv.row(fault.item(), "", "", fault.reason())));
        unasked.forEach(file -> csv.append(Csv.row(slashed(file), "", "", RunScores.NOT_ASKED)));
        return csv.toString();
    }

    /** Everything. */
    public ObjectNode json() {
        ObjectNode json = summary();
        ArrayNode pictures = json.putArray("pictures");
        rows.forEach(row -> pictures.addObject()
                .put("file", row.file().toString())
                .put("prompt", row.prompt())
                .put("score", row.score()));
        return json;
    }

    /** Everything but the single pictures. */
    public ObjectNode summary() {
        Bootstrap mean = mean();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("metric", metric)
                .put("model", model)
                .put("scored", rows.size())
                .put("expected", rows.size() + missing.size())
                .put("not_asked", unasked.size())
                .put("mean", mean.mean());
        json.putArray("interval_95").add(mean.low()).add(mean.high());
        ArrayNode faults = json.putArray("missing");
        missing.forEach(fault -> faults.addObject().put("item", fault.item()).put("reason", fault.reason()));
        return json;
    }
}
