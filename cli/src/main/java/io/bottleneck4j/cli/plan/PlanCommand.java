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
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.SystemMemory;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
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
            heading =
                    "%nModel (also a transformer's config.json, or a family's name such as flux for its published model):%n")
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
        model.tell(plan, notes);
        fit.requireCacheOf(model, null);
        PlanEstimate estimate = model.estimate(plan);
        Calibrations calibrations = new Calibrations(surroundings, running, notes);
        Calibration times = calibrate ? calibrations.measure(model, shapes(estimate)) : calibrations.find(model);
        if (plot != null) {
            Path file = plot;
            surroundings.cancellation().whole(() -> PngWriter.write(file, PlanPlot.picture(model, plan), Map.of()));
        }
        Memory memory = model.hasFolder() ? memory(model, plan, notes) : null;
        PlanReport report = new PlanReport(model, estimate, times);
        PrintWriter out = spec.commandLine().getOut();
        if (format.isJson()) {
            ObjectNode json = report.json();
            ArrayNode parts = json.putArray("memory");
            if (memory != null) {
                memory.parts()
                        .forEach(part -> parts.addObject()
                                .put("part", part.part())
                                .put("weights", part.weights())
                                .put("working", part.working()));
                json.put("peak_bytes", memory.peak());
                memory.free().ifPresent(free -> json.put("memory_available_bytes", free));
            }
            if (plot != null) {
                json.put("plot", plot.toString());
            }
            out.println(json);
        } else {
            report.print(out);
            if (memory != null) {
                memory.print(out);
            }
            if (plot != null) {
                notes.note("drawn: " + plot);
            }
        }
        return ExitCode.OK;
    }

    /** Null where the folder cannot run here, which a note tells. */
    private @Nullable Memory memory(Model model, Plan plan, Notes notes) {
        try {
            Execution execution = running.choose(model, null, surroundings, notes);
            Residency residency =
                    running.residency(model, execution).forOneBatch(); // as generate has it for one prompt
            return new Memory(model.memory(plan, execution, residency), model.programMemory(), execution, residency);
        } catch (FolderException | WeightsException | DeviceException e) {
            notes.note("memory is not stated, since the model cannot run here: " + e.getMessage());
            return null;
        }
    }

    /** What a run holds, part by part. */
    private record Memory(List<MemoryUse> parts, long program, Execution execution, Residency residency) {
        long peak() {
            return MemoryUse.largest(parts).bytes() + program;
        }

        /** What this machine has; of a GPU's nothing is known. */
        OptionalLong free() {
            return execution.device().isCpu() ? SystemMemory.availableBytes() : OptionalLong.empty();
        }

        void print(PrintWriter out) {
            out.println();
            new Table<>(parts)
                    .column("memory", MemoryUse::part)
                    .column("weights", part -> size(part.weights()))
                    .column("working", part -> size(part.working()))
                    .column("both", part -> size(part.bytes()))
                    .print(out, 1);
            out.println("In " + execution.dtype() + " about " + size(peak()) + " at most, including "
                    + size(program) + " for the program itself; the peak is: "
                    + MemoryUse.largest(parts).part() + ".");
            free().ifPresent(free -> out.println(
                    size(free) + " are free: " + (peak() > free ? "it does not fit." : "it fits, " + how() + ".")));
        }

        private String how() {
            return switch (residency) {
                case KEEP, RELEASE_TEXT_ENCODERS -> "with the text encoders freed before denoising";
                case SEQUENCE -> "with one component in memory at a time";
                case STREAM -> "with blocks read from their file in each forward";
            };
        }

        private static String size(long bytes) {
            return bytes < 1e9
                    ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                    : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
        }
    }

    /** Every size of the plan and of its baseline. */
    private static Set<LatentShape> shapes(PlanEstimate estimate) {
        Set<LatentShape> shapes = estimate.plan().stages().stages().stream()
                .map(ResolutionStage::seen)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        shapes.add(estimate.baseline().stages().last().shape());
        return shapes;
    }
}
