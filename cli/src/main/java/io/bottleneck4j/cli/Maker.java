package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.Prompts;
import io.bottleneck4j.pipeline.RequestBuilder;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** An open model, as commands use it: pictures and videos are made by the same verbs, one after the other. */
interface Maker extends AutoCloseable {
    Planner planner();

    /** Seconds spent so far, by phase. */
    Timings timings();

    /** Whether guidance is an input of this model. */
    boolean usesGuidance();

    /** A request with the model's defaults, but for what is set. */
    ImageRequest request(String prompt, Consumer<RequestBuilder<?>> settings);

    Prompts encode(ImageRequest request);

    void releaseTextEncoders();

    Latents denoise(ImageRequest request, Prompts prompts, SamplingListener listener);

    /** The texts that say how it was made, as the file and the latents' file hold them. */
    Map<String, String> texts(ImageRequest request, ImageMetadata.Origin origin);

    /** The same for programs: one line of JSON. */
    String settings(ImageRequest request, ImageMetadata.Origin origin);

    /** What becomes of latents. */
    LatentsFile.Kind kind();

    /** A picture of latents to look at on the way; of a video its first frame. */
    Picture still(Latents latents);

    /**
     * Decodes latents and writes what they become, whole or not at all.
     *
     * @throws IOException if it cannot be written
     * @throws java.util.concurrent.CancellationException if the command was asked to stop on the way
     */
    void make(Path output, LatentsFile latents, Cancellation cancellation) throws IOException;

    @Override
    void close();
}
