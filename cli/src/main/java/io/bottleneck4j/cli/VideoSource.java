package io.bottleneck4j.cli;

import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan.HunyuanVideoFlops;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.Component;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Forwards;
import io.bottleneck4j.pipeline.HunyuanVideoFolder;
import io.bottleneck4j.pipeline.HunyuanVideoPipeline;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.PlanMemory;
import io.bottleneck4j.pipeline.VideoMetadata;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A folder whose model makes videos: HunyuanVideo.
 *
 * @param fps frames a second in playback
 * @param template instructions around the prompt
 */
record VideoSource(HunyuanVideoFolder folder, int fps, PromptTemplate template) implements ModelSource {
    /**
     * The model of a folder.
     *
     * @param stored settings that hold where no option is given
     * @throws IllegalArgumentException if they are a picture's
     */
    static VideoSource read(ModelFolder folder, VideoOptions video, @Nullable Stored stored) {
        HunyuanVideoFolder source = HunyuanVideoFolder.read(folder);
        if (stored == null) {
            return new VideoSource(source, video.fps(source.defaults().fps()), PromptTemplate.HUNYUAN_VIDEO);
        }
        VideoMetadata settings = stored.video();
        if (settings == null) {
            throw new IllegalArgumentException("from-png: " + folder.path()
                    + " makes videos, not pictures; name the model of the picture with --model");
        }
        return new VideoSource(source, video.fps(OptionalInt.of(settings.fps())), settings.template());
    }

    @Override
    public Planner planner() {
        return HunyuanVideoPipeline.planner(folder);
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
        return LatentsFile.Kind.VIDEO;
    }

    @Override
    public ForwardCost forwardCost(int textTokens) {
        return new HunyuanVideoFlops(folder.transformerConfig(), textTokens);
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
        int cell = folder.vaeConfig().spatialCompressionRatio();
        return new VideoMaker(HunyuanVideoPipeline.open(folder, execution), cell, tile, fps, template);
    }
}
