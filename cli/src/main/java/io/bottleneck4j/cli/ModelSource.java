package io.bottleneck4j.cli;

import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.cost.MemoryUse;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.pipeline.Component;
import io.bottleneck4j.models.pipeline.Execution;
import io.bottleneck4j.models.pipeline.FluxFolder;
import io.bottleneck4j.models.pipeline.ImagePlan;
import io.bottleneck4j.models.pipeline.LatentsFile;
import io.bottleneck4j.models.pipeline.ModelFamily;
import io.bottleneck4j.models.pipeline.Planner;
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
        if (folder.pipelineClass().equals(ModelFamily.HUNYUAN_VIDEO.pipelineClass())) {
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

    Planner planner();

    Component<?> transformer();

    int latentChannels();

    /** What it makes. */
    LatentsFile.Kind kind();

    /** FLOPs of a forward beside this many text tokens. */
    ForwardCost forwardCost(int textTokens);

    /** What each part of a run holds in memory. */
    List<MemoryUse> memory(ImagePlan plan, int textTokens, Execution execution);

    /**
     * Opens it; weights are loaded when first needed.
     *
     * @param tile pixels of the tiles to decode in, where the user says so
     */
    Maker open(Execution execution, OptionalInt tile);
}
