package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxFlops;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.flux.FluxVelocity;
import io.bottleneck4j.models.flux.OriginalFlux;
import io.bottleneck4j.models.flux2.OriginalFlux2;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.GgufT5;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizer;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.models.vae.PictureDecodeMemory;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** FLUX.1: CLIP and T5 read the prompt, an autoencoder of pictures decodes. Source: diffusers pipeline_flux.py@0.42.1. */
final class FluxModel extends Model {
    private final FluxConfig config;
    private final AutoencoderKlConfig vae;

    FluxModel(Files files) {
        this(files, files.transformer().as(FluxConfig::from), files.vae().as(AutoencoderKlConfig::from));
        ModelFolder folder = files.folder();
        if (folder != null
                && !files.vae().has("sample_size")
                && files.own().width().isEmpty()) {
            files.notes()
                    .add(files.vae().file() + ": says no sample_size; where no size is given it is FluxPipeline's, "
                            + vae.defaultPictureSize() + " x " + vae.defaultPictureSize());
        }
    }

    private FluxModel(Files files, FluxConfig config, AutoencoderKlConfig vae) {
        super(files, traits(files, config, vae), advice(files, vae, config.channelsBeside() > 0));
        this.config = config;
        this.vae = vae;
    }

    @Override
    Model withBlocks(int layers, int singleLayers) {
        return new FluxModel(files(), config.withBlocks(layers, singleLayers), vae);
    }

    private static Traits traits(Files files, FluxConfig config, AutoencoderKlConfig vae) {
        requireChannels(files, config.latentChannels(), vae.latentChannels());
        int cell = vae.pixelsPerCell();
        StartPicture.Use use = use(files, config, vae.latentChannels() + cell * cell);
        return new Traits(
                "Flux[config=" + config + (use == StartPicture.Use.SEEN ? ", reference" : "") + "]",
                PixelGrid.ofPictures(cell, 2 * cell, config.latentChannels()),
                textTokens(files.folder()),
                config.innerDim(),
                config.numLayers(),
                config.numSingleLayers(),
                4,
                config.jointAttentionDim(),
                config.pooledProjectionDim(),
                config.guidanceEmbeds(),
                use == StartPicture.Use.FILLED ? 30 : 3.5,
                1,
                KlCoder.WHOLE_CELLS,
                vae.tileCells() * cell,
                use);
    }

    /**
     * FLUX.1-Fill is told by its channels, FLUX.1-Kontext by the pipeline it is published for alone.
     *
     * @param filled channels of a picture and a mask
     */
    private static StartPicture.Use use(Files files, FluxConfig config, int filled) {
        ModelFolder folder = files.folder();
        if (config.channelsBeside() == filled) {
            return StartPicture.Use.FILLED;
        }
        if (config.channelsBeside() != 0) {
            throw new FolderException(
                    files.transformer().file() + ": in_channels: " + config.inChannels() + " is neither out_channels "
                            + config.outChannels() + " nor FLUX.1-Fill's " + (config.outChannels() + 4 * filled)
                            + "; models of other inputs, as FLUX.1-Depth and -Canny, are not read");
        }
        return folder != null && folder.pipelineClass().equals(Family.KONTEXT)
                ? StartPicture.Use.SEEN
                : StartPicture.Use.CHANGED;
    }

    /** What T5's tokenizer states, at most 512; that too where it states nothing, for which transformers writes 1e30. */
    private static int textTokens(@Nullable ModelFolder folder) {
        if (folder == null) {
            return Request.MAX_SEQUENCE_LENGTH;
        }
        OptionalInt stated = Tokenizers.read(folder.place("tokenizer_2"), Tokenizers::modelMaxLength);
        return Math.min(stated.orElse(Request.MAX_SEQUENCE_LENGTH), Request.MAX_SEQUENCE_LENGTH);
    }

    /** A folder that says no size has the autoencoder's; where that says none either, that of FluxPipeline. */
    private static ModelDefaults advice(Files files, AutoencoderKlConfig vae, boolean fills) {
        int size = files.vae().has("sample_size") ? vae.sampleSize() : vae.defaultPictureSize();
        ModelDefaults sized = files.own().orSize(size, size);
        return fills ? sized.orSteps(50) : sized; // of FluxFillPipeline
    }

    static Component<?, ?> part(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder);
            case "text_encoder" -> clip(folder);
            case "text_encoder_2" -> t5(folder);
            default -> KlCoder.component(folder);
        };
    }

    private static Component<FluxConfig, FluxTransformer2DModel> transformer(ModelFolder folder) {
        ComponentFiles own = folder.component("transformer", "FluxTransformer2DModel");
        return Component.read(own, FluxConfig::from, UnaryOperator.identity(), FluxTransformer2DModel::new);
    }

    private static Component<T5Config, T5EncoderModel> t5(ModelFolder folder) {
        ComponentFiles own = folder.component("text_encoder_2", "T5EncoderModel");
        return Component.read(own, T5Config::from, T5EncoderModel::checkpoint, T5EncoderModel::new);
    }

    /** How single files hold it. */
    static List<FileLayout> layouts() {
        return List.of(
                FileLayout.transformer(
                        Family.FLUX.transformerClass,
                        names -> OriginalFlux.isIn(names)
                                || (names.contains("x_embedder.weight")
                                        && names.contains("context_embedder.weight")
                                        && !OriginalFlux2.isRenamedIn(names)),
                        FileLayout.where(OriginalFlux::isIn, OriginalFlux.LAYERS::renamed),
                        OriginalFlux::configuration),
                clipLayout("text_encoder"),
                t5Layout("t5xxl"),
                KlCoder.layout());
    }

    /** How single files hold a T5, which {@code word} names in those of a whole model. */
    static FileLayout t5Layout(String word) {
        return FileLayout.text(
                "text_encoder_2",
                "T5EncoderModel",
                word,
                names -> GgufT5.isIn(names) || names.contains("encoder.block.0.layer.0.SelfAttention.q.weight"),
                FileLayout.where(GgufT5::isIn, GgufT5::renamed),
                infos -> Map.of());
    }

    /** How single files hold CLIP. */
    static FileLayout clipLayout(String component) {
        return FileLayout.text(
                component,
                "CLIPTextModel",
                "clip_l",
                names -> names.contains("text_model.embeddings.token_embedding.weight")
                        || names.contains("embeddings.token_embedding.weight"),
                UnaryOperator.identity(),
                infos -> Map.of());
    }

    private static Component<ClipTextConfig, ClipTextModel> clip(ModelFolder folder) {
        return Component.clip(folder, "text_encoder");
    }

    @Override
    public List<Component<?, ?>> components() {
        Component<FluxConfig, FluxTransformer2DModel> transformer = own(FluxModel::transformer);
        Component<ClipTextConfig, ClipTextModel> clip = own(FluxModel::clip);
        Component<T5Config, T5EncoderModel> t5 = own(FluxModel::t5);
        transformer.requireEqual(
                "joint_attention_dim",
                config.jointAttentionDim(),
                t5,
                t5.config().dModel());
        transformer.requireEqual(
                "pooled_projection_dim",
                config.pooledProjectionDim(),
                clip,
                clip.config().hiddenSize());
        clipTokenizer();
        t5Tokenizer();
        return List.of(transformer, clip, t5, KlCoder.component(folder()));
    }

    private ComponentFolder clipTokenizer() {
        return folder().componentFolder("tokenizer", "CLIPTokenizer", "CLIPTokenizerFast");
    }

    private ComponentFolder t5Tokenizer() {
        return folder().componentFolder("tokenizer_2", "T5Tokenizer", "T5TokenizerFast");
    }

    @Override
    public ForwardCost forwardCost(int tokens) {
        return new FluxFlops(config, tokens, pictures());
    }

    @Override
    public long imageTokens(LatentShape shape) {
        return pictures() * FluxFlops.imageTokens(shape);
    }

    /** Of FLUX.1-Kontext two are counted, since it is of use with a reference alone. */
    private int pictures() {
        return traits().use() == StartPicture.Use.SEEN ? 2 : 1;
    }

    @Override
    Beside randomBeside(LatentShape shape) {
        int channels = config.channelsBeside();
        Latents more =
                channels == 0 ? null : Latents.zeros(new LatentShape(channels, 1, shape.height(), shape.width()));
        return new Beside(more, pictures() == 1 ? null : Latents.zeros(shape));
    }

    @Override
    long decodeBytes(LatentShape latents, DType dtype) {
        return PictureDecodeMemory.bytes(vae, dtype, latents.height(), latents.width());
    }

    @Override
    TextEncoders loadTextEncoders(Execution e, Residency residency, Opened opened) {
        ClipPooled clip = ClipPooled.load(opened, clipTokenizer(), own(FluxModel::clip), e, residency);
        Tokenizer tokenizer = opened.add(Tokenizers.read(t5Tokenizer().path(), Tokenizers::t5), Tokenizer::close);
        T5EncoderModel t5 =
                own(FluxModel::t5).load(e.dtype(), e.device(), e.quantization().ofWeights(), residency, opened);
        return (prompt, request) -> encode(clip, tokenizer, t5, prompt, request.maxSequenceLength());
    }

    /** CLIP's pooled state and T5's states. Source: encode_prompt; T5 gets no mask, padding is attended. */
    private static PromptEmbeds encode(
            ClipPooled clip, Tokenizer tokenizer, T5EncoderModel t5, String prompt, int length) {
        TokenizedPrompt forClip = clip.tokenize(prompt);
        TokenizedPrompt forT5 = tokenizer.encode(prompt, length);
        try (Scope scope = Scope.open()) {
            return new PromptEmbeds(
                    t5.forward(forT5.ids()).toFloats(),
                    length,
                    length,
                    clip.encode(forClip),
                    PromptEmbeds.Truncation.of("T5", forT5, 0, forClip));
        }
    }

    @Override
    Transformer loadTransformer(Execution e, Residency residency, Opened opened) {
        return bindable(
                own(FluxModel::transformer).load(e.dtype(), e.device(), e.quantization(), residency, opened), e);
    }

    @Override
    Transformer randomTransformer(Execution e, Opened opened) {
        return bindable(random(w -> new FluxTransformer2DModel(config, w), e, opened), e);
    }

    private static Transformer bindable(FluxTransformer2DModel model, Execution e) {
        return (prompt, guidance, sigmas) -> {
            try (Scope scope = Scope.open()) {
                return new FluxVelocity(
                        model, prompt.states(), prompt.pooled(), guidance, sigmas, e.dtype(), e.device());
            }
        };
    }

    @Override
    Autoencoder loadAutoencoder(Execution e, Residency residency, Opened opened) {
        return KlCoder.load(folder(), e, residency, opened);
    }
}
