package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoFlops;
import io.bottleneck4j.models.hunyuan.HunyuanVideoTransformer3DModel;
import io.bottleneck4j.models.hunyuan.HunyuanVideoVelocity;
import io.bottleneck4j.models.hunyuan.OriginalHunyuanVideo;
import io.bottleneck4j.models.hunyuan15.OriginalHunyuanVideo15;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.LlamaConfig;
import io.bottleneck4j.models.text.LlamaModel;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizer;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import io.bottleneck4j.models.vae.OriginalAutoencoder;
import io.bottleneck4j.models.vae.VideoDecodeMemory;
import io.bottleneck4j.models.vae.VideoTiling;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * HunyuanVideo, text to video: Llama in a template and CLIP read the prompt, a causal autoencoder of videos decodes. Source: diffusers
 * pipeline_hunyuan_video.py@0.42.1.
 */
final class HunyuanVideoModel extends Model {
    /** Llama states the transformer sees where no other number is given. */
    private static final int TEXT_TOKENS = 256;

    /** Layers of Llama after the states that the transformer takes. Source: {@code num_hidden_layers_to_skip}. */
    private static final int SKIPPED_LAYERS = 2;

    private final HunyuanVideoConfig config;
    private final AutoencoderKlHunyuanVideoConfig vae;

    HunyuanVideoModel(Files files) {
        this(
                files,
                files.transformer().as(HunyuanVideoConfig::from),
                files.vae().as(AutoencoderKlHunyuanVideoConfig::from));
    }

    private HunyuanVideoModel(Files files, HunyuanVideoConfig config, AutoencoderKlHunyuanVideoConfig vae) {
        super(files, traits(files, config, vae), files.own());
        this.config = config;
        this.vae = vae;
    }

    @Override
    Model withBlocks(int layers, int singleLayers) {
        return new HunyuanVideoModel(files(), config.withBlocks(layers, singleLayers), vae);
    }

    private static Traits traits(Files files, HunyuanVideoConfig config, AutoencoderKlHunyuanVideoConfig vae) {
        requireChannels(files, config.inChannels(), vae.latentChannels());
        int cell = vae.spatialCompressionRatio();
        return new Traits(
                "HunyuanVideo[config=" + config + "]",
                PixelGrid.ofVideos(
                        cell, cell * config.patchSize(), config.inChannels(), vae.temporalCompressionRatio()),
                TEXT_TOKENS,
                config.innerDim(),
                config.numLayers(),
                config.numSingleLayers(),
                config.mlpRatio(),
                config.textEmbedDim(),
                config.pooledProjectionDim(),
                config.guidanceEmbeds(),
                6,
                1,
                48L * 48, // 384 × 384 pixels with cells of 8
                VideoTiling.STANDARD.height().tile(),
                StartPicture.Use.REFUSED);
    }

    static Component<?, ?> part(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder);
            case "text_encoder" -> llama(folder);
            case "text_encoder_2" -> Component.clip(folder, "text_encoder_2");
            default -> vae(folder);
        };
    }

    private static Component<HunyuanVideoConfig, HunyuanVideoTransformer3DModel> transformer(ModelFolder folder) {
        ComponentFiles own = folder.component("transformer", "HunyuanVideoTransformer3DModel");
        return Component.read(
                own, HunyuanVideoConfig::from, UnaryOperator.identity(), HunyuanVideoTransformer3DModel::new);
    }

    /** Llama, without the layers whose states the transformer does not take. */
    private static Component<LlamaConfig, LlamaModel> llama(ModelFolder folder) {
        return Component.read(
                folder.component("text_encoder", "LlamaModel"),
                HunyuanVideoModel::llamaConfig,
                LlamaModel::checkpoint,
                (llama, w) -> new LlamaModel(llama, SKIPPED_LAYERS, w));
    }

    private static LlamaConfig llamaConfig(Config config) {
        LlamaConfig llama = LlamaConfig.from(config);
        if (llama.numHiddenLayers() < SKIPPED_LAYERS) {
            throw new IllegalArgumentException("num_hidden_layers: must be at least " + SKIPPED_LAYERS
                    + ", as the last are left out, not " + llama.numHiddenLayers());
        }
        return llama;
    }

    private static Component<AutoencoderKlHunyuanVideoConfig, AutoencoderKlHunyuanVideo> vae(ModelFolder folder) {
        return Component.read(
                folder.component("vae", "AutoencoderKLHunyuanVideo"),
                AutoencoderKlHunyuanVideoConfig::from,
                AutoencoderKlHunyuanVideo::checkpoint,
                AutoencoderKlHunyuanVideo::new);
    }

    /** How single files hold it. */
    static List<FileLayout> layouts() {
        return List.of(
                FileLayout.transformer(
                        Family.HUNYUAN_VIDEO.transformerClass,
                        names -> OriginalHunyuanVideo.isIn(names)
                                || (names.contains("x_embedder.proj.weight")
                                        && names.contains("context_embedder.proj_in.weight")
                                        && !OriginalHunyuanVideo15.isRenamedIn(names)),
                        FileLayout.where(OriginalHunyuanVideo::isIn, OriginalHunyuanVideo.LAYERS::renamed),
                        OriginalHunyuanVideo::configuration),
                FileLayout.text(
                        "text_encoder",
                        "LlamaModel",
                        "llama",
                        LlamaModel::isIn,
                        UnaryOperator.identity(),
                        infos -> Map.of()),
                FluxModel.clipLayout("text_encoder_2"),
                FileLayout.vae(
                        Family.HUNYUAN_VIDEO.vaeClass,
                        names -> OriginalAutoencoder.isOfVideosIn(names)
                                || (names.contains("decoder.mid_block.resnets.0.conv1.conv.weight")
                                        && !names.contains("decoder.mid_block.resnets.0.norm1.gamma")),
                        FileLayout.where(OriginalAutoencoder::isOfVideosIn, OriginalAutoencoder::renamed)));
    }

    @Override
    public List<Component<?, ?>> components() {
        Component<HunyuanVideoConfig, HunyuanVideoTransformer3DModel> transformer = own(HunyuanVideoModel::transformer);
        Component<LlamaConfig, LlamaModel> llama = own(HunyuanVideoModel::llama);
        Component<ClipTextConfig, ClipTextModel> clip = Component.clip(folder(), "text_encoder_2");
        transformer.requireEqual(
                "text_embed_dim", config.textEmbedDim(), llama, llama.config().hiddenSize());
        transformer.requireEqual(
                "pooled_projection_dim",
                config.pooledProjectionDim(),
                clip,
                clip.config().hiddenSize());
        llamaTokenizer();
        clipTokenizer();
        return List.of(transformer, llama, clip, vae(folder()));
    }

    private ComponentFolder llamaTokenizer() {
        return folder().componentFolder(
                        "tokenizer",
                        "LlamaTokenizerFast",
                        "LlamaTokenizer",
                        "PreTrainedTokenizerFast",
                        "TokenizersBackend");
    }

    private ComponentFolder clipTokenizer() {
        return folder().componentFolder("tokenizer_2", "CLIPTokenizer", "CLIPTokenizerFast");
    }

    @Override
    public ForwardCost forwardCost(int tokens) {
        return new HunyuanVideoFlops(config, tokens);
    }

    @Override
    public long imageTokens(LatentShape shape) {
        return HunyuanVideoFlops.videoTokens(config, shape);
    }

    @Override
    long decodeBytes(LatentShape s, DType dtype) {
        boolean whole = (long) s.height() * s.width() <= traits().wholeDecodeCells();
        return VideoDecodeMemory.bytes(
                vae, dtype, tiling(s, whole ? 0 : traits().tile()), s.frames(), s.height(), s.width());
    }

    /** Time is always cut into tiles, as diffusers does; frames into square ones which overlap by a quarter, or not at 0. */
    private VideoTiling tiling(LatentShape s, int tile) {
        if (tile == 0) {
            return VideoTiling.STANDARD.withWholeFrames(s.height() * pixelsPerCell(), s.width() * pixelsPerCell());
        }
        VideoTiling.Side side = new VideoTiling.Side(tile, tile / 4 * 3);
        return new VideoTiling(side, side, VideoTiling.STANDARD.frames());
    }

    @Override
    TextEncoders loadTextEncoders(Execution e, Residency residency, Opened opened) {
        ClipPooled clip =
                ClipPooled.load(opened, clipTokenizer(), Component.clip(folder(), "text_encoder_2"), e, residency);
        Tokenizer tokenizer = opened.add(Tokenizers.read(llamaTokenizer().path(), Tokenizers::llama), Tokenizer::close);
        LlamaModel llama = own(HunyuanVideoModel::llama)
                .load(e.dtype(), e.device(), e.quantization().ofWeights(), residency, opened);
        return (prompt, request) -> encode(clip, tokenizer, llama, prompt, request);
    }

    /** Llama reads the prompt in its template, whose states are cut off again; CLIP reads the prompt alone. */
    private static PromptEmbeds encode(
            ClipPooled clip, Tokenizer tokenizer, LlamaModel llama, String prompt, Request request) {
        PromptTemplate template = request.video().template();
        int length = request.maxSequenceLength();
        int crop = template.cropStart(tokenizer);
        TokenizedPrompt forClip = clip.tokenize(prompt);
        TokenizedPrompt forLlama = tokenizer.encode(template.around(prompt), crop + length);
        if (forLlama.tokens() <= crop) {
            throw new IllegalArgumentException("prompt-template: crop start " + crop + " cuts off all "
                    + forLlama.tokens() + " tokens; say fewer");
        }
        try (Scope scope = Scope.open()) {
            return new PromptEmbeds(
                    llama.forward(forLlama.ids(), forLlama.tokens())
                            .from(1, crop)
                            .toFloats(),
                    length,
                    forLlama.tokens() - crop,
                    clip.encode(forClip),
                    PromptEmbeds.Truncation.of("Llama", forLlama, crop, forClip));
        }
    }

    @Override
    Transformer loadTransformer(Execution e, Residency residency, Opened opened) {
        return bindable(
                own(HunyuanVideoModel::transformer).load(e.dtype(), e.device(), e.quantization(), residency, opened),
                e);
    }

    @Override
    Transformer randomTransformer(Execution e, Opened opened) {
        return bindable(random(w -> new HunyuanVideoTransformer3DModel(config, w), e, opened), e);
    }

    private static Transformer bindable(HunyuanVideoTransformer3DModel model, Execution e) {
        return (prompt, guidance, sigmas) -> {
            try (Scope scope = Scope.open()) {
                return new HunyuanVideoVelocity(
                        model,
                        prompt.states(),
                        prompt.mask(),
                        prompt.pooled(),
                        guidance,
                        sigmas,
                        e.dtype(),
                        e.device());
            }
        };
    }

    /** Never more of the video is in memory than a tile of time. */
    @Override
    Autoencoder loadAutoencoder(Execution e, Residency residency, Opened opened) {
        AutoencoderKlHunyuanVideo coder = vae(folder()).load(e.vaeDtype(), e.device(), residency, opened);
        return new Autoencoder() {
            @Override
            public void decode(Latents latents, int tile, FrameSink frames) throws IOException {
                LatentShape s = latents.shape();
                try (Scope scope = Scope.open()) {
                    Tensor z = coder.fromModel(
                            Tensor.of(latents.asReadOnlyBuffer(), 1, s.channels(), s.frames(), s.height(), s.width()));
                    coder.decode(z, tiling(s, tile), chunk -> Pipeline.handOut(chunk, frames));
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
