package io.bottleneck4j.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.Failures;
import io.bottleneck4j.cli.terminal.PlanJson;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Component;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.WeightsException;
import io.bottleneck4j.torch.io.WeightsReport;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was found in a model folder.
 *
 * @param parts the components with weights, whole or broken
 * @param plans as the folder advises them; none where it cannot be read
 * @param problems what keeps the folder from being used, one a line
 */
record Inspection(ModelFolder folder, List<Part> parts, List<Plan> plans, List<String> problems) {

    /**
     * One component of an inspected folder.
     *
     * @param className as the folder's index names it
     * @param infos what its weight files hold; empty where they cannot be read
     * @param report the files held against the configuration; null where they cannot be
     * @param problems empty when it is complete
     */
    record Part(
            String name,
            String className,
            Map<String, TensorInfo> infos,
            @Nullable WeightsReport report,
            List<String> problems) {

        static Part of(ModelFolder folder, String name) {
            String className = folder.classes().getOrDefault(name, "missing");
            Map<String, TensorInfo> infos = Map.of();
            try {
                Component<?, ?> component = Model.component(folder, name);
                infos = component.infos();
                WeightsReport report = component.report();
                return new Part(name, className, infos, report, problems(report));
            } catch (FolderException | WeightsException | IllegalArgumentException e) {
                return new Part(name, className, infos, null, List.of(Failures.message(e)));
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

        /** Parameters by type, as the files hold them. */
        Map<String, Long> dtypes() {
            Map<String, Long> counts = new TreeMap<>();
            infos.values().forEach(info -> counts.merge(info.type(), info.numel(), Long::sum));
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

    /** Looks at every component, whatever state the others are in. */
    static Inspection of(ModelFolder folder) {
        List<Part> parts = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String name : Model.family(folder).weighted(folder)) {
            Part part = Part.of(folder, name);
            parts.add(part);
            problems.addAll(part.problems());
        }
        List<Plan> plans = new ArrayList<>();
        try {
            Model model = Model.open(folder.path().toString(), folder);
            model.components(); // complains of those that do not fit each other
            Planner planner = model.planner();
            for (String name : planner.names()) {
                plans.add(planner.named(name, Planner.Size.DEFAULT));
            }
        } catch (FolderException | WeightsException | IllegalArgumentException e) {
            String message = Failures.message(e);
            if (!problems.contains(message)) { // the first broken component stops reading with its own message
                problems.add(message);
            }
        }
        return new Inspection(folder, parts, plans, problems);
    }

    private long parameters() {
        return parts.stream().mapToLong(Part::parameters).sum();
    }

    private long bytes() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }

    void print(PrintWriter out, String model) {
        out.println(model + "  " + folder.pipelineClass() + "  " + folder.path());
        String row = "%-16s %-24s %15s  %-10s %10s  %s%n";
        out.printf(Locale.ROOT, row, "component", "class", "parameters", "dtype", "size", "state");
        for (Part part : parts) {
            out.printf(
                    Locale.ROOT,
                    row,
                    part.name(),
                    part.className(),
                    String.format(Locale.ROOT, "%,d", part.parameters()),
                    String.join(",", part.dtypes().keySet()),
                    size(part.bytes()),
                    part.problems().isEmpty() ? "complete" : "broken");
        }
        out.printf(
                Locale.ROOT, row, "total", "", String.format(Locale.ROOT, "%,d", parameters()), "", size(bytes()), "");
        for (Plan plan : plans) {
            out.println("plan " + plan.name() + ": " + stages(plan) + " ("
                    + plan.stages().forwards() + " forwards)");
        }
        problems.forEach(problem -> out.println("problem: " + problem));
    }

    private static String stages(Plan plan) {
        List<String> stages = new ArrayList<>();
        for (int i = 0; i < plan.spec().stages().size(); i++) {
            StageSpec stage = plan.spec().stages().get(i);
            stages.add(stage.width() + "x" + stage.height() + " x "
                    + plan.stages().stages().get(i).forwards());
        }
        return String.join(", ", stages);
    }

    static String size(long bytes) {
        return bytes < 1_000_000
                ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                : bytes < 1_000_000_000
                        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }

    ObjectNode json(String model) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model", model)
                .put("path", folder.path().toAbsolutePath().toString())
                .put("pipeline", folder.pipelineClass());
        ArrayNode components = json.putArray("components");
        parts.forEach(part -> components.add(part.json()));
        json.put("parameters", parameters()).put("bytes", bytes());
        ObjectNode advised = json.putObject("plans");
        for (Plan plan : plans) {
            advised.set(plan.name(), PlanJson.stages(plan));
        }
        ArrayNode found = json.putArray("problems");
        problems.forEach(found::add);
        return json.put("complete", problems.isEmpty());
    }
}
