package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ChangeOver;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizer;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.models.vae.AutoencoderKlWan;
import io.bottleneck4j.models.vae.AutoencoderKlWanConfig;
import io.bottleneck4j.models.vae.WanDecodeMemory;
import io.bottleneck4j.models.wan.OriginalWan;
import io.bottleneck4j.models.wan.WanFlops;
import io.bottleneck4j.models.wan.WanTransformer3DConfig;
import io.bottleneck4j.models.wan.WanTransformer3DModel;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Wan, text to video: Wan 2.1 and 2.2. UMT5 reads the prompt, a causal autoencoder of videos decodes.
 * Source: diffusers pipeline_wan.py@0.42.1.
 *
 * <p>Its guidance_scale is {@link TrueGuidance}'s. Wan 2.2's 14B model has two transformers of one shape: the first for noise levels from
 * {@code boundary_ratio} of model_index.json on, transformer_2 below it, each forward by its own level.
 */
final class WanModel extends Model {
    private static final String VAE = "AutoencoderKLWan";

    /** The pipeline's guidance_scale. */
    private static final double TRUE_CFG_SCALE = 5;

    /** Width of the transformers that were trained at 480p. */
    private static final int SMALL = 1536;

    /** What Python counts as white space between words. */
    private static final Pattern SPACES =
            Pattern.compile("[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+");

    /** What html.unescape resolves, or could: a number or a name, for some of which the semicolon may be missing. */
    private static final Pattern REFERENCE = Pattern.compile("&(#[0-9xX]|[A-Za-z][A-Za-z0-9]*;"
            + "|(?i:amp|lt|gt|quot|nbsp|copy|reg|deg|not|para|sect|micro|times|yen|cent|pound|uml|shy|eth|thorn)"
            + "|[A-Za-z](?:acute|grave|circ|tilde|uml|cedil|ring|slash|Elig|lig)|frac[13][24]|sup[123]|middot)");

    /** The components with weights of a folder that has two transformers. */
    static final List<String> TWO = List.of("transformer", TRANSFORMER_2, "text_encoder", "vae");

    private final WanTransformer3DConfig config;
    private final AutoencoderKlWanConfig vae;

    WanModel(Files files) {
        this(
                withSize(files, files.transformer().as(WanTransformer3DConfig::from)),
                files.transformer().as(WanTransformer3DConfig::from),
                files.vae().as(AutoencoderKlWanConfig::from));
        if (hasTwoTransformers() && !files.loras().isEmpty()) {
            files.notes().add("lora: transformer_2 is left as it is, as WanPipeline does by default");
        }
    }

    private WanModel(Files files, WanTransformer3DConfig config, AutoencoderKlWanConfig vae) {
        super(files, traits(files, config, vae), files.own(), changeOver(files.folder()));
        this.config = config;
        this.vae = vae;
    }

    static boolean hasTwo(ModelFolder folder) {
        return folder.classes().containsKey(TRANSFORMER_2);
    }

    private static ChangeOver changeOver(@Nullable ModelFolder folder) {
        if (folder == null) {
            return ChangeOver.NONE;
        }
        double boundary = folder.number("boundary_ratio");
        boolean given = !Double.isNaN(boundary);
        if (given != hasTwo(folder)) {
            boolean whole = folder.folder().filter(own -> own == folder).isPresent();
            throw new FolderException(folder.path() + ": "
                    + (given
                            ? "boundary_ratio: is " + boundary + ", but there is no transformer_2"
                            : TRANSFORMER_2 + ": is given without a boundary_ratio")
                    + "; model_index.json must name both or neither, so "
                    + (whole ? "copy the whole folder" : "give the folder of a Wan 2.2 A14B as the base"));
        }
        if (!given) {
            return ChangeOver.NONE;
        }
        if (!(boundary > 0 && boundary < 1)) {
            throw new FolderException(folder.path() + ": boundary_ratio: must be above 0 and below 1, not " + boundary
                    + "; Wan 2.2's is 0.875");
        }
        return new ChangeOver(boundary);
    }

    /** The sizes that Wan's authors give for each of their models, which the configurations tell apart. */
    private static Files withSize(Files files, WanTransformer3DConfig config) {
        boolean wan22 = files.vae().intOr("patch_size", 1) > 1;
        String size = wan22
                ? "{width: 1280, height: 704, frames: 121, fps: 24}"
                : config.innerDim() <= SMALL ? "{width: 832, height: 480, frames: 81, fps: 16}" : "{fps: 16}";
        return files.with(files.own().or(ModelDefaults.parse("wan", size)));
    }

    @Override
    Model withBlocks(int layers, int singleLayers) {
        return new WanModel(files(), config.withLayers(Math.max(1, layers + singleLayers)), vae);
    }

    private static Traits traits(Files files, WanTransformer3DConfig config, AutoencoderKlWanConfig vae) {
        requireChannels(files, config.inChannels(), vae.zDim());
        int cell = vae.cell();
        long positions = (long) (cell / vae.patchSize()) * (cell / vae.patchSize());
        return new Traits(
                "Wan[config=" + config + "]",
                PixelGrid.ofVideos(cell, 2 * cell, config.inChannels(), AutoencoderKlWanConfig.FRAMES_PER_CELL),
                Request.MAX_SEQUENCE_LENGTH,
                config.innerDim(),
                0,
                config.numLayers(),
                config.mlpRatio(),
                config.textDim(),
                0,
                false,
                0,
                TRUE_CFG_SCALE,
                KlWanCoder.WHOLE_POSITIONS / positions,
                KlWanCoder.TILE,
                StartPicture.Use.REFUSED);
    }

    static Component<?, ?> part(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder);
            case TRANSFORMER_2 -> second(folder);
            case "text_encoder" -> umt5(folder);
            default -> KlWanCoder.component(folder, VAE);
        };
    }

    private static Component<WanTransformer3DConfig, WanTransformer3DModel> transformer(ModelFolder folder) {
        return transformer(folder, "transformer");
    }

    private static Component<WanTransformer3DConfig, WanTransformer3DModel> second(ModelFolder folder) {
        return transformer(folder, TRANSFORMER_2);
    }

    private static Component<WanTransformer3DConfig, WanTransformer3DModel> transformer(
            ModelFolder folder, String name) {
        ComponentFiles own = folder.component(name, "WanTransformer3DModel");
        return Component.read(own, WanTransformer3DConfig::from, UnaryOperator.identity(), WanTransformer3DModel::new);
    }

    private static Component<T5Config, T5EncoderModel> umt5(ModelFolder folder) {
        ComponentFiles own = folder.component("text_encoder", "UMT5EncoderModel");
        return Component.read(own, T5Config::umt5, T5EncoderModel::checkpoint, T5EncoderModel::new);
    }

    /** How single files hold it. */
    static List<FileLayout> layouts() {
        return List.of(
                FileLayout.transformer(
                        Family.WAN.transformerClass,
                        names -> OriginalWan.isIn(names) || OriginalWan.isRenamedIn(names),
                        FileLayout.where(OriginalWan::isIn, OriginalWan.LAYERS::renamed),
                        OriginalWan::configuration),
                FileLayout.text(
                        "text_encoder",
                        "UMT5EncoderModel",
                        "umt5xxl",
                        names -> names.contains("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight"),
                        UnaryOperator.identity(),
                        infos -> Map.of()),
                KlWanCoder.layout(VAE));
    }

    @Override
    public List<Component<?, ?>> components() {
        Component<WanTransformer3DConfig, WanTransformer3DModel> transformer = own(WanModel::transformer);
        Component<T5Config, T5EncoderModel> umt5 = own(WanModel::umt5);
        Component<AutoencoderKlWanConfig, AutoencoderKlWan> coder = KlWanCoder.component(folder(), VAE);
        transformer.requireEqual(
                "text_dim", config.textDim(), umt5, umt5.config().dModel());
        tokenizer();
        if (!hasTwoTransformers()) {
            return List.of(transformer, umt5, coder);
        }
        Component<WanTransformer3DConfig, WanTransformer3DModel> second = own(WanModel::second);
        if (!second.config().equals(config) || second.stored() != transformer.stored()) {
            throw new FolderException(second.files().config().file() + ": must be as transformer's, "
                    + transformer.config() + " stored as " + transformer.stored() + ", not " + second.config()
                    + " stored as " + second.stored() + "; check that both come from the same model");
        }
        return List.of(transformer, second, umt5, coder);
    }

    private ComponentFolder tokenizer() {
        return folder().componentFolder("tokenizer", "T5TokenizerFast", "T5Tokenizer");
    }

    @Override
    public ForwardCost forwardCost(int tokens) {
        return new WanFlops(config, tokens);
    }

    @Override
    public long imageTokens(LatentShape shape) {
        return WanFlops.videoTokens(shape);
    }

    @Override
    long decodeBytes(LatentShape s, DType dtype) {
        boolean whole = (long) s.height() * s.width() <= traits().wholeDecodeCells();
        return WanDecodeMemory.bytes(vae, dtype, whole ? 0 : traits().tile(), s.frames(), s.height(), s.width());
    }

    @Override
    TextEncoders loadTextEncoders(Execution e, Residency residency, Opened opened) {
        Tokenizer tokenizer = opened.add(Tokenizers.read(tokenizer().path(), Tokenizers::t5), Tokenizer::close);
        T5EncoderModel umt5 =
                own(WanModel::umt5).load(e.dtype(), e.device(), e.quantization().ofWeights(), residency, opened);
        return (prompt, request) -> encode(tokenizer, umt5, prompt, request);
    }

    /** The states of the tokens there are, then zeros: padding is masked from UMT5, and seen by the transformer. */
    private static PromptEmbeds encode(Tokenizer tokenizer, T5EncoderModel umt5, String prompt, Request request) {
        int length = request.maxSequenceLength();
        TokenizedPrompt read = tokenizer.encode(cleaned(prompt), length).unpadded();
        try (Scope scope = Scope.open()) {
            float[] states = umt5.forward(read.ids()).toFloats();
            int width = states.length / read.tokens();
            return new PromptEmbeds(
                    Arrays.copyOf(states, Math.multiplyExact(width, length)),
                    length,
                    length,
                    new float[0],
                    PromptEmbeds.Truncation.of("UMT5", read, 0));
        }
    }

    /**
     * As prompt_clean, but for what ftfy repairs, which diffusers leaves out too where that is not installed.
     *
     * @throws IllegalArgumentException if there is an HTML reference, which it would resolve
     */
    static String cleaned(String prompt) {
        if (REFERENCE.matcher(prompt).find()) {
            throw new IllegalArgumentException("prompt: holds an HTML reference as &amp;, which WanPipeline would"
                    + " resolve; write the character itself");
        }
        return SPACES.matcher(prompt).replaceAll(" ").strip();
    }

    @Override
    Transformer loadTransformer(Execution e, Residency residency, Opened opened) {
        if (!hasTwoTransformers()) {
            return load(WanModel::transformer, e, residency, opened);
        }
        OnDemand<Transformer> high = opened.onDemand(with -> load(WanModel::transformer, e, residency, with));
        OnDemand<Transformer> low = opened.onDemand(with -> load(WanModel::second, e, residency, with));
        if (!residency.isOneByOne()) {
            high.get();
            low.get();
        }
        return new WanExperts(changeOver(), high, low, residency.isOneByOne());
    }

    private Transformer load(
            Function<ModelFolder, Component<WanTransformer3DConfig, WanTransformer3DModel>> part,
            Execution e,
            Residency residency,
            Opened opened) {
        return bindable(own(part).load(e.dtype(), e.device(), e.quantization(), residency, opened), e);
    }

    @Override
    Transformer randomTransformer(Execution e, Opened opened) {
        return bindable(random(w -> new WanTransformer3DModel(config, w), e, opened), e);
    }

    /** Guidance is no input. */
    private static Transformer bindable(WanTransformer3DModel model, Execution e) {
        return (prompt, guidance, sigmas) -> {
            try (Scope scope = Scope.open()) {
                return model.velocity(prompt.states(), sigmas, e.dtype(), e.device());
            }
        };
    }

    @Override
    Autoencoder loadAutoencoder(Execution e, Residency residency, Opened opened) {
        return KlWanCoder.load(folder(), VAE, e, residency, opened);
    }
}
