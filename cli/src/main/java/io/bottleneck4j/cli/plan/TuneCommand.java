package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.options.FitOptions;
import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.Tuner;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tune}: the steps per stage that meet a target. */
@Command(name = "tune", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class TuneCommand implements Callable<Integer> {
    private static final String NAME = "tuned";

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(exclusive = true, multiplicity = "0..1", order = 1, heading = "%nTarget, one of:%n")
    private @Nullable TuneTarget target;

    @Option(names = "--by", order = 2, paramLabel = "B")
    private TuneTarget.@Nullable Measure by;

    @Option(names = "--plan", order = 3, paramLabel = "P")
    private String plan = Planner.BOTTLENECK;

    @ArgGroup(validate = false, order = 4, heading = "%nSize and rules:%n")
    private FitOptions fit = new FitOptions();

    @ArgGroup(
            validate = false,
            order = 6,
            heading =
                    "%nModel (also a transformer's config.json, or a family's name such as flux for its published model):%n")
    private RunOptions running = new RunOptions();

    @Option(
            names = {"-o", "--output"},
            order = 7,
            paramLabel = "PLAN.yaml")
    private @Nullable Path output;

    @Mixin
    private Format.Choice format = new Format.Choice();

    public TuneCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        TuneTarget wanted = target;
        if (wanted == null) {
            throw new IllegalArgumentException(
                    "target: is missing; give one of --speedup, --max-seconds and --max-flops, as in --speedup 2");
        }
        if (output != null) {
            new OutputNames(output, 1).requireEnding("output", ".yaml").requireWritable();
        }
        Model model = ModelChoice.planned(running.modelName(null), surroundings);
        Plan preset = fit.resolve(model.planner(), plan);
        model.notes().forEach(notes::note);
        model.tell(preset, notes);
        fit.requireCacheOf(model, null);
        PlanEstimate before = model.estimate(preset);
        Calibration times = new Calibrations(surroundings, running, notes).find(model);
        TuneTarget.Goal goal = wanted.goal(by, model, before, times);
        Tuner tuner = new Tuner(preset.stages(), goal.price());
        goal.requireReached(tuner, preset.name());
        Tuner.Tuned tuned = tuner.tune(goal.budget());
        Plan found = model.planner().written(spec(preset.spec(), tuned));
        report(new PlanReport(model, model.estimate(found), times), preset, tuned, notes);
        return ExitCode.OK;
    }

    /** The preset with the steps that were found. */
    private static PlanSpec spec(PlanSpec preset, Tuner.Tuned tuned) {
        List<StageSpec> stages = new ArrayList<>();
        for (int i = 0; i < preset.stages().size(); i++) {
            stages.add(preset.stages()
                    .get(i)
                    .withSteps(tuned.plan().stages().get(i).steps()));
        }
        return preset.withStages(stages).withName(NAME);
    }

    private void report(PlanReport report, Plan preset, Tuner.Tuned tuned, Notes notes) throws IOException {
        String text = PlanFile.text(report.estimate().plan().spec(), comments(report, preset, tuned));
        Path file = output;
        if (file != null) {
            surroundings.cancellation().whole(() -> WholeFile.write(file, text.getBytes(StandardCharsets.UTF_8)));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (format.isJson()) {
            ObjectNode json = report.json();
            json.put("preset", preset.name())
                    .put("displaced", tuned.displaced())
                    .put("yaml", text);
            if (file != null) {
                json.put("file", file.toString());
            }
            out.println(json);
        } else if (file == null) {
            out.print(text);
        } else {
            report.print(out);
            notes.note("written: " + file);
        }
    }

    /** The head of the plan file: what it costs, and where it comes from. */
    private static List<String> comments(PlanReport report, Plan preset, Tuner.Tuned tuned) {
        List<String> comments = new ArrayList<>(report.conclusion());
        comments.add("Tuned from plan " + preset.name() + " of "
                + report.model().name() + " (" + forwards(preset) + " forwards);");
        comments.add(String.format(
                Locale.ROOT,
                "%.1f %% of the forwards are in another stage than its proportions ask for.",
                100 * tuned.displaced()));
        return comments;
    }

    private static String forwards(Plan plan) {
        return plan.stages().stages().stream()
                .map(stage -> String.valueOf(stage.forwards()))
                .collect(Collectors.joining(" + "));
    }
}
