package io.bottleneck4j.eval.score;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.run.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a set of pictures is from a reference.
 *
 * @param metric its name
 * @param model what computed it, as the user named it
 * @param caution what must be said beside the value; null if nothing must
 * @param missing pictures of both sides that were left out, and why
 */
public record SetReport(
        String metric,
        String model,
        SetMetric.Value value,
        Counts counts,
        @Nullable String caution,
        List<Fault> missing) {

    public SetReport {
        missing = List.copyOf(missing);
    }

    /** Pictures of both sides that were compared, and how many there are. */
    public record Counts(int pictures, int expectedPictures, int references, int expectedReferences) {
        /** How many of both sides were left out. */
        public int left() {
            return expectedPictures - pictures + expectedReferences - references;
        }

        /** How many both sides have. */
        public int expected() {
            return expectedPictures + expectedReferences;
        }
    }

    /** One line, and one for each picture left out, with the reason. */
    public String csv() {
        StringBuilder csv = new StringBuilder(
                Csv.row("metric", "distance", "deviation", "pictures", "references", "caution", "missing"));
        Double deviation = value.deviation();
        csv.append(Csv.row(
                metric,
                Csv.number(value.distance()),
                Csv.number(deviation == null ? Double.NaN : deviation),
                counts.pictures(),
                counts.references(),
                caution == null ? "" : caution,
                ""));
        missing.forEach(fault -> csv.append(Csv.row("", "", "", "", "", "", fault)));
        return csv.toString();
    }

    /** Everything. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("metric", metric).put("model", model).put("distance", value.distance());
        Double deviation = value.deviation();
        if (deviation != null) {
            json.put("deviation", deviation);
        }
        json.put("pictures", counts.pictures())
                .put("expected_pictures", counts.expectedPictures())
                .put("references", counts.references())
                .put("expected_references", counts.expectedReferences());
        if (caution != null) {
            json.put("caution", caution);
        }
        ArrayNode faults = json.putArray("missing");
        missing.forEach(fault -> faults.addObject().put("item", fault.item()).put("reason", fault.reason()));
        return json;
    }
}
