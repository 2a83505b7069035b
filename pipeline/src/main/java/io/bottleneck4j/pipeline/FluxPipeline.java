package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.flux.FluxVelocity;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vae.AutoencoderKl;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.models.vae.Pixels;
import io.bottleneck4j.pipeline.plan.ImagePlan;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/**
 * Text to image with a FLUX.1 folder.
 *
 * <pre>{@code
 * try (FluxPipeline flux = FluxPipeline.open(FluxFolder.read(ModelFolder.open(path)), execution)) {
 *     ImageRequest request = flux.request("a red fox").seed(7).build();
 *     Picture picture = flux.generate(request, SamplingListener.NONE);
 * }
 * }</pre>
 *
 * <p>Weights are loaded when first needed. The text encoders can be {@linkplain #releaseTextEncoders released} once all prompts are
 * encoded, which FLUX.1-dev's 10 GB of T5 make worthwhile. Use from one thread at a time; several images are a loop.
 */
public final class FluxPipeline implements AutoCloseable {
    private static final double DEFAULT_GUIDANCE = 3.5;

    /** Above this many cells a picture is decoded in tiles: 2048 × 2048 pixels with cells of 8. */
    private static final long WHOLE_DECODE_CELLS = 256L * 256;

    private final FluxFolder folder;
    private final Execution execution;
    private final long wholeDecodeCells;
    private final Planner planner;
    private final Timings timings = new Timings();
    private final OnDemand<TextEncoders> encoders;
    private final OnDemand<Weights.Loaded<FluxTransformer2DModel>> transformer;
    private final OnDemand<Weights.Loaded<AutoencoderKl>> vae;

    private FluxPipeline(FluxFolder folder, Execution execution, long wholeDecodeCells) {
        this.folder = folder;
        this.execution = execution;
        this.wholeDecodeCells = wholeDecodeCells;
        this.planner = planner(folder);
        this.encoders = new OnDemand<>(
                timings, () -> TextEncoders.load(folder, execution.dtype(), execution.device()), TextEncoders::close);
        this.transformer = OnDemand.model(timings, folder.transformer(), execution.dtype(), execution.device());
        this.vae = OnDemand.model(timings, folder.vae(), execution.vaeDtype(), execution.device());
    }

    /**
     * Checks that the device is there and that every weight file is whole; loads nothing yet.
     *
     * @throws io.bottleneck4j.torch.DeviceException if the device is not available
     * @throws io.bottleneck4j.torch.io.WeightsException if weights are damaged or do not fit their configuration
     */
    public static FluxPipeline open(FluxFolder folder, Execution execution) {
        return open(folder, execution, WHOLE_DECODE_CELLS);
    }

    /** With another size above which pictures are decoded in tiles. */
    static FluxPipeline open(FluxFolder folder, Execution execution, long wholeDecodeCells) {
        execution.device().requireAvailable();
        FluxPipeline pipeline = new FluxPipeline(folder, execution, wholeDecodeCells);
        pipeline.timings.run(Timings.Phase.LOAD, folder::requireComplete);
        return pipeline;
    }

    /** Plans for a folder's model; needs no weights. */
    public static Planner planner(FluxFolder folder) {
        return planner(folder.defaults(), folder.transformerConfig(), folder.vaeConfig(), folder.shift());
    }

    /** A folder that says no size has the autoencoder's, as in diffusers. */
    static Planner planner(ModelDefaults own, FluxConfig transformer, AutoencoderKlConfig vae, Shift shift) {
        int cell = vae.pixelsPerCell();
        PixelGrid grid = PixelGrid.ofPictures(cell, 2 * cell, transformer.latentChannels());
        return new Planner(own.orSize(vae.sampleSize(), vae.sampleSize()), ModelFamily.FLUX.defaults(), grid, shift);
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
    public ImageRequest.Builder request(String prompt) {
        return new ImageRequest.Builder(prompt, defaultGuidance(), defaultMaxSequenceLength(), this::defaultPlan);
    }

    /** Whether guidance is an input of this model (dev) or not (schnell). */
    public boolean usesGuidance() {
        return folder.transformerConfig().guidanceEmbeds();
    }

    /** Guidance where none is given: the folder's, or diffusers' 3.5. */
    public double defaultGuidance() {
        return folder.defaults().guidance().orElse(DEFAULT_GUIDANCE);
    }

    /** T5 tokens where none are given: what its tokenizer states, at most 512. */
    public int defaultMaxSequenceLength() {
        return TokenizerLimits.textTokens(folder.tokenizer2());
    }

    private ImagePlan defaultPlan() {
        return planner.named(Planner.BOTTLENECK, Planner.Size.DEFAULT);
    }

    /** Prompt to picture. */
    public Picture generate(ImageRequest request, SamplingListener listener) {
        Prompts prompts = encode(request);
        return decode(denoise(request, prompts, listener));
    }

    /** Encodes the prompt, and the negative one where it is used. */
    public Prompts encode(ImageRequest request) {
        TextEncoders ready = encoders.get();
        return timings.time(
                Timings.Phase.ENCODE,
                () -> Prompts.of(request, text -> ready.encode(text, request.maxSequenceLength())));
    }

    /** Frees the text encoders' memory; they are loaded again when needed. */
    public void releaseTextEncoders() {
        encoders.close();
    }

    /**
     * The clean latents [C, 1, h, w] of a request.
     *
     * @param prompts from {@link #encode}
     * @param listener told of each step; throwing {@link java.util.concurrent.CancellationException} cancels
     * @throws io.bottleneck4j.core.sampling.NonFiniteLatentsException if NaN or infinity appears
     */
    public Latents denoise(ImageRequest request, Prompts prompts, SamplingListener listener) {
        FluxTransformer2DModel model = transformer.get().model();
        Sampling<FluxVelocity> sampling = new Sampling<>(prompt -> bind(model, prompt, request), FluxVelocity::close);
        return timings.time(Timings.Phase.DENOISE, () -> sampling.run(request, prompts, listener));
    }

    private FluxVelocity bind(FluxTransformer2DModel model, PromptEmbeds prompt, ImageRequest request) {
        try (Scope scope = Scope.open()) {
            return new FluxVelocity(
                    model,
                    prompt.states(),
                    prompt.pooled(),
                    request.guidance(),
                    request.plan().stages().sigmas(),
                    execution.dtype(),
                    execution.device());
        }
    }

    /**
     * The picture of clean latents; a large one is decoded in tiles.
     *
     * @throws io.bottleneck4j.models.vae.NonFinitePictureException if the picture holds NaN or infinity
     */
    public Picture decode(Latents latents) {
        LatentShape s = latents.shape();
        AutoencoderKl decoder = vae.get().model();
        boolean whole = (long) s.height() * s.width() <= wholeDecodeCells;
        int tile = decoder.config().tileCells();
        return timings.time(Timings.Phase.DECODE, () -> decodeWith(decoder, latents, whole ? 0 : tile));
    }

    /**
     * The picture of clean latents, decoded in overlapping tiles, which takes less memory and may show faint seams.
     *
     * @param tile pixels of the side of a tile, a multiple of 4 cells: of 32 where a cell is 8
     * @throws IllegalArgumentException if the tile is not such a multiple
     * @throws io.bottleneck4j.models.vae.NonFinitePictureException if the picture holds NaN or infinity
     */
    public Picture decodeTiled(Latents latents, int tile) {
        int cell = folder.vaeConfig().pixelsPerCell();
        int cells = PixelGrid.requireTile(tile, cell) / cell;
        AutoencoderKl decoder = vae.get().model();
        return timings.time(Timings.Phase.DECODE, () -> decodeWith(decoder, latents, cells));
    }

    /** In tiles of that many cells, or whole at 0. */
    private static Picture decodeWith(AutoencoderKl decoder, Latents latents, int tile) {
        LatentShape s = latents.shape();
        try (Scope scope = Scope.open()) {
            Tensor z = decoder.fromModel(Tensor.of(latents.asReadOnlyBuffer(), 1, s.channels(), s.height(), s.width()));
            Tensor picture = tile == 0 ? decoder.decode(z) : decoder.decodeTiled(z, tile);
            int height = Math.toIntExact(picture.size(2));
            int width = Math.toIntExact(picture.size(3));
            return new Picture(width, height, Pixels.toRgb(picture));
        }
    }

    @Override
    public void close() {
        encoders.close();
        transformer.close();
        vae.close();
    }
}
