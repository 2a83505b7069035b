package io.bottleneck4j.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.Failures;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Component;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.WeightsException;
import io.bottleneck4j.torch.io.WeightsReport;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One component of an inspected folder.
 *
 * @param className as the folder's index names it
 * @param infos what its weight files hold; empty where they cannot be read
 * @param report the files held against the configuration; null where they cannot be
 * @param problems empty when it is complete
 */
record InspectedPart(
        String name,
        String className,
        Map<String, TensorInfo> infos,
        @Nullable WeightsReport report,
        List<String> problems) {

    static InspectedPart of(ModelFolder folder, String name) {
        String className = folder.classes().getOrDefault(name, "missing");
        Map<String, TensorInfo> infos = Map.of();
        try {
            Component<?, ?> component = Model.component(folder, name);
            infos = component.infos();
            WeightsReport report = component.report();
            return new InspectedPart(name, className, infos, report, problems(report));
        } catch (FolderException | WeightsException | IllegalArgumentException e) {
            return new InspectedPart(name, className, infos, null, List.of(Failures.message(e)));
        }
    }

    private static List<String> problems(WeightsReport report) {
        try {
            report.requireComplete();
            return List.of();
        } catch (WeightsException e) {
            return List.of(Failures.message(e));
        }
    }

    long parameters() {
        return infos.values().stream().mapToLong(TensorInfo::numel).sum();
    }

    long bytes() {
        return infos.values().stream().mapToLong(TensorInfo::bytes).sum();
    }

    /** Parameters by type. */
    Map<String, Long> dtypes() {
        Map<String, Long> counts = new TreeMap<>();
        infos.values().forEach(info -> counts.merge(info.dtype().toString(), info.numel(), Long::sum));
        return counts;
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("class", className)
                .put("parameters", parameters());
        ObjectNode types = json.putObject("dtypes");
        dtypes().forEach(types::put);
        json.put("bytes", bytes());
        strings(json.putArray("missing"), report == null ? List.of() : report.missing());
        strings(json.putArray("unexpected"), report == null ? List.of() : report.unexpected());
        strings(json.putArray("misshapen"), report == null ? List.of() : report.misshapen());
        strings(json.putArray("problems"), problems);
        return json;
    }

    private static void strings(ArrayNode array, List<String> values) {
        values.forEach(array::add);
    }
}
