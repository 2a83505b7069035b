package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.util.List;

/**
 * A process of its own that makes a hundred images and prints by how many native objects and resident bytes it grew. In the tests'
 * own process the Java heap, which earlier tests have stretched, would drown what is measured.
 */
final class HundredImages {
    private static final int WARM_UP = 20;
    private static final int IMAGES = 100;

    private HundredImages() {}

    public static void main(String[] args) {
        try (Pipeline flux = Model.open(Golden.folder("tiny-a")).pipeline(new Execution(Device.CPU, DType.FLOAT32))) {
            generate(flux, WARM_UP);
            long pointers = Libtorch.livePointers();
            long resident = Libtorch.residentBytes();
            generate(flux, IMAGES);
            System.out.println((Libtorch.livePointers() - pointers) + " " + (Libtorch.residentBytes() - resident));
        }
    }

    private static void generate(Pipeline flux, int images) {
        PlanSpec plan = new PlanSpec(
                "short",
                List.of(
                        new StageSpec(64, 64, 2, 1, 3),
                        new StageSpec(32, 32, 3, 0.8, 2),
                        new StageSpec(64, 64, 2, 0.6, 3)));
        for (int i = 0; i < images; i++) {
            Request request = flux.model()
                    .request("a red fox")
                    .seed(i)
                    .maxSequenceLength(16)
                    .plan(plan)
                    .build();
            flux.generate(request);
        }
    }
}
