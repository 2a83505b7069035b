package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.core.sampling.BottleneckSampler;
import io.bottleneck4j.core.sampling.Given;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.vae.Pixels;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.WeightsReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A model that runs: {@link #encode}, {@link #denoise}, {@link #decode}, or all three by {@link #generate}. Pictures and videos alike.
 *
 * <p>Weights are loaded when first needed, and stay as the {@link Residency} says. Every verb takes a {@link Cancellation}, which it heeds
 * at each layer. Any thread may call; one runs at a time, and the others wait their turn, or until they are cancelled. To use two threads
 * at once, open two pipelines.
 */
public final class Pipeline implements AutoCloseable {
    private final Model model;

    /** The model with the LoRAs that the weights in memory have, or will have when they are loaded. */
    private Model loaded;

    private final Execution execution;
    private final Residency residency;
    private final long wholeDecodeCells;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final Timings timings = new Timings();
    private final OnDemand<Model.TextEncoders> encoders;
    private final OnDemand<Model.Transformer> transformer;
    private final OnDemand<Model.Autoencoder> autoencoder;
    private volatile UnaryOperator<VelocityModel> wrapper = UnaryOperator.identity();
    private final List<String> notes;
    private final boolean roomForAll;
    private boolean running;
    private boolean closed;

    private Pipeline(Model model, Execution execution, Residency residency, long wholeDecodeCells, List<String> notes) {
        this.notes = List.copyOf(notes);
        roomForAll = residency != Residency.RELEASE_TEXT_ENCODERS || Residency.hasRoomForAll(model, execution);
        this.model = model;
        loaded = model;
        this.execution = execution;
        this.residency = residency;
        this.wholeDecodeCells = wholeDecodeCells;
        encoders = new OnDemand<>(timings, opened -> loaded.loadTextEncoders(execution, residency, opened));
        transformer = new OnDemand<>(timings, opened -> loaded.loadTransformer(execution, residency, opened));
        autoencoder = new OnDemand<>(timings, opened -> model.loadAutoencoder(execution, residency, opened));
    }

    /**
     * Checks that the device is there and that every weight file is whole; loads nothing yet.
     *
     * @param residency null for the one that fits
     */
    static Pipeline open(Model model, Execution execution, @Nullable Residency residency) {
        return open(model, execution, residency, model.traits().wholeDecodeCells());
    }

    /** With another size of a frame above which it is decoded in tiles. */
    static Pipeline open(Model model, Execution asked, @Nullable Residency residency, long wholeDecodeCells) {
        Execution execution = asked.quantization() == Quantization.NONE
                ? asked.quantized(model, null)
                : asked.quantized(model, asked.quantization());
        execution.device().requireAvailable();
        long start = System.nanoTime();
        List<String> notes = new ArrayList<>();
        for (Component<?, ?> component : model.components()) {
            WeightsReport report = component.report();
            report.requireComplete();
            notes.addAll(report.notes());
        }
        notes.addAll(0, model.notes());
        Residency fitting = Residency.fitting(model, execution);
        Residency chosen = residency == null ? fitting : residency;
        if (chosen == Residency.STREAM && fitting == Residency.STREAM) {
            notes.add(Residency.streamingNote(model, execution));
        }
        Pipeline pipeline = new Pipeline(model, execution, chosen, wholeDecodeCells, notes);
        pipeline.timings.add(Timings.Phase.LOAD, System.nanoTime() - start);
        return pipeline;
    }

    public Model model() {
        return model;
    }

    /** For the user: what was read of the model and passed over, as parts of a larger checkpoint. */
    public List<String> notes() {
        return notes;
    }

    /** Where it runs and in which type. */
    public Execution execution() {
        return execution;
    }

    /** How long components stay. */
    public Residency residency() {
        return residency;
    }

    /** Seconds spent so far, by phase. */
    public Timings timings() {
        return timings;
    }

    /** What is stored of this pipeline in what it makes. */
    public Settings.Origin origin() {
        return Settings.Origin.of(model, execution);
    }

    /** The same of what it makes of a request, which may have LoRAs of its own. */
    public Settings.Origin origin(Request request) {
        return Settings.Origin.of(request.model(), execution);
    }

    /**
     * Puts something between the sampler and the model: a cache, a log, guidance of one's own. Applied to each run anew, around guidance;
     * several calls nest, the last outermost.
     *
     * @return this pipeline
     */
    public synchronized Pipeline wrap(UnaryOperator<VelocityModel> around) {
        UnaryOperator<VelocityModel> inner = wrapper;
        wrapper = velocity -> around.apply(inner.apply(velocity));
        return this;
    }

    /** Prompt to picture or video. */
    public Result generate(Request request) {
        return generate(request, SamplingListener.NONE, new Cancellation());
    }

    /**
     * Prompt to picture or video.
     *
     * @param listener told of each stage and step
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    public Result generate(Request request, SamplingListener listener, Cancellation cancellation) {
        return turn(cancellation, () -> {
            Timings before = timings.copy();
            Latents latents = denoise(request, encode(request, cancellation), listener, cancellation);
            List<Picture> frames = frames(latents, 0, cancellation);
            return new Result(request, latents, frames, Settings.of(request, origin(request)), timings.since(before));
        });
    }

    /** Encodes the prompt, and the negative one where it is used. */
    public Prompts encode(Request request) {
        return encode(request, new Cancellation());
    }

    /** The same, which stops between two layers when it is cancelled. */
    public Prompts encode(Request request, Cancellation cancellation) {
        requireOwn(request);
        return turn(cancellation, () -> {
            adopt(request.model());
            requireRoom(request);
            return phase(
                    Timings.Phase.ENCODE,
                    encoders,
                    cancellation,
                    ready -> new Prompts(
                            ready.encode(request.prompt(), request),
                            request.usesTrueCfg() ? ready.encode(request.negativePrompt(), request) : null));
        });
    }

    /** The clean latents of a request. */
    public Latents denoise(Request request, Prompts prompts) {
        return denoise(request, prompts, SamplingListener.NONE, new Cancellation());
    }

    /**
     * The clean latents [C, F, h, w] of a request.
     *
     * @param prompts from {@link #encode}, or one's own
     * @param listener told of each stage and step
     * @throws java.util.concurrent.CancellationException if it was cancelled, or the listener throws it
     * @throws io.bottleneck4j.core.sampling.NonFiniteLatentsException if NaN or infinity appears
     */
    public Latents denoise(Request request, Prompts prompts, SamplingListener listener, Cancellation cancellation) {
        requireOwn(request);
        return turn(cancellation, () -> {
            adopt(request.model());
            requireRoom(request);
            try (TorchNoise seeded = new TorchNoise(request.seed(), model.noisePatch())) {
                RunInputs inputs = RunInputs.of(
                        request, seeded, (picture, erased, noise) -> encode(picture, erased, noise, cancellation));
                return phase(
                        Timings.Phase.DENOISE,
                        transformer,
                        cancellation,
                        ready -> sample(ready, request, prompts, inputs, new Watched(listener, cancellation)));
            }
        });
    }

    /** The latents of a picture, of the shape of this noise. */
    private Latents encode(Picture picture, @Nullable Mask erased, Latents noise, Cancellation cancellation) {
        return phase(
                Timings.Phase.ENCODE,
                autoencoder,
                cancellation,
                ready -> ready.encode(
                        picture,
                        erased,
                        isWhole(noise.shape()) ? 0 : model.traits().tile(),
                        noise));
    }

    private boolean isWhole(LatentShape shape) {
        return (long) shape.height() * shape.width() <= wholeDecodeCells;
    }

    /** Before the transformer is loaded: whether there is memory for the request. */
    private void requireRoom(Request request) {
        if (!transformer.isLoaded()) {
            Residency.requireRoom(model, request.plan(), execution);
        }
    }

    /** Frees the weights that a request's LoRAs change otherwise than those in memory; they are loaded with these when needed. */
    private void adopt(Model wanted) {
        boolean textDiffers = !wanted.textLoras().equals(loaded.textLoras());
        boolean transformerDiffers = !wanted.transformerLoras().equals(loaded.transformerLoras());
        if (running && (textDiffers || transformerDiffers)) {
            throw new IllegalStateException(
                    "lora: a request with other LoRAs must wait until the present one is made; ask from outside its listener");
        }
        if (textDiffers) {
            encoders.close();
        }
        if (transformerDiffers) {
            transformer.close();
        }
        loaded = wanted;
    }

    private void requireOwn(Request request) {
        if (!request.model().isButForLoras(model)) {
            throw new IllegalArgumentException("request: is of another Model object (" + request.model()
                    + ") than this pipeline's (" + model + "); make it with pipeline.model().request(...)");
        }
    }

    /** A listener, and how far the run came, for the message where it is cancelled. */
    private record Watched(SamplingListener listener, Cancellation cancellation) implements SamplingListener {
        @Override
        public void onStage(Position first) {
            listener.onStage(first);
        }

        @Override
        public void onStep(Step step) {
            Position at = step.at();
            cancellation.check(
                    "after step " + (at.stepsBefore() + 1) + " of " + at.plan().executedSteps());
            listener.onStep(step);
        }
    }

    private Latents sample(
            Model.Transformer ready, Request request, Prompts prompts, RunInputs inputs, SamplingListener listener) {
        Plan plan = request.plan();
        try (Opened opened = new Opened()) {
            VelocityModel velocity = opened.add(bind(ready, prompts.positive(), request, inputs), BoundVelocity::close);
            if (request.usesTrueCfg()) {
                PromptEmbeds away = prompts.negative();
                if (away == null) {
                    throw new IllegalArgumentException("prompts: true-cfg-scale " + request.trueCfgScale()
                            + " needs the negative prompt encoded too; take the prompts of encode");
                }
                VelocityModel negative = opened.add(bind(ready, away, request, inputs), BoundVelocity::close);
                velocity = new TrueGuidance(velocity, negative, request::trueCfgScale, model.guidancePatch());
            }
            BottleneckSampler sampler = new BottleneckSampler(plan.stages(), plan.resampler(), inputs.noise());
            VelocityModel wrapped = wrapper.apply(velocity);
            Given given = inputs.given();
            return given == null ? sampler.sample(wrapped, listener) : sampler.sample(wrapped, given, listener);
        }
    }

    private static BoundVelocity bind(Model.Transformer ready, PromptEmbeds prompt, Request request, RunInputs inputs) {
        Plan plan = request.plan();
        BoundVelocity bound =
                ready.bind(prompt, request.guidance(), plan.stages().sigmas());
        bound.see(inputs::beside);
        bound.amplifyText(plan.spec().rules().amplify(), plan.stages().last().seen());
        return bound;
    }

    /** The picture of clean latents; see the other {@code still}. */
    public Picture still(Latents latents) {
        return still(latents, 0, new Cancellation());
    }

    /**
     * The picture of clean latents. Of a video its first latent frame, decoded alone: close to the video's first frame, in which the frames
     * after it have a small part.
     *
     * @param tile as in {@link #decode(Latents, int, FrameSink, Cancellation)}
     */
    public Picture still(Latents latents, int tile, Cancellation cancellation) {
        return frames(firstFrame(latents), tile, cancellation).get(0);
    }

    private List<Picture> frames(Latents latents, int tile, Cancellation cancellation) {
        List<Picture> frames = new ArrayList<>();
        try {
            decode(latents, tile, frames::add, cancellation);
        } catch (IOException e) {
            throw new UncheckedIOException("a list refused a frame", e);
        }
        return frames;
    }

    /** The first of latent frames, which the autoencoder makes one frame of. */
    private static Latents firstFrame(Latents latents) {
        LatentShape s = latents.shape();
        LatentShape one = new LatentShape(s.channels(), 1, s.height(), s.width());
        float[] values = new float[one.elements()];
        int plane = s.height() * s.width();
        for (int c = 0; c < s.channels(); c++) {
            latents.asReadOnlyBuffer().position(c * s.frames() * plane).get(values, c * plane, plane);
        }
        return Latents.copyOf(one, values);
    }

    /** Hands out the frames of clean latents; see the other {@code decode}. */
    public void decode(Latents latents, FrameSink frames) throws IOException {
        decode(latents, 0, frames, new Cancellation());
    }

    /**
     * Hands out the frames of clean latents in order, each when it is finished; a picture is one frame. Of a video never more is in memory
     * than a tile of time.
     *
     * @param tile pixels of the side of the tiles to decode in, a multiple of 4 cells: of 32 where a cell is 8. Tiles overlap, take less
     *     memory, and may show faint seams. 0 for whole frames up to a size, FLUX.1 2048 × 2048 and HunyuanVideo 384 × 384, and tiles above
     * @throws IllegalArgumentException if the tile is not such a multiple
     * @throws IOException if the sink cannot take a frame
     * @throws io.bottleneck4j.models.vae.NonFinitePictureException if a frame holds NaN or infinity
     */
    public void decode(Latents latents, int tile, FrameSink frames, Cancellation cancellation) throws IOException {
        int side = tile != 0
                ? PixelGrid.requireTile(tile, model.pixelsPerCell())
                : isWhole(latents.shape()) ? 0 : model.traits().tile();
        try {
            phase(Timings.Phase.DECODE, autoencoder, cancellation, ready -> {
                try {
                    ready.decode(latents, side, frames);
                    return side;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** A decoded frame [1, 3, H, W] as a picture. */
    static Picture picture(Tensor rgb) {
        return new Picture(Math.toIntExact(rgb.size(3)), Math.toIntExact(rgb.size(2)), Pixels.toRgb(rgb));
    }

    /** Hands a decoded chunk [1, 3, n, H, W] out, frame by frame. */
    static void handOut(Tensor chunk, FrameSink frames) {
        for (long i = 0; i < chunk.size(2); i++) {
            try (Scope scope = Scope.open()) {
                frames.accept(picture(chunk.select(2, i)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Loads what denoising and decoding need, as far as both stay, so that a first run is as fast as those after it. */
    public void load() {
        turn(new Cancellation(), () -> {
            transformer.get();
            return residency.isOneByOne() ? this : autoencoder.get();
        });
    }

    /** Frees the text encoders' memory; they are loaded again when needed. */
    public void releaseTextEncoders() {
        turn(new Cancellation(), () -> {
            encoders.close();
            return this;
        });
    }

    /**
     * Runs work with the transformer bound to a text of random numbers, to time forwards: a forward takes as long beside it as beside any
     * text, and the text encoders are not needed.
     *
     * @param sigmas the noise levels that it is asked for
     */
    public <T> T withRandomPrompt(List<Double> sigmas, Cancellation cancellation, Function<VelocityModel, T> work) {
        return with(transformer, cancellation, ready -> {
            try (BoundVelocity bound = ready.bind(model.randomPrompt(), model.defaultGuidance(), sigmas)) {
                bound.see(model::randomBeside);
                return work.apply(bound);
            }
        });
    }

    /** Runs one of the three, and takes its time. */
    private <P, T> T phase(Timings.Phase phase, OnDemand<P> part, Cancellation cancellation, Function<P, T> work) {
        return with(part, cancellation, ready -> timings.time(phase, () -> work.apply(ready)));
    }

    /**
     * Runs work with a part when it is this thread's turn, after freeing what does not stay beside it. Nothing is freed for what is called
     * from inside another, as a preview is from a listener: the other goes on.
     */
    private <P, T> T with(OnDemand<P> part, Cancellation cancellation, Function<P, T> work) {
        return turn(cancellation, () -> {
            boolean inside = running;
            if (!inside) {
                release(part);
            }
            running = true;
            try {
                return work.apply(part.get());
            } finally {
                running = inside;
            }
        });
    }

    private void release(OnDemand<?> next) {
        boolean denoises = next == transformer;
        for (OnDemand<?> other : List.of(encoders, transformer, autoencoder)) {
            boolean released = switch (residency) {
                case KEEP -> false;
                case RELEASE_TEXT_ENCODERS -> (denoises && other == encoders) || (next == encoders && !roomForAll);
                case SEQUENCE, STREAM -> true;
            };
            if (other != next && released) {
                other.close();
            }
        }
    }

    /** Runs work when it is this thread's turn. */
    private <T> T turn(Cancellation cancellation, Supplier<T> work) {
        cancellation.check();
        try {
            while (!turn.tryLock(100, TimeUnit.MILLISECONDS)) {
                cancellation.check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        }
        try {
            if (closed) {
                throw new IllegalStateException("pipeline: is closed; open it again with model.pipeline()");
            }
            return Scope.checking(cancellation::check, work);
        } finally {
            turn.unlock();
        }
    }

    /**
     * Frees all memory, when no other thread runs any more.
     *
     * @throws IllegalStateException if it is called from inside a run, as by a listener
     */
    @Override
    public void close() {
        turn.lock();
        try {
            if (running) {
                throw new IllegalStateException("pipeline: is running; cancel the run, and close it afterwards");
            }
            closed = true;
            encoders.close();
            transformer.close();
            autoencoder.close();
        } finally {
            turn.unlock();
        }
    }
}
