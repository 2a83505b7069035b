package io.bottleneck4j.eval.score;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.run.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a set of pictures is from a reference.
 *
 * @param metric its name
 * @param model what computed it, as the user named it
 * @param deviation over subsets; null where there are none
 * @param pictures that were compared
 * @param expectedPictures that there are
 * @param references that were compared
 * @param expectedReferences that there are
 * @param caution what must be said beside the distance; null if nothing must
 * @param missing pictures of both sides that were left out, and why
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetReport(
        String metric,
        String model,
        double distance,
        @Nullable Double deviation,
        int pictures,
        int expectedPictures,
        int references,
        int expectedReferences,
        @Nullable String caution,
        List<Fault> missing) {

    public SetReport {
        missing = List.copyOf(missing);
    }

    /** One line, and one for each picture left out, with the reason. */
    public String csv() {
        StringBuilder csv = new StringBuilder(
                Csv.row("metric", "distance", "deviation", "pictures", "references", "caution", "missing"));
        csv.append(Csv.row(
                metric,
                Csv.number(distance),
                Csv.number(deviation),
                pictures,
                references,
                caution == null ? "" : caution,
                ""));
        missing.forEach(fault -> csv.append(Csv.row("", "", "", "", "", "", fault)));
        return csv.toString();
    }

    /** Everything. */
    public ObjectNode json() {
        return JsonFile.MAPPER.valueToTree(this);
    }
}
