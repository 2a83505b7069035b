package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Seconds;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import io.bottleneck4j.pipeline.cost.Calibration.MeasuredOn;
import io.bottleneck4j.pipeline.cost.CalibrationStore;
import io.bottleneck4j.pipeline.cost.ForwardTimer;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Processors;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds and takes the times of a model's forwards on this machine; they are kept in the user's cache. */
record Calibrations(Surroundings surroundings, RunOptions running, Notes notes) {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);

    private CalibrationStore store() {
        return new CalibrationStore(surroundings.cache().resolve("calibration"));
    }

    /**
     * What was measured before for this model here, with the options' type, device and threads; {@link Calibration#NONE} if nothing was. A note tells of a
     * file that is of no use. libtorch is not loaded where nothing was ever measured.
     */
    Calibration find(Model model) throws IOException {
        if (!model.hasFolder() || store().isEmpty()) {
            return Calibration.NONE;
        }
        MeasuredOn on;
        try {
            on = on(model, running.choose(model, null, surroundings, notes));
        } catch (FolderException | WeightsException | DeviceException e) {
            return Calibration.NONE; // what cannot run here was not measured here
        }
        CalibrationStore.Found found = store().find(on);
        if (found.note() != null) {
            notes.warning(found.note());
        }
        return found.calibration() == null ? Calibration.NONE : found.calibration();
    }

    /** Measures and keeps; refuses a model without weights. */
    Calibration measure(Model model, Set<LatentShape> shapes) throws IOException {
        if (!model.hasFolder()) {
            throw new IllegalArgumentException("calibrate: " + model.name()
                    + " is a configuration without weights; give a model's folder with --model");
        }
        Execution execution = running.choose(model, null, surroundings, notes);
        List<ForwardTime> times = new ArrayList<>();
        Cancellation cancellation = surroundings.cancellation();
        cancellation.check("while timing; nothing was kept");
        try (Pipeline pipeline = model.pipeline(execution, running.residency(model, execution))) {
            pipeline.withRandomPrompt(List.of(ForwardTimer.SIGMA), cancellation, velocity -> {
                for (LatentShape shape : shapes) {
                    ForwardTime time = ForwardTimer.system().time(velocity, shape, cancellation::check);
                    notes.note("timed a forward at " + shape + ": " + Seconds.text(time.seconds()) + " s, median of "
                            + time.samples());
                    times.add(time);
                }
                return times;
            });
        }
        MeasuredOn on = on(model, execution);
        Calibration all = store().add(on, times);
        notes.note("kept in " + store().file(on));
        return all;
    }

    private static MeasuredOn on(Model model, Execution execution) {
        return new MeasuredOn(
                model.architecture() + ", " + model.textTokens() + " text tokens",
                execution.precision(),
                execution.device().toString(),
                Libtorch.threads(),
                Processors.name(),
                Libtorch.version());
    }

    /** Where times come from, in words. */
    static String source(Calibration timed) {
        return "as measured on " + DAY.format(timed.oldest()) + " (UTC): " + timed.on();
    }

    /** The same for programs. */
    static ObjectNode json(Calibration timed) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("date", timed.oldest().toString())
                .put("dtype", timed.on().dtype())
                .put("device", timed.on().device())
                .put("threads", timed.on().threads())
                .put("processor", timed.on().processor())
                .put("libtorch", timed.on().libtorch());
    }
}
