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
import io.bottleneck4j.pipeline.Family;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.plan.Plan;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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
}
