package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan15.Guider;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Config;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Flops;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Prompt;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Transformer3DModel;
import io.bottleneck4j.models.hunyuan15.OriginalHunyuanVideo15;
import io.bottleneck4j.models.hunyuan15.QuotedTexts;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.text.ByT5Tokenizer;
import io.bottleneck4j.models.text.ChatTokenizer;
import io.bottleneck4j.models.text.Qwen25VlTextConfig;
import io.bottleneck4j.models.text.Qwen25VlTextModel;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo15;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo15Config;
import io.bottleneck4j.models.vae.OriginalAutoencoder;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * HunyuanVideo-1.5, text to video: Qwen2.5-VL reads the prompt in a template, byT5 what is quoted in it, and a causal autoencoder of videos
 * decodes. Source: diffusers pipeline_hunyuan_video1_5.py@0.42.1, HunyuanVideo15Pipeline.
 *
 * <p>Guidance is the folder's guider's: two forwards a step, or one of a model that was distilled to need no second.
 */
final class HunyuanVideo15Model extends Model {
    /** Which of Qwen's {@code hidden_states} are taken: those before its last two layers. */
    private static final List<Integer> STATES = List.of(-3);

    /** Source: tokenizer_max_length and tokenizer_2_max_length. */
    private static final int TEXT_TOKENS = 1000;

    private static final int GLYPH_TOKENS = 256;

    /** Up to so many cells of a frame a video is decoded whole: one tile. */
    private static final int TILE_CELLS = 16;

    private final HunyuanVideo15Config config;
    private final AutoencoderKlHunyuanVideo15Config vae;

    HunyuanVideo15Model(Files files) {
        this(
                files,
                files.transformer().as(HunyuanVideo15Config::from),
                files.vae().as(AutoencoderKlHunyuanVideo15Config::from));
        if (traits().trueCfgScale() == 1) {
            files.notes()
                    .add("guider: is off, so there is one forward a step; a model that is not distilled needs"
                            + " --true-cfg-scale");
        }
    }

    private HunyuanVideo15Model(Files files, HunyuanVideo15Config config, AutoencoderKlHunyuanVideo15Config vae) {
        super(
                files,
                traits(files, config, vae),
                files.own()
                        .orSize(
                                config.defaultSize(vae.spatialCompressionRatio())
                                        .width(),
                                config.defaultSize(vae.spatialCompressionRatio())
                                        .height()));
        this.config = config;
        this.vae = vae;
    }

    /** All blocks are of one kind. */
    @Override
    Model withBlocks(int layers, int singleLayers) {
        return new HunyuanVideo15Model(files(), config.withLayers(Math.max(1, layers + singleLayers)), vae);
    }

    private static Traits traits(Files files, HunyuanVideo15Config config, AutoencoderKlHunyuanVideo15Config vae) {
        requireChannels(files, config.outChannels(), vae.latentChannels());
        int cell = vae.spatialCompressionRatio();
        return new Traits(
                "HunyuanVideo15[config=" + config + "]",
                PixelGrid.ofVideos(
                        cell, cell * config.patchSize(), config.outChannels(), vae.temporalCompressionRatio()),
                TEXT_TOKENS, // the most; it sees as many as there are
                config.innerDim(),
                config.numLayers(),
                0,
                config.mlpRatio(),
                config.textEmbedDim(),
                0,
                false,
                0,
                guidance(files.folder()),
                (long) TILE_CELLS * TILE_CELLS,
                TILE_CELLS * cell,
                StartPicture.Use.REFUSED);
    }

    /** The guider's; what the published models have where there is none. */
    private static double guidance(@Nullable ModelFolder folder) {
        return folder == null || !folder.classes().containsKey("guider")
                ? Guider.PUBLISHED
                : folder.componentFolder("guider", "ClassifierFreeGuidance")
                        .config("guider_config.json")
                        .as(Guider::trueCfgScale);
    }

    static Component<?, ?> part(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder);
            case "text_encoder" -> qwen(folder);
            case "text_encoder_2" -> byT5(folder);
            default -> autoencoder(folder);
        };
    }

    private static Component<HunyuanVideo15Config, HunyuanVideo15Transformer3DModel> transformer(ModelFolder folder) {
        ComponentFiles own = folder.component("transformer", "HunyuanVideo15Transformer3DModel");
        return Component.read(
                own, HunyuanVideo15Config::from, UnaryOperator.identity(), HunyuanVideo15Transformer3DModel::new);
    }

    private static Component<Qwen25VlTextConfig, Qwen25VlTextModel> qwen(ModelFolder folder) {
        ComponentFiles own =
                folder.component("text_encoder", "Qwen2_5_VLTextModel", "Qwen2_5_VLForConditionalGeneration");
        return Component.read(
                own,
                Qwen25VlTextConfig::from,
                Qwen25VlTextModel::checkpoint,
                (config, w) -> new Qwen25VlTextModel(config, STATES, w));
    }

    private static Component<T5Config, T5EncoderModel> byT5(ModelFolder folder) {
        ComponentFiles own = folder.component("text_encoder_2", "T5EncoderModel");
        return Component.read(own, T5Config::from, T5EncoderModel::checkpoint, T5EncoderModel::new);
    }

    private static Component<AutoencoderKlHunyuanVideo15Config, AutoencoderKlHunyuanVideo15> autoencoder(
            ModelFolder folder) {
        ComponentFiles own = folder.component("vae", "AutoencoderKLHunyuanVideo15");
        return Component.read(
                own,
                AutoencoderKlHunyuanVideo15Config::from,
                UnaryOperator.identity(),
                AutoencoderKlHunyuanVideo15::new);
    }

    /** How single files hold it. */
    static List<FileLayout> layouts() {
        return List.of(
                FileLayout.transformer(
                        Family.HUNYUAN_VIDEO_15.transformerClass,
                        names -> OriginalHunyuanVideo15.isIn(names) || OriginalHunyuanVideo15.isRenamedIn(names),
                        FileLayout.where(OriginalHunyuanVideo15::isIn, OriginalHunyuanVideo15.LAYERS::renamed),
                        OriginalHunyuanVideo15::configuration),
                QwenImageModel.textLayout("Qwen2_5_VLTextModel"),
                FluxModel.t5Layout("byt5_small"),
                FileLayout.vae(
                        Family.HUNYUAN_VIDEO_15.vaeClass,
                        names -> OriginalAutoencoder.isOfVideos15In(names)
                                || (names.contains("decoder.mid_block.attentions.0.norm.gamma")
                                        && names.contains("decoder.mid_block.attentions.0.to_q.weight")),
                        FileLayout.where(OriginalAutoencoder::isOfVideos15In, OriginalAutoencoder::renamedOfVideos15)));
    }

    @Override
    public List<Component<?, ?>> components() {
        Component<HunyuanVideo15Config, HunyuanVideo15Transformer3DModel> transformer =
                own(HunyuanVideo15Model::transformer);
        Component<Qwen25VlTextConfig, Qwen25VlTextModel> qwen = own(HunyuanVideo15Model::qwen);
        Component<T5Config, T5EncoderModel> byT5 = own(HunyuanVideo15Model::byT5);
        transformer.requireEqual(
                "text_embed_dim", config.textEmbedDim(), qwen, qwen.config().hiddenSize());
        transformer.requireEqual(
                "text_embed_2_dim", config.textEmbed2Dim(), byT5, byT5.config().dModel());
        qwenTokenizer();
        byT5Tokenizer();
        return List.of(transformer, qwen, byT5, autoencoder(folder()));
    }

    private ComponentFolder qwenTokenizer() {
        return QwenText.tokenizer(folder(), HunyuanVideo15Prompt::requireTemplate);
    }

    private ComponentFolder byT5Tokenizer() {
        return folder().componentFolder("tokenizer_2", "ByT5Tokenizer");
    }

    @Override
    public ForwardCost forwardCost(int tokens) {
        return new HunyuanVideo15Flops(config, tokens);
    }

    @Override
    public long imageTokens(LatentShape shape) {
        return HunyuanVideo15Flops.videoTokens(config, shape);
    }

    @Override
    long decodeBytes(LatentShape s, DType dtype) {
        boolean whole = (long) s.height() * s.width() <= traits().wholeDecodeCells();
        return vae.decodeBytes(dtype, s.frames(), s.height(), s.width(), whole ? 0 : TILE_CELLS);
    }

    @Override
    TextEncoders loadTextEncoders(Execution e, Residency residency, Opened opened) {
        ChatTokenizer qwens = opened.add(
                Tokenizers.read(qwenTokenizer().path(), HunyuanVideo15Prompt::tokenizer), ChatTokenizer::close);
        ByT5Tokenizer byT5s = Tokenizers.read(byT5Tokenizer().path(), ByT5Tokenizer::read);
        Qwen25VlTextModel qwen = own(HunyuanVideo15Model::qwen)
                .load(e.dtype(), e.device(), e.quantization().ofWeights(), residency, opened);
        T5EncoderModel byT5 = own(HunyuanVideo15Model::byT5)
                .load(e.dtype(), e.device(), e.quantization().ofWeights(), residency, opened);
        QwenText text = new QwenText("Qwen2.5-VL", qwens, qwen, false);
        return (prompt, request) -> encode(text, byT5s, byT5, prompt, request);
    }

    /** The states of the tokens there are, which alone the transformer attends to; those of quoted texts stand in the pooled ones' place. */
    private static PromptEmbeds encode(
            QwenText text, ByT5Tokenizer byT5s, T5EncoderModel byT5, String prompt, Request request) {
        PromptEmbeds read = text.encode(prompt.isEmpty() ? " " : prompt, request);
        Optional<TokenizedPrompt> quoted = QuotedTexts.of(prompt).map(texts -> byT5s.encode(texts, GLYPH_TOKENS));
        try (Scope scope = Scope.open()) {
            return quoted.map(texts -> read.withPooled(
                            byT5.forward(texts.ids()).toFloats(), PromptEmbeds.Truncation.of("byT5", texts, 0)))
                    .orElse(read);
        }
    }

    @Override
    Transformer loadTransformer(Execution e, Residency residency, Opened opened) {
        return bindable(
                own(HunyuanVideo15Model::transformer).load(e.dtype(), e.device(), e.quantization(), residency, opened),
                e);
    }

    @Override
    Transformer randomTransformer(Execution e, Opened opened) {
        return bindable(random(w -> new HunyuanVideo15Transformer3DModel(config, w), e, opened), e);
    }

    /** Guidance is no input. */
    private static Transformer bindable(HunyuanVideo15Transformer3DModel model, Execution e) {
        int width = model.config().textEmbed2Dim();
        return (prompt, guidance, sigmas) -> {
            try (Scope scope = Scope.open()) {
                float[] quoted = prompt.pooledValues();
                Tensor glyphs = quoted.length == 0
                        ? Tensor.empty(DType.FLOAT32, Device.CPU, 1, 0, width)
                        : Tensor.of(quoted, 1, quoted.length / width, width);
                return model.velocity(prompt.states(), glyphs, sigmas, e.dtype(), e.device());
            }
        };
    }

    @Override
    Autoencoder loadAutoencoder(Execution e, Residency residency, Opened opened) {
        AutoencoderKlHunyuanVideo15 coder = autoencoder(folder()).load(e.vaeDtype(), e.device(), residency, opened);
        return new Autoencoder() {
            @Override
            public void decode(Latents latents, int tile, FrameSink frames) throws IOException {
                LatentShape s = latents.shape();
                try (Scope scope = Scope.open()) {
                    Tensor z = coder.fromModel(
                            Tensor.of(latents.asReadOnlyBuffer(), 1, s.channels(), s.frames(), s.height(), s.width()));
                    Tensor video = tile == 0 ? coder.decode(z) : coder.decodeTiled(z, tile / pixelsPerCell());
                    Pipeline.handOut(video, frames);
                } catch (UncheckedIOException failed) {
                    throw failed.getCause();
                }
            }

            @Override
            public Latents encode(Picture picture, @Nullable Mask erased, int tile, Latents noise) {
                throw new IllegalStateException("init-image: " + name() + " makes videos, from text alone");
            }
        };
    }
}
