package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.options.FitOptions;
import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.options.PlanOptions;
import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code plan}: what a plan does and costs, before it runs. */
@Command(name = "plan", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class PlanCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(validate = false, order = 1, heading = "%nPlan:%n")
    private PlanOptions planning = new PlanOptions();

    @ArgGroup(validate = false, order = 2, heading = "%nSize and rules:%n")
    private FitOptions fit = new FitOptions();

    @ArgGroup(
            validate = false,
            order = 4,
            heading = "%nModel; also a transformer's config.json, or flux or hunyuan-video for the published ones:%n")
    private RunOptions running = new RunOptions();

    @Option(names = "--calibrate", order = 5)
    private boolean calibrate;

    @Option(names = "--plot", order = 6, paramLabel = "F.png")
    private @Nullable Path plot;

    @Mixin
    private Format.Choice format = new Format.Choice();

    public PlanCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        if (plot != null) {
            new OutputNames(plot, 1).requireEnding("plot", ".png").requireWritable();
        }
        Model model = ModelChoice.planned(running.modelName(null), surroundings);
        Plan plan = planning.choose(model.planner(), fit);
        model.notes().forEach(notes::note);
        FitOptions.tell(model, plan, notes);
        fit.requireCacheOf(model, null);
        PlanEstimate estimate = model.estimate(plan);
        Calibrations calibrations = new Calibrations(surroundings, running, notes);
        Calibration times = calibrate ? calibrations.measure(model, shapes(estimate)) : calibrations.find(model);
        if (plot != null) {
            Path file = plot;
            surroundings.cancellation().whole(() -> PngWriter.write(file, PlanPlot.picture(model, plan), Map.of()));
        }
        List<MemoryUse> memory = memory(model, plan, notes);
        PlanReport report = new PlanReport(model, estimate, times);
        PrintWriter out = spec.commandLine().getOut();
        if (format.isJson()) {
            ObjectNode json = report.json();
            ArrayNode parts = json.putArray("memory");
            memory.forEach(part -> parts.addObject()
                    .put("part", part.part())
                    .put("weights", part.weights())
                    .put("working", part.working()));
            if (plot != null) {
                json.put("plot", plot.toString());
            }
            out.println(json);
        } else {
            report.print(out);
            printMemory(out, memory);
            if (plot != null) {
                notes.note("drawn: " + plot);
            }
        }
        return ExitCode.OK;
    }

    /** None where there is no folder that could run here, which a note tells. */
    private List<MemoryUse> memory(Model model, Plan plan, Notes notes) {
        if (!model.hasFolder()) {
            return List.of();
        }
        try {
            return model.memory(plan, running.choose(model, null));
        } catch (FolderException | WeightsException | DeviceException e) {
            notes.note("memory is not stated, since the model cannot run here: " + e.getMessage());
            return List.of();
        }
    }

    private static void printMemory(PrintWriter out, List<MemoryUse> memory) {
        if (memory.isEmpty()) {
            return;
        }
        out.println();
        new Table<>(memory)
                .column("memory", MemoryUse::part)
                .column("weights", part -> size(part.weights()))
                .column("working", part -> size(part.working()))
                .column("both", part -> size(part.bytes()))
                .print(out, 1);
        MemoryUse most = Collections.max(memory, Comparator.comparingLong(MemoryUse::bytes));
        out.println("At most some " + size(most.bytes()) + " beside the program itself: " + most.part() + ".");
    }

    private static String size(long bytes) {
        return bytes < 1e9
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    /** Every size of the plan and of its baseline. */
    private static Set<LatentShape> shapes(PlanEstimate estimate) {
        Set<LatentShape> shapes = estimate.plan().stages().stages().stream()
                .map(ResolutionStage::shape)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        shapes.add(estimate.baseline().stages().last().shape());
        return shapes;
    }
}
