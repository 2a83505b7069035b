package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.PlanJson;
import io.bottleneck4j.cli.terminal.Seconds;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.pipeline.Family;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.FlopFormat;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code presets}: the plans that {@code --plan} takes by name. */
@Command(name = "presets", abbreviateSynopsis = true, footerHeading = "%nThe names:%n")
public final class PresetsCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", paramLabel = "M")
    private @Nullable String model;

    @Mixin
    private Format.Choice format = new Format.Choice();

    public PresetsCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        Calibrations calibrations = new Calibrations(surroundings, new RunOptions(), notes);
        List<Presets> listed = new ArrayList<>();
        for (String name : names()) {
            Model planned = ModelChoice.planned(name, surroundings);
            planned.notes().forEach(notes::note);
            Presets presets = Presets.of(planned, calibrations.find(planned));
            for (PlanEstimate estimate : presets.plans()) {
                Plan plan = estimate.plan();
                plan.notes().forEach(note -> notes.note("plan " + plan.name() + ": " + note));
            }
            listed.add(presets);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (format.isJson()) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            ArrayNode models = json.putArray("models");
            listed.forEach(presets -> models.add(presets.json()));
            out.println(json);
        } else {
            for (int i = 0; i < listed.size(); i++) {
                out.print(i == 0 ? "" : System.lineSeparator());
                listed.get(i).print(out);
            }
            out.println();
            out.println("bottleneck4j plan --plan NAME shows the steps, strengths and shifts of a plan.");
        }
        return ExitCode.OK;
    }

    private List<String> names() {
        if (model != null) {
            return List.of(model);
        }
        List<String> names = new ArrayList<>(ModelChoice.ALL_BUNDLED);
        names.addAll(Family.words());
        return names;
    }

    /**
     * The named plans of one model, each at its own size, with what they cost.
     *
     * @param plans in the planner's order
     * @param times of forwards on this machine, if the model was timed here
     */
    private record Presets(Model model, List<PlanEstimate> plans, Calibration times) {
        static Presets of(Model model, Calibration times) {
            List<PlanEstimate> plans = model.planner().names().stream()
                    .map(name -> model.estimate(model.planner().named(name, Planner.Size.DEFAULT)))
                    .toList();
            return new Presets(model, plans, times);
        }

        /** One row a plan; a stage's values stand in stage order. */
        void print(PrintWriter out) {
            Planner planner = model.planner();
            String frames = planner.defaultFrames().isPresent()
                    ? ", " + planner.defaultFrames().getAsInt() + " frames"
                    : "";
            String family = model.family().toString();
            out.println(model.name() + " ("
                    + (model.name().equals(family) ? model.family().published() + " as published" : family)
                    + ", " + planner.defaultWidth() + "x" + planner.defaultHeight() + frames + ")");
            FlopFormat flops = FlopFormat.fitting(plans.stream()
                    .mapToDouble(plan -> plan.cost().flops())
                    .max()
                    .orElse(1));
            Table<PlanEstimate> table = new Table<>(plans)
                    .column("plan", it -> it.plan().name())
                    .column("stages, px", it -> stages(it, Presets::size))
                    .column("forwards", Presets::forwardsOfStages);
            boolean cached = plans.stream().anyMatch(it -> it.plan().stages().isCached());
            if (cached) {
                table.column("cache", Presets::caches);
            }
            table.column(flops.unit() + "FLOPs", it -> flops.number(it.cost().flops()))
                    .column("faster", it -> String.format(Locale.ROOT, "%.2fx", it.speedUp()));
            if (!times.isEmpty()) {
                table.column(
                        "seconds", it -> Seconds.text(times.seconds(it.plan().stages())));
            }
            table.print(out, cached ? 4 : 3);
            if (!times.isEmpty()) {
                out.println("Seconds: transformer alone, " + Calibrations.source(times) + ".");
            }
        }

        private static String stages(PlanEstimate estimate, Function<StageSpec, String> value) {
            return estimate.plan().spec().stages().stream().map(value).collect(Collectors.joining(", "));
        }

        /** As {@code 256}, or {@code 1280x720}. */
        private static String size(StageSpec stage) {
            return stage.width() == stage.height() ? "" + stage.width() : stage.width() + "x" + stage.height();
        }

        private static String forwardsOfStages(PlanEstimate estimate) {
            return estimate.plan().stages().stages().stream()
                    .map(stage -> "" + stage.forwards())
                    .collect(Collectors.joining(" + "));
        }

        /** Which caches there are; how each is set is for {@code plan} to say. */
        private static String caches(PlanEstimate estimate) {
            return estimate.plan().spec().stages().stream()
                    .filter(stage -> stage.cache() != StepCache.NONE)
                    .map(stage -> stage.cache().toString().replaceFirst(":.*", ""))
                    .distinct()
                    .collect(Collectors.joining(", "));
        }

        /** How many run at each size, in the order the sizes first appear. */
        private static Map<String, Integer> forwards(Plan plan) {
            Map<String, Integer> forwards = new LinkedHashMap<>();
            List<ResolutionStage> runs = plan.stages().stages();
            for (int i = 0; i < runs.size(); i++) {
                StageSpec stage = plan.spec().stages().get(i);
                forwards.merge(stage.width() + "x" + stage.height(), runs.get(i).forwards(), Integer::sum);
            }
            return forwards;
        }

        ObjectNode json() {
            ObjectNode json = JsonNodeFactory.instance
                    .objectNode()
                    .put("model", model.name())
                    .put("family", model.family().toString())
                    .put("width", model.planner().defaultWidth())
                    .put("height", model.planner().defaultHeight());
            model.planner().defaultFrames().ifPresent(frames -> json.put("frames", frames));
            json.put("text_tokens", model.textTokens());
            if (!times.isEmpty()) {
                json.set("calibration", Calibrations.json(times));
            }
            ArrayNode listed = json.putArray("plans");
            for (PlanEstimate estimate : plans) {
                Plan plan = estimate.plan();
                ObjectNode one = PlanJson.of(plan);
                one.put("forwards", plan.stages().forwards())
                        .put("flops", estimate.cost().flops())
                        .put("speedup", estimate.speedUp());
                times.seconds(plan.stages()).ifPresent(seconds -> one.put("seconds", seconds));
                ObjectNode each = one.putObject("forwards_by_size");
                forwards(plan).forEach(each::put);
                listed.add(one);
            }
            return json;
        }
    }
}
