package io.bottleneck4j.cli;

import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.flux.FluxFlops;
import io.bottleneck4j.pipeline.Component;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.FluxFolder;
import io.bottleneck4j.pipeline.FluxPipeline;
import io.bottleneck4j.pipeline.Forwards;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.PlanMemory;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.util.List;
import java.util.OptionalInt;

/** A folder whose model makes pictures: FLUX.1. */
record PictureSource(FluxFolder folder) implements ModelSource {
    @Override
    public Planner planner() {
        return FluxPipeline.planner(folder);
    }

    @Override
    public Component<?> transformer() {
        return folder.transformer();
    }

    @Override
    public int latentChannels() {
        return folder.vaeConfig().latentChannels();
    }

    @Override
    public LatentsFile.Kind kind() {
        return LatentsFile.Kind.PICTURE;
    }

    @Override
    public ForwardCost forwardCost(int textTokens) {
        return new FluxFlops(folder.transformerConfig(), textTokens);
    }

    @Override
    public Forwards forwards(Execution execution, int textTokens) {
        return Forwards.open(folder, execution, textTokens);
    }

    @Override
    public List<MemoryUse> memory(Plan plan, int textTokens, Execution execution) {
        return PlanMemory.of(folder, plan, textTokens, execution);
    }

    @Override
    public Maker open(Execution execution, OptionalInt tile) {
        return new PictureMaker(FluxPipeline.open(folder, execution), tile);
    }
}
