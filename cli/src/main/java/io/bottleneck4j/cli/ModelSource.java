package io.bottleneck4j.cli;

import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Component;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.FluxFolder;
import io.bottleneck4j.pipeline.Forwards;
import io.bottleneck4j.pipeline.HunyuanVideoFolder;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.ModelFamily;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A model's folder, its configuration read and its weights not yet, as a command that runs it takes it. */
interface ModelSource {

    /**
     * The model of a folder.
     *
     * @param video what options say of a video
     * @param stored settings that hold where no option is given
     * @throws io.bottleneck4j.models.folder.FolderException if it is none that bottleneck4j runs
     * @throws IllegalArgumentException if options are for videos, and the model makes pictures
     */
    static ModelSource read(ModelFolder folder, VideoOptions video, @Nullable Stored stored) {
        if (makesVideos(folder)) {
            return VideoSource.read(folder, video, stored);
        }
        PictureSource source = new PictureSource(FluxFolder.read(folder));
        video.refuse(folder.path());
        if (stored != null && stored.video() != null) {
            throw new IllegalArgumentException("from-video: " + folder.path()
                    + " makes pictures, not videos; name the model of the video with --model");
        }
        return source;
    }

    /** The same with no options and nothing stored. */
    static ModelSource read(ModelFolder folder) {
        return read(folder, new VideoOptions(), null);
    }

    /**
     * One component with weights, whatever state the others are in: to look at a broken folder.
     *
     * @param name one of {@link io.bottleneck4j.pipeline.PipelineFolder#WEIGHTED}
     * @throws io.bottleneck4j.models.folder.FolderException if it is missing, of another class, or configured as bottleneck4j does not
     *     support
     */
    static Component<?> component(ModelFolder folder, String name) {
        return makesVideos(folder) ? HunyuanVideoFolder.component(folder, name) : FluxFolder.component(folder, name);
    }

    /**
     * Does nothing if the folder is one that bottleneck4j runs, whatever state its components are in.
     *
     * @throws io.bottleneck4j.models.folder.FolderException naming the class it is of
     */
    static void requireKnown(ModelFolder folder) {
        if (!makesVideos(folder)) {
            FluxFolder.requirePipeline(folder);
        }
    }

    private static boolean makesVideos(ModelFolder folder) {
        return folder.pipelineClass().equals(ModelFamily.HUNYUAN_VIDEO.pipelineClass());
    }

    Planner planner();

    Component<?> transformer();

    int latentChannels();

    /** What it makes. */
    LatentsFile.Kind kind();

    /** FLOPs of a forward beside this many text tokens. */
    ForwardCost forwardCost(int textTokens);

    /** The transformer alone, to be timed beside this many text tokens. */
    Forwards forwards(Execution execution, int textTokens);

    /** What each part of a run holds in memory. */
    List<MemoryUse> memory(Plan plan, int textTokens, Execution execution);

    /**
     * Opens it; weights are loaded when first needed.
     *
     * @param tile pixels of the tiles to decode in, where the user says so
     */
    Maker open(Execution execution, OptionalInt tile);
}
