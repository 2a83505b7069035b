package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** The tiny models among the golden files, and requests of a few steps. */
final class Tiny {
    static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    static final String PICTURES = "tiny-a";
    static final String VIDEOS = "hunyuan-a";

    private static final PlanSpec PICTURE = new PlanSpec(
            "short",
            List.of(
                    new StageSpec(64, 64, 2, 1, 3),
                    new StageSpec(32, 32, 4, 0.5, 2),
                    new StageSpec(64, 64, 4, 0.5, 3)));
    private static final PlanSpec VIDEO = new PlanSpec(
                    "short",
                    List.of(
                            new StageSpec(48, 32, 2, 1, 7),
                            new StageSpec(32, 16, 4, 0.5, 9),
                            new StageSpec(48, 32, 4, 0.5, 9)))
            .withFrames(OptionalInt.of(5));

    private Tiny() {}

    static Model model(String name) {
        return Model.open(Golden.folder(name));
    }

    static Pipeline pipeline(String name, Residency residency) {
        return model(name).pipeline(FLOAT32, residency);
    }

    static Pipeline pipeline(Path folder, Residency residency) {
        return Model.open(folder).pipeline(FLOAT32, residency);
    }

    /** In three stages of two steps, each from what the one before made: a picture of 64 × 64, or five frames of 48 × 32. */
    static Request request(Model model, long seed) {
        return model.request("a red fox")
                .seed(seed)
                .maxSequenceLength(32)
                .plan(model.kind() == Model.Kind.PICTURE ? PICTURE : VIDEO)
                .build();
    }
}
