package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.core.sampling.ChangeOver;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.cost.ForwardMemory;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.lora.FittedLora;
import io.bottleneck4j.models.lora.LoraFile;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.io.RandomWeights;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A model: what its configuration says, read once, and all that hangs on it. Weights are not read; a {@linkplain #pipeline pipeline}
 * loads them when they are needed, and planning needs none.
 *
 * <pre>{@code
 * Model model = Model.open(Path.of("FLUX.1-dev"));
 * try (Pipeline pipeline = model.pipeline()) {
 *     pipeline.generate(model.request("a red fox").seed(7).plan("x3").build()).write(Path.of("fox.png"));
 * }
 * }</pre>
 *
 * <p>One class a family, with what is the family's own: its configuration, text encoders, transformer and decoder. Nothing else asks which
 * family a model is of. Immutable, for any thread.
 */
public abstract sealed class Model
        permits Flux2KleinModel,
                FluxModel,
                HunyuanVideo15Model,
                HunyuanVideoModel,
                QwenImageModel,
                WanModel,
                ZImageModel {
    /** The components with weights, by name; each family has these, or {@linkplain Family#weighted some of them}. */
    public static final List<String> WEIGHTED = List.of("transformer", "text_encoder", "text_encoder_2", "vae");

    static final String TRANSFORMER_2 = "transformer_2";

    static final String DECODING = "decoding";

    private final Files files;
    private final Traits traits;
    private final ChangeOver change;
    private final Planner planner;

    /** Bytes of weights, by component, type and quantization; found once. */
    private final Map<List<Object>, Long> weightBytes = new ConcurrentHashMap<>();

    /** What a model makes. */
    public enum Kind {
        PICTURE,
        VIDEO
    }

    /**
     * The configuration files of a model.
     *
     * @param name as the user calls the model
     * @param folder null where the model is known by its configuration alone
     * @param own what the model's author advises
     * @param loras what is added to its weights
     * @param notes what was taken from the published model since nothing was said, for the user
     */
    record Files(
            String name,
            Family family,
            @Nullable ModelFolder folder,
            Config transformer,
            Config vae,
            SchedulerConfig scheduler,
            ModelDefaults own,
            List<FittedLora> loras,
            List<String> notes) {
        Shift shift() {
            return scheduler.shift();
        }

        /** With another shift. */
        Files with(Shift other) {
            return new Files(name, family, folder, transformer, vae, scheduler.with(other), own, loras, notes);
        }

        /** With another advice. */
        Files with(ModelDefaults other) {
            return new Files(name, family, folder, transformer, vae, scheduler, other, loras, notes);
        }

        /** With one more LoRA; notes are made anew. */
        Files with(FittedLora lora) {
            List<FittedLora> all = new ArrayList<>(loras);
            all.add(lora);
            return new Files(
                    name, family, folder, transformer, vae, scheduler, own, List.copyOf(all), new ArrayList<>());
        }
    }

    /** Text encoders with their tokenizers, loaded. */
    @FunctionalInterface
    interface TextEncoders {
        /** A text as the transformer takes it, by the request's length and template. */
        PromptEmbeds encode(String text, Request request);
    }

    /** A transformer, loaded. */
    @FunctionalInterface
    interface Transformer {
        /**
         * The transformer with a prompt bound.
         *
         * @param sigmas the noise levels it will be asked for
         */
        BoundVelocity bind(PromptEmbeds prompt, double guidance, List<Double> sigmas);
    }

    /** An autoencoder, loaded. */
    interface Autoencoder {
        /**
         * Hands the frames of clean latents out in order; a picture is one frame.
         *
         * @param tile pixels of the side of the tiles to decode in; 0 for whole frames
         */
        void decode(Latents latents, int tile, FrameSink frames) throws IOException;

        /**
         * Latents of a picture [C, 1, h, w], drawn from what the encoder knows of them.
         *
         * @param erased where it is encoded as grey; null for nowhere
         * @param tile as in decoding
         * @param noise standard normal, of the shape wanted; zeros for the most probable latents
         */
        Latents encode(Picture picture, @Nullable Mask erased, int tile, Latents noise);
    }

    /**
     * What configurations say of a model, in the words of no family.
     *
     * @param architecture the transformer's configuration in one line
     * @param grid the sizes it accepts, and its latents
     * @param textTokens that the transformer sees where no number is given
     * @param innerDim channels of a token inside the transformer
     * @param stateDim channels of a text token's state
     * @param pooledDim channels of CLIP's pooled state
     * @param layers double-stream blocks
     * @param singleLayers single-stream blocks
     * @param mlpRatio width of a feed-forward layer's middle, in widths of the transformer
     * @param usesGuidance whether guidance is an input of it
     * @param guidance what its Python pipeline takes where none is given
     * @param trueCfgScale of guidance with two forwards a step, where none is given; 1 for none
     * @param wholeDecodeCells above this many cells a frame is decoded in tiles
     * @param tile pixels of the side of those tiles
     * @param use what becomes of a picture that it is given
     */
    record Traits(
            String architecture,
            PixelGrid grid,
            int textTokens,
            int innerDim,
            int layers,
            int singleLayers,
            double mlpRatio,
            int stateDim,
            int pooledDim,
            boolean usesGuidance,
            double guidance,
            double trueCfgScale,
            long wholeDecodeCells,
            int tile,
            StartPicture.Use use) {}

    /** {@code advice} is what plans are made by: the author's, and sizes where he says none. */
    Model(Files files, Traits traits, ModelDefaults advice) {
        this(files, traits, advice, ChangeOver.NONE);
    }

    /** Of one with two transformers, and the noise level at which they change. */
    Model(Files files, Traits traits, ModelDefaults advice, ChangeOver change) {
        this.files = files;
        this.traits = traits;
        this.change = change;
        Planner any = new Planner(
                        advice,
                        files.family().defaults(),
                        traits.grid(),
                        files.shift(),
                        files.scheduler().solver())
                .changing(change);
        planner = traits.use().seesWhole ? any.seeingWhole() : any;
    }

    /**
     * The model of a diffusers folder. Reads the configuration of its transformer, autoencoder and scheduler; that of the others is read
     * when they are needed, so that a folder without them can be planned for.
     *
     * @throws IllegalArgumentException if there is no such folder
     * @throws FolderException if the pipeline is of a class that is not read, or a component is missing, of another class, or configured as
     *     bottleneck4j does not support
     */
    public static Model open(Path folder) {
        return open(folder.toString(), ModelFolder.open(folder));
    }

    /**
     * The model that files are put together to.
     *
     * @throws IllegalArgumentException if there is no such file or folder
     * @throws FolderException if they lack a component, or as {@link #open(Path)} says
     * @throws io.bottleneck4j.torch.io.WeightsException if a file is damaged
     */
    public static Model open(ModelFiles files) {
        return open(files.model().toString(), files.folder());
    }

    /**
     * The same under the name that the user gives the model, as {@code org/name}; it is stored in what it makes.
     *
     * @throws FolderException as {@link #open(Path)} does
     */
    @API(status = API.Status.INTERNAL)
    public static Model open(String name, ModelFolder folder) {
        Family family = family(folder);
        Config transformer =
                folder.component("transformer", family.transformerClass).config();
        Config vae = folder.component("vae", family.vaeClass).config();
        ComponentFiles scheduler =
                folder.component("scheduler", family.schedulers().toArray(String[]::new));
        return family.read(new Files(
                name,
                family,
                folder,
                transformer,
                vae,
                SchedulerConfig.read(scheduler.config(), scheduler.className()),
                ModelDefaults.read(folder),
                List.of(),
                new ArrayList<>()));
    }

    /** The family of a folder; one that is not read is a {@link FolderException} that names its class. */
    @API(status = API.Status.INTERNAL)
    public static Family family(ModelFolder folder) {
        return Arrays.stream(Family.values())
                .filter(family -> family.pipelineClasses.contains(folder.pipelineClass()))
                .findFirst()
                .orElseThrow(() -> new FolderException(folder.path().resolve("model_index.json") + ": _class_name is "
                        + folder.pipelineClass() + "; bottleneck4j reads " + Family.pipelines()));
    }

    /**
     * One component with weights, by one of the names of {@link Family#weighted(ModelFolder)}, whatever state the others are in: to look
     * at a broken folder.
     */
    @API(status = API.Status.INTERNAL)
    public static Component<?, ?> component(ModelFolder folder, String name) {
        Family family = family(folder);
        if (!family.weighted(folder).contains(name)) {
            throw new IllegalArgumentException("component: '" + name + "' has no weights; use one of "
                    + String.join(", ", family.weighted(folder)));
        }
        return family.component(folder, name);
    }

    /**
     * A model for planning alone, of a transformer's config.json; autoencoder, scheduler and text length are taken to be the published
     * model's.
     *
     * @param name as the user calls it
     * @throws FolderException if the file is no such configuration
     */
    public static Model ofConfig(String name, Path file) {
        Config config = Config.read(file);
        String found = config.requireString("_class_name");
        Family family = Arrays.stream(Family.values())
                .filter(it -> it.transformerClass.equals(found))
                .findFirst()
                .orElseThrow(() -> new FolderException(file + ": _class_name is " + found + "; plans are made for "
                        + String.join(
                                " or ",
                                Arrays.stream(Family.values())
                                        .map(it -> it.transformerClass)
                                        .toList())));
        Model model = likePublished(name, family, config);
        model.files
                .notes()
                .add(file + " is a transformer's; autoencoder, scheduler and " + model.textTokens()
                        + " text tokens are taken to be those of " + family.published());
        return model;
    }

    /** The published full-size model of a family, for planning alone. */
    public static Model published(Family family) {
        return likePublished(family.toString(), family, publishedConfig(family, "transformer"));
    }

    /** Its baseline is the paper's, since there is no pipeline that could say otherwise; of a family that the paper has none of, its own. */
    private static Model likePublished(String name, Family family, Config transformer) {
        PlanSpec paper = family.defaults().plans().get(Planner.PAPER_BASELINE);
        return family.read(new Files(
                name,
                family,
                null,
                transformer,
                publishedConfig(family, "vae"),
                publishedScheduler(family),
                paper == null ? ModelDefaults.NONE : ModelDefaults.NONE.with(paper.withName(Planner.BASELINE)),
                List.of(),
                new ArrayList<>()));
    }

    private static SchedulerConfig publishedScheduler(Family family) {
        Config scheduler = publishedConfig(family, "scheduler");
        return SchedulerConfig.read(scheduler, SchedulerConfig.className(scheduler));
    }

    static Config publishedConfig(Family family, String part) {
        String name = "published/" + family + "/" + part + ".json";
        return Config.parse(name, Family.resource(name));
    }

    /** Complains of latents that the transformer does not take. */
    static void requireChannels(Files files, int transformer, int vae) {
        if (transformer != vae) {
            throw new FolderException(files.vae().file() + ": latent_channels: is " + vae
                    + ", but the transformer takes " + transformer + "; check that both come from the same model");
        }
    }

    /**
     * Tells that a model is distilled.
     *
     * @param told what of its files says so
     */
    static void noteFewSteps(Files files, String told, int steps) {
        files.notes()
                .add(told + ", so " + steps + " steps without guidance are taken where nothing else is said; of so few"
                        + " a bottleneck saves little");
    }

    /** As the user calls it. */
    public final String name() {
        return files.name();
    }

    public final Family family() {
        return files.family();
    }

    /**
     * For the user: what was taken from the published model since nothing was said, how much of its LoRAs is applied, and what was read so
     * far of its folder and passed over, as keys that Python ignores too.
     */
    public final List<String> notes() {
        ModelFolder folder = files.folder();
        List<String> notes = new ArrayList<>(files.notes());
        notes.addAll(loraNotes());
        if (folder != null) {
            notes.addAll(folder.notes());
        }
        return List.copyOf(notes);
    }

    /**
     * This model with a LoRA added to its weights as they are loaded: each weight {@code W} that it changes becomes {@code W + scale ·
     * (alpha / rank) · B · A}, computed in float32. Several add. Files of diffusers and peft, ai-toolkit, kohya's scripts and XLabs are
     * read, for the transformer and both text encoders. It runs as fast as without; weights that would be used from a mapped file are held
     * in memory, and packed ones stay packed. Another scale is another model.
     *
     * @param file a safetensors file
     * @param scale 1 as it was trained; 0 for none, below 0 for the opposite
     * @return another model, of the same folder
     * @throws IllegalArgumentException if the scale is not finite, or nothing can be added to this model's weights: it is a configuration
     *     alone, quantized in its files, or no FLUX.1
     * @throws io.bottleneck4j.torch.io.WeightsException if it is no LoRA, or a module in it does not fit the model
     */
    public final Model withLora(Path file, double scale) {
        return withLora(file, scale, false);
    }

    /**
     * The same of a LoRA of which a part may not fit: that part is left out, with a {@linkplain #notes note}.
     *
     * @param partial whether it may
     */
    public final Model withLora(Path file, double scale, boolean partial) {
        return withLora(LoraFile.read(file), scale, partial);
    }

    /**
     * The same of a LoRA that a picture was made with.
     *
     * @throws io.bottleneck4j.torch.io.WeightsException also if the file is another than it was then
     */
    public final Model withLora(Settings.Lora stored) {
        Path path = Path.of(stored.file());
        LoraFile file = LoraFile.read(path);
        if (!file.sha256().equals(stored.sha256())) {
            throw new WeightsException("lora " + path + ": must be the file the picture was made with, of SHA-256 "
                    + stored.sha256() + "; this one has " + file.sha256()
                    + "; find that file, or name this one by --lora to take it instead");
        }
        return withLora(file, stored.scale(), stored.partial());
    }

    private Model withLora(LoraFile file, double scale, boolean partial) {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("lora: scale must be a finite number, not " + scale);
        }
        if (storedQuantization() != Quantization.NONE) {
            throw new IllegalArgumentException("lora: the weights of " + name() + " are stored as "
                    + storedQuantization() + ", to which nothing can be added; name the model they were made from, and"
                    + " --quantize");
        }
        Map<String, Map<String, TensorInfo>> weights = new LinkedHashMap<>();
        for (String component : family().weighted()) {
            weights.put(component, component(folder(), component).infos());
        }
        return family().read(files.with(file.fit(scale, partial, weights, family().originalLayers())));
    }

    /** One of its components with what its LoRAs add. */
    final <C, M> Component<C, M> own(Function<ModelFolder, Component<C, M>> part) {
        return part.apply(folder()).with(files.loras());
    }

    /** The LoRAs added to its weights, in their order. */
    public final List<Settings.Lora> loras() {
        return loras(lora -> true);
    }

    /** Those of them that change the transformer. */
    final List<Settings.Lora> transformerLoras() {
        return loras(lora -> lora.updates().containsKey("transformer"));
    }

    /** Those of them that change a text encoder. */
    final List<Settings.Lora> textLoras() {
        return loras(lora ->
                lora.updates().containsKey("text_encoder") || lora.updates().containsKey("text_encoder_2"));
    }

    private List<Settings.Lora> loras(Predicate<FittedLora> chosen) {
        return files.loras().stream().filter(chosen).map(Settings.Lora::of).toList();
    }

    /** For the user: how much of each is applied. */
    final List<String> loraNotes() {
        return files.loras().stream().map(FittedLora::note).toList();
    }

    /** Whether it is the same as another, but for LoRAs that were added to either. */
    final boolean isButForLoras(Model other) {
        return this == other || (files.folder() != null && files.folder() == other.files.folder());
    }

    /** Whether it is the same as another, with the same LoRAs. */
    final boolean isAs(Model other) {
        return isButForLoras(other) && loras().equals(other.loras());
    }

    /** Makes plans for it. */
    public final Planner planner() {
        return planner;
    }

    /** What its author advises. */
    final ModelDefaults own() {
        return files.own();
    }

    /**
     * Its folder.
     *
     * @throws IllegalArgumentException if it is known by its configuration alone
     */
    @API(status = API.Status.INTERNAL)
    public final ModelFolder folder() {
        ModelFolder folder = files.folder();
        if (folder == null) {
            throw new IllegalArgumentException("model: " + name()
                    + " is a configuration without weights, for planning only; give a diffusers folder");
        }
        return folder;
    }

    /** Whether it has a folder, and so can run. */
    public final boolean hasFolder() {
        return files.folder() != null;
    }

    /**
     * The components with weights, in the order of {@link Family#weighted}, checked to fit each other.
     *
     * @throws FolderException if one is missing, of another class, or configured as bottleneck4j does not support
     */
    @API(status = API.Status.INTERNAL)
    public abstract List<Component<?, ?>> components();

    /** Whether it has a transformer for much noise and another for little. */
    final boolean hasTwoTransformers() {
        return !change.equals(ChangeOver.NONE);
    }

    /** Complains of a plan whose caches do not start anew where this model changes its transformer. */
    final void requireFollows(Plan plan) {
        if (!plan.stages().stages().stream()
                .allMatch(stage -> stage.changeOver().equals(change))) {
            throw new IllegalArgumentException("plan: '" + plan.name() + "' was made for a model of "
                    + (hasTwoTransformers() ? "one transformer" : "two transformers")
                    + "; make it with model.planner() of " + name());
        }
    }

    final Traits traits() {
        return traits;
    }

    /** Whether a request may give a picture: to change, to fill, or to see. */
    @API(status = API.Status.INTERNAL)
    public final boolean takesPicture() {
        return traits.use() != StartPicture.Use.REFUSED;
    }

    /** Whether a mask may say where the picture changes. */
    @API(status = API.Status.INTERNAL)
    public final boolean takesMask() {
        return traits.use() == StartPicture.Use.CHANGED || needsMask();
    }

    /** Whether it does nothing without picture and mask. */
    @API(status = API.Status.INTERNAL)
    public final boolean needsMask() {
        return traits.use() == StartPicture.Use.FILLED;
    }

    final Files files() {
        return files;
    }

    /** Where in noise its second transformer takes over; {@link ChangeOver#NONE} where there is one. */
    final ChangeOver changeOver() {
        return change;
    }

    /** What it makes. */
    public final Kind kind() {
        return traits.grid().framesPerCell().isPresent() ? Kind.VIDEO : Kind.PICTURE;
    }

    /** The transformer's configuration in one line: what a measured time holds for. */
    public final String architecture() {
        return traits.architecture();
    }

    /** Channels of its latents. */
    public final int latentChannels() {
        return traits.grid().channels();
    }

    /** Pixels along one side of a latent cell. */
    public final int pixelsPerCell() {
        return traits.grid().cell();
    }

    /** Tokens of text that the transformer sees where none are given. */
    public final int textTokens() {
        return traits.textTokens();
    }

    /** Whether guidance is an input of it, as of FLUX.1-dev, but not of -schnell. */
    public final boolean usesGuidance() {
        return traits.usesGuidance();
    }

    /** FLOPs of its forwards beside this many text tokens. */
    public abstract ForwardCost forwardCost(int textTokens);

    /** Image or video tokens of latents. */
    public abstract long imageTokens(LatentShape shape);

    /** Cells along the side of the squares that its Python pipeline draws noise as channels of. */
    int noisePatch() {
        return 1;
    }

    /** What is steered away from where nothing is said. */
    String defaultNegativePrompt() {
        return "";
    }

    /**
     * Cells along the side of the squares whose guided velocity, all channels together, is brought to the length of the prompt's own; 0
     * where guidance is left as it is.
     */
    int guidancePatch() {
        return 0;
    }

    abstract long decodeBytes(LatentShape latents, DType dtype);

    /**
     * Loads the text encoders.
     *
     * @param opened takes charge of what must be closed; so with the others
     */
    abstract TextEncoders loadTextEncoders(Execution execution, Residency residency, Opened opened);

    abstract Transformer loadTransformer(Execution execution, Residency residency, Opened opened);

    /** A transformer of this configuration and no checkpoint's weights, to be timed. */
    abstract Transformer randomTransformer(Execution execution, Opened opened);

    /** This model with other numbers of double-stream and single-stream blocks, to be timed; its folder holds no such one. */
    abstract Model withBlocks(int layers, int singleLayers);

    /** What it sees beside latents of a shape, of zeros, to be timed. */
    Beside randomBeside(LatentShape shape) {
        return Beside.NOTHING;
    }

    /** A model of no checkpoint's weights, to be timed. */
    static <M> M random(Function<Weights, M> model, Execution e, Opened opened) {
        Weights.Loaded<M> loaded = Weights.load(
                "transformer", new RandomWeights(model, e.dtype(), e.device()), e.dtype(), e.device(), model);
        return opened.add(loaded, Weights.Loaded::close).model();
    }

    abstract Autoencoder loadAutoencoder(Execution execution, Residency residency, Opened opened);

    /** A text of random numbers, which takes a forward as long as any. */
    final PromptEmbeds randomPrompt() {
        return PromptEmbeds.random(textTokens(), traits.stateDim(), traits.pooledDim());
    }

    /** Guidance where none is given: the folder's advice, or that of the Python pipeline. */
    public final double defaultGuidance() {
        return own().guidance().orElse(traits.guidance());
    }

    /** Scale of guidance with two forwards a step, where none is given; 1 for none. */
    public final double defaultTrueCfgScale() {
        return traits.trueCfgScale();
    }

    /** FLOPs of its forwards. */
    public final ForwardCost forwardCost() {
        return forwardCost(textTokens());
    }

    /** Tokens the transformer sees at once: those of the latents and of the text. */
    public final long tokens(LatentShape shape) {
        return imageTokens(shape) + textTokens();
    }

    /** What a plan costs beside the model's baseline. */
    public final PlanEstimate estimate(Plan plan) {
        return PlanEstimate.of(planner, forwardCost(), plan);
    }

    /** What the user should know of a plan before it runs. */
    @API(status = API.Status.INTERNAL)
    public final void tell(Plan plan, JobListener listener) {
        plan.notes().forEach(listener::note);
        planner.warnings(plan).forEach(listener::warning);
    }

    /** Starts a request with this model's defaults. */
    public final Request.Builder request(String prompt) {
        return new Request.Builder(this, prompt);
    }

    /** Bytes of a component's weights as they are loaded, by one of the names of {@link Family#weighted}. */
    final long weightBytes(String component, Execution execution) {
        DType dtype = component.equals("vae") ? execution.vaeDtype() : execution.dtype();
        Quantization quantization = component.startsWith("transformer")
                ? execution.quantization()
                : execution.quantization().ofWeights();
        return weightBytes.computeIfAbsent(
                List.of(component, dtype, quantization),
                key -> component(folder(), component).bytes(dtype, quantization, Residency.KEEP));
    }

    /** How the transformer's files hold the weights of its blocks. */
    @API(status = API.Status.INTERNAL)
    public final Quantization storedQuantization() {
        return files.transformer().quantization();
    }

    /** The type most of the transformer's values are stored in; bfloat16 for those that are packed, as it holds them well enough. */
    public final DType storedType() {
        Map<DType, Long> values = new EnumMap<>(DType.class);
        for (TensorInfo info : component(folder(), "transformer").infos().values()) {
            if (info.dtype().isFloatingPoint()) { // quantized weights have a type of their own
                values.merge(info.packing() == null ? info.dtype() : DType.BFLOAT16, info.numel(), Long::sum);
            }
        }
        return values.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(DType.FLOAT32);
    }

    /**
     * Opens the model on the best device there is, in the fastest sound type, with the residency that fits the memory.
     *
     * @throws IllegalArgumentException if it is known by its configuration alone
     * @throws FolderException if a component cannot be used
     * @throws io.bottleneck4j.torch.io.WeightsException if weights are damaged or do not fit their configuration
     */
    public final Pipeline pipeline() {
        return pipeline(Execution.best(this));
    }

    /**
     * Opens the model, with the residency that fits the memory.
     *
     * @throws io.bottleneck4j.torch.DeviceException if the device is not available
     */
    public final Pipeline pipeline(Execution execution) {
        return Pipeline.open(this, execution, null);
    }

    /** Opens the model. */
    public final Pipeline pipeline(Execution execution, Residency residency) {
        return Pipeline.open(this, execution, residency);
    }

    /**
     * What each part of a run under a plan holds in memory: the text encoders, the transformer at each size in the order the plan comes to
     * them, and decoding. From shapes alone.
     *
     * @param residency what stays beside what
     * @throws IllegalArgumentException if it is known by its configuration alone
     */
    public final List<MemoryUse> memory(Plan plan, Execution execution, Residency residency) {
        List<Component<?, ?>> parts = components();
        Quantization encoded = execution.quantization().ofWeights();
        DType dtype = execution.dtype();
        LongStream transformers = parts.stream()
                .filter(part -> part.files().name().startsWith("transformer"))
                .mapToLong(part -> part.bytes(dtype, execution.quantization(), residency));
        long transformer = residency.isOneByOne() ? transformers.max().orElseThrow() : transformers.sum();
        int last = parts.size() - 1;
        long encoders = parts.stream()
                .filter(part -> part.files().name().startsWith("text_encoder"))
                .mapToLong(encoder -> encoder.bytes(dtype, encoded, residency))
                .sum();
        long decoder = parts.get(last).bytes(execution.vaeDtype(), Quantization.NONE, Residency.KEEP);
        long stay = residency == Residency.KEEP ? encoders : 0;
        List<MemoryUse> uses = new ArrayList<>(List.of(new MemoryUse("text encoders", encoders, 0)));
        for (MemoryUse use : working(plan, execution)) {
            long beside = residency.isOneByOne() ? 0 : transformer;
            long weights = stay + (use.part().equals(DECODING) ? beside + decoder : transformer);
            uses.add(new MemoryUse(use.part(), weights, use.working()));
        }
        return List.copyOf(uses);
    }

    /** Bytes that the program itself takes beside {@link #memory}: Java, libtorch, and what allocators keep; as measured on Linux. */
    public final long programMemory() {
        return kind() == Kind.PICTURE ? 290_000_000 : 355_000_000;
    }

    /** What denoising at each size and decoding take beside the weights. */
    final List<MemoryUse> working(Plan plan, Execution execution) {
        Map<String, MemoryUse> uses = new LinkedHashMap<>();
        for (int i = 0; i < plan.stages().stages().size(); i++) {
            StageSpec size = plan.spec().stages().get(i);
            String part = "transformer, " + size.width() + " x " + size.height();
            ResolutionStage stage = plan.stages().stages().get(i);
            long tokens = tokens(stage.seen());
            int perValue = execution.dtype().bytes();
            long bytes = ForwardMemory.bytes(tokens, traits.innerDim(), perValue)
                    + ForwardMemory.cacheBytes(
                            stage.cache(),
                            tokens,
                            traits.innerDim(),
                            traits.layers(),
                            traits.singleLayers(),
                            traits.mlpRatio(),
                            perValue);
            uses.merge(
                    part, new MemoryUse(part, 0, bytes), (one, other) -> other.working() > one.working() ? other : one);
        }
        long decoding = decodeBytes(plan.stages().last().shape(), execution.vaeDtype());
        uses.put(DECODING, new MemoryUse(DECODING, 0, decoding));
        return List.copyOf(uses.values());
    }

    /** Frames a second in playback where none are given; absent for a model that makes pictures. */
    public final OptionalInt defaultFps() {
        return kind() == Kind.PICTURE
                ? OptionalInt.empty()
                : OptionalInt.of(own().fps().orElse(Request.DEFAULT_FPS));
    }

    @Override
    public final String toString() {
        return name() + " (" + family() + ")";
    }
}
