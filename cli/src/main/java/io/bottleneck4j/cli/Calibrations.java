package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.cost.Calibration;
import io.bottleneck4j.models.cost.CalibrationStore;
import io.bottleneck4j.models.cost.ForwardTime;
import io.bottleneck4j.models.cost.ForwardTimer;
import io.bottleneck4j.models.cost.MeasuredOn;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.pipeline.Execution;
import io.bottleneck4j.models.pipeline.FluxFolder;
import io.bottleneck4j.models.pipeline.FluxForwards;
import io.bottleneck4j.models.pipeline.ModelFamily;
import io.bottleneck4j.models.pipeline.PlannedModel;
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
        if (!hasWeights(model) || store().isEmpty()) {
            return null;
        }
        MeasuredOn on;
        try {
            FluxFolder folder = FluxFolder.read(ModelChoice.find(model.name(), surroundings));
            on = on(model, running.choose(folder.transformer(), null));
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
     * @throws IllegalArgumentException if the model is a configuration without weights, or of a family that does not run yet
     * @throws IOException if the times cannot be kept
     */
    Calibration measure(PlannedModel model, Set<LatentShape> shapes) throws IOException {
        if (!hasWeights(model)) {
            throw new IllegalArgumentException("calibrate: " + model.name()
                    + (model.family() == ModelFamily.FLUX ? " is a configuration without weights" : " does not run yet")
                    + "; give a folder of FLUX.1 with --model");
        }
        FluxFolder folder = FluxFolder.read(ModelChoice.find(model.name(), surroundings));
        Execution execution = running.choose(folder.transformer(), null);
        List<ForwardTime> times = new ArrayList<>();
        try (FluxForwards forwards = FluxForwards.open(folder, execution, model.textTokens())) {
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

    private static boolean hasWeights(PlannedModel model) {
        return model.family() == ModelFamily.FLUX && ModelChoice.isFolder(model.name());
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
