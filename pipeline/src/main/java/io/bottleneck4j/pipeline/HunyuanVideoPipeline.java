package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoTransformer3DModel;
import io.bottleneck4j.models.hunyuan.HunyuanVideoVelocity;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import io.bottleneck4j.models.vae.VideoTiling;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Text to video with a HunyuanVideo folder.
 *
 * <pre>{@code
 * try (HunyuanVideoPipeline hunyuan = HunyuanVideoPipeline.open(HunyuanVideoFolder.read(ModelFolder.open(path)), execution)) {
 *     VideoRequest request = hunyuan.request("a cat walks on the grass").seed(7).build();
 *     Prompts prompts = hunyuan.encode(request);
 *     Latents latents = hunyuan.denoise(request, prompts, SamplingListener.NONE);
 *     hunyuan.decode(latents, frame -> ...);
 * }
 * }</pre>
 *
 * <p>Weights are loaded when first needed. The text encoders are released before the transformer is loaded, since Llama alone takes
 * 16 GB in 16 bits; encode all prompts first. Use from one thread at a time; several videos are a loop.
 */
public final class HunyuanVideoPipeline implements AutoCloseable {
    /** Llama states the transformer sees where no other number is given. */
    static final int TEXT_TOKENS = 256;

    private static final double DEFAULT_GUIDANCE = 6;

    /** Above this many cells of a frame it is decoded in tiles: 384 × 384 pixels with cells of 8. */
    static final long WHOLE_DECODE_CELLS = 48L * 48;

    private final HunyuanVideoFolder folder;
    private final Execution execution;
    private final long wholeDecodeCells;
    private final Planner planner;
    private final Timings timings = new Timings();
    private final OnDemand<HunyuanVideoTextEncoders> encoders;
    private final OnDemand<Weights.Loaded<HunyuanVideoTransformer3DModel>> transformer;
    private final OnDemand<Weights.Loaded<AutoencoderKlHunyuanVideo>> vae;

    private HunyuanVideoPipeline(HunyuanVideoFolder folder, Execution execution, long wholeDecodeCells) {
        this.folder = folder;
        this.execution = execution;
        this.wholeDecodeCells = wholeDecodeCells;
        this.planner = planner(folder);
        this.encoders = new OnDemand<>(
                timings,
                () -> HunyuanVideoTextEncoders.load(folder, execution.dtype(), execution.device()),
                HunyuanVideoTextEncoders::close);
        this.transformer = OnDemand.model(timings, folder.transformer(), execution.dtype(), execution.device());
        this.vae = OnDemand.model(timings, folder.vae(), execution.vaeDtype(), execution.device());
    }

    /**
     * Checks that the device is there and that every weight file is whole; loads nothing yet.
     *
     * @throws io.bottleneck4j.torch.DeviceException if the device is not available
     * @throws io.bottleneck4j.torch.io.WeightsException if weights are damaged or do not fit their configuration
     */
    public static HunyuanVideoPipeline open(HunyuanVideoFolder folder, Execution execution) {
        return open(folder, execution, WHOLE_DECODE_CELLS);
    }

    /** With another size of a frame above which it is decoded in tiles. */
    static HunyuanVideoPipeline open(HunyuanVideoFolder folder, Execution execution, long wholeDecodeCells) {
        execution.device().requireAvailable();
        HunyuanVideoPipeline pipeline = new HunyuanVideoPipeline(folder, execution, wholeDecodeCells);
        pipeline.timings.run(Timings.Phase.LOAD, folder::requireComplete);
        return pipeline;
    }

    /** Plans for a folder's model; needs no weights. */
    public static Planner planner(HunyuanVideoFolder folder) {
        return planner(folder.defaults(), folder.transformerConfig(), folder.vaeConfig(), folder.shift());
    }

    /** Source: diffusers pipeline_hunyuan_video.py@0.42.1, for what sizes and frames there may be. */
    static Planner planner(
            ModelDefaults own, HunyuanVideoConfig transformer, AutoencoderKlHunyuanVideoConfig vae, Shift shift) {
        int cell = vae.spatialCompressionRatio();
        PixelGrid grid = PixelGrid.ofVideos(
                cell, cell * transformer.patchSize(), transformer.inChannels(), vae.temporalCompressionRatio());
        return new Planner(own, ModelFamily.HUNYUAN_VIDEO.defaults(), grid, shift);
    }

    public Planner planner() {
        return planner;
    }

    public Execution execution() {
        return execution;
    }

    /** Seconds spent so far, by phase. */
    public Timings timings() {
        return timings;
    }

    /** Starts a request with this model's defaults. */
    public VideoRequest.Builder request(String prompt) {
        return new VideoRequest.Builder(
                        prompt,
                        defaultGuidance(),
                        TEXT_TOKENS,
                        () -> planner.named(Planner.BOTTLENECK, Planner.Size.DEFAULT))
                .fps(folder.defaults().fps().orElse(VideoRequest.DEFAULT_FPS));
    }

    /** Whether guidance is an input of this model. */
    public boolean usesGuidance() {
        return folder.transformerConfig().guidanceEmbeds();
    }

    /** Guidance where none is given: the folder's, or diffusers' 6. */
    public double defaultGuidance() {
        return folder.defaults().guidance().orElse(DEFAULT_GUIDANCE);
    }

    /** Prompt to frames. */
    public void generate(VideoRequest request, SamplingListener listener, FrameSink frames) throws IOException {
        decode(denoise(request, encode(request), listener), frames);
    }

    /** Encodes the prompt, and the negative one where it is used. */
    public Prompts encode(VideoRequest request) {
        HunyuanVideoTextEncoders ready = encoders.get();
        int length = request.run().maxSequenceLength();
        return timings.time(
                Timings.Phase.ENCODE,
                () -> Prompts.of(request.run(), text -> ready.encode(text, request.template(), length)));
    }

    /** Frees the text encoders' memory; they are loaded again when needed. */
    public void releaseTextEncoders() {
        encoders.close();
    }

    /**
     * The clean latents [C, F, h, w] of a request.
     *
     * @param prompts from {@link #encode}
     * @param listener told of each step; throwing {@link java.util.concurrent.CancellationException} cancels
     * @throws io.bottleneck4j.core.sampling.NonFiniteLatentsException if NaN or infinity appears
     */
    public Latents denoise(VideoRequest request, Prompts prompts, SamplingListener listener) {
        releaseTextEncoders();
        HunyuanVideoTransformer3DModel model = transformer.get().model();
        Sampling<HunyuanVideoVelocity> sampling =
                new Sampling<>(prompt -> bind(model, prompt, request.run()), HunyuanVideoVelocity::close);
        return timings.time(Timings.Phase.DENOISE, () -> sampling.run(request.run(), prompts, listener));
    }

    private HunyuanVideoVelocity bind(HunyuanVideoTransformer3DModel model, PromptEmbeds prompt, ImageRequest request) {
        try (Scope scope = Scope.open()) {
            return new HunyuanVideoVelocity(
                    model,
                    prompt.states(),
                    prompt.mask(),
                    prompt.pooled(),
                    request.guidance(),
                    request.plan().stages().sigmas(),
                    execution.dtype(),
                    execution.device());
        }
    }

    /**
     * The frames of clean latents, in order, each handed out when it is finished: never more of the video is in memory than a tile of
     * time. Time is cut as diffusers does; frames are whole up to 384 × 384 pixels, and else cut into tiles, which may show faint
     * seams.
     *
     * @throws IOException if the sink cannot take a frame
     * @throws io.bottleneck4j.models.vae.NonFinitePictureException if a frame holds NaN or infinity
     */
    public void decode(Latents latents, FrameSink frames) throws IOException {
        decodeTiled(latents, tiling(folder.vaeConfig(), latents.shape(), wholeDecodeCells), frames);
    }

    /** The tiles that latents are decoded in: in space only where a frame has more than that many cells. */
    static VideoTiling tiling(AutoencoderKlHunyuanVideoConfig vae, LatentShape s, long wholeDecodeCells) {
        int cell = vae.spatialCompressionRatio();
        return (long) s.height() * s.width() <= wholeDecodeCells
                ? VideoTiling.STANDARD.withWholeFrames(s.height() * cell, s.width() * cell)
                : VideoTiling.STANDARD;
    }

    /**
     * The frames of clean latents, as {@link #decode}, each in square tiles of that size which overlap by a quarter.
     *
     * @param tile pixels of the side of a tile, a multiple of 4 cells: of 32 where a cell is 8
     * @throws IllegalArgumentException if the tile is not such a multiple
     * @throws IOException if the sink cannot take a frame
     * @throws io.bottleneck4j.models.vae.NonFinitePictureException if a frame holds NaN or infinity
     */
    public void decodeTiled(Latents latents, int tile, FrameSink frames) throws IOException {
        int side = PixelGrid.requireTile(tile, folder.vaeConfig().spatialCompressionRatio());
        VideoTiling.Side space = new VideoTiling.Side(side, side / 4 * 3);
        decodeTiled(latents, new VideoTiling(space, space, VideoTiling.STANDARD.frames()), frames);
    }

    /**
     * The frames of clean latents, as {@link #decode}, in tiles of one's own.
     *
     * @throws IllegalArgumentException if the tiles are not of whole cells
     * @throws IOException if the sink cannot take a frame
     * @throws io.bottleneck4j.models.vae.NonFinitePictureException if a frame holds NaN or infinity
     */
    public void decodeTiled(Latents latents, VideoTiling tiling, FrameSink frames) throws IOException {
        AutoencoderKlHunyuanVideo decoder = vae.get().model();
        try {
            timings.run(Timings.Phase.DECODE, () -> decodeWith(decoder, latents, tiling, frames));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void decodeWith(
            AutoencoderKlHunyuanVideo decoder, Latents latents, VideoTiling tiling, FrameSink frames) {
        LatentShape s = latents.shape();
        try (Scope scope = Scope.open()) {
            Tensor z = decoder.fromModel(
                    Tensor.of(latents.asReadOnlyBuffer(), 1, s.channels(), s.frames(), s.height(), s.width()));
            decoder.decode(z, tiling, chunk -> Frames.handOut(chunk, frames));
        }
    }

    @Override
    public void close() {
        encoders.close();
        transformer.close();
        vae.close();
    }
}
