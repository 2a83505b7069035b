package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Forwards;
import io.bottleneck4j.pipeline.PlannedModel;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.CalibrationStore;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import io.bottleneck4j.pipeline.cost.ForwardTimer;
import io.bottleneck4j.pipeline.cost.Calibration.MeasuredOn;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds and takes the times of a model's forwards on this machine; they are kept in the user's cache. */
record Calibrations(Surroundings surroundings, RunOptions running, Notes notes) {

    private CalibrationStore store() {
        return new CalibrationStore(surroundings.cache().resolve("calibration"));
    }

    /**
     * What was measured before for this model here, with the options' type, device and threads; null if nothing was. A note tells of a
     * file that is of no use. libtorch is not loaded where nothing was ever measured.
     */
    @Nullable
    Calibration find(PlannedModel model) throws IOException {
        if (!ModelChoice.isFolder(model.name()) || store().isEmpty()) {
            return null;
        }
        MeasuredOn on;
        try {
            ModelSource source = ModelSource.read(ModelChoice.find(model.name(), surroundings));
            on = on(model, running.choose(source.transformer(), null));
        } catch (FolderException | WeightsException | DeviceException e) {
            return null; // what cannot run here was not measured here
        }
        CalibrationStore.Found found = store().find(on);
        if (found.note() != null) {
            notes.warning(found.note());
        }
        return found.calibration();
    }

    /**
     * Measures and keeps.
     *
     * @throws IllegalArgumentException if the model is a configuration without weights
     * @throws IOException if the times cannot be kept
     */
    Calibration measure(PlannedModel model, Set<LatentShape> shapes) throws IOException {
        if (!ModelChoice.isFolder(model.name())) {
            throw new IllegalArgumentException("calibrate: " + model.name()
                    + " is a configuration without weights; give a model's folder with --model");
        }
        ModelSource source = ModelSource.read(ModelChoice.find(model.name(), surroundings));
        Execution execution = running.choose(source.transformer(), null);
        List<ForwardTime> times = new ArrayList<>();
        try (Forwards forwards = source.forwards(execution, model.textTokens())) {
            for (LatentShape shape : shapes) {
                ForwardTime time = forwards.time(
                        ForwardTimer.system(),
                        shape,
                        () -> surroundings.cancellation().check("while timing; nothing was kept"));
                notes.note("timed a forward at " + shape + ": " + Seconds.text(time.seconds()) + " s, median of "
                        + time.samples());
                times.add(time);
            }
        }
        MeasuredOn on = on(model, execution);
        Calibration all = store().add(on, times);
        notes.note("kept in " + store().file(on));
        return all;
    }

    private static MeasuredOn on(PlannedModel model, Execution execution) {
        return new MeasuredOn(
                model.transformer() + ", " + model.textTokens() + " text tokens",
                execution.dtype().toString(),
                execution.device().toString(),
                Libtorch.threads(),
                Processors.name(),
                Libtorch.version());
    }
}
