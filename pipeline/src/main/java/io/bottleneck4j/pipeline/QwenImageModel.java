package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.qwenimage.QwenImageFlops;
import io.bottleneck4j.models.qwenimage.QwenImageTransformer2DConfig;
import io.bottleneck4j.models.qwenimage.QwenImageTransformer2DModel;
import io.bottleneck4j.models.text.ChatTokenizer;
import io.bottleneck4j.models.text.GgufQwen;
import io.bottleneck4j.models.text.Qwen25VlTextConfig;
import io.bottleneck4j.models.text.Qwen25VlTextModel;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.models.vae.AutoencoderKlWan;
import io.bottleneck4j.models.vae.AutoencoderKlWanConfig;
import io.bottleneck4j.models.vae.WanDecodeMemory;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Qwen-Image: the half of Qwen2.5-VL that reads texts reads the prompt in a template, and Wan's autoencoder of videos decodes a picture
 * as a video of one frame. Source: diffusers pipeline_qwenimage.py@0.42.1, and pipeline_qwenimage_img2img.py@0.42.1 of a picture to
 * change.
 *
 * <p>It is guided by two forwards a step against a prompt of one space, and each token of the guided velocity has the length of the
 * prompt's own.
 */
final class QwenImageModel extends Model {
    /** Which of Qwen2.5-VL's {@code hidden_states} are taken: the last. */
    private static final List<Integer> STATES = List.of(-1);

    /** Cells along the side of a token. */
    private static final int PATCH = 2;

    private static final double TRUE_CFG_SCALE = 4;
    private static final String NEGATIVE_PROMPT = " ";
    private static final String AUTOENCODER = "AutoencoderKLQwenImage";

    private final QwenImageTransformer2DConfig config;
    private final AutoencoderKlWanConfig vae;

    QwenImageModel(Files files) {
        this(
                files,
                files.transformer().as(QwenImageTransformer2DConfig::from),
                files.vae().as(AutoencoderKlWanConfig::from));
    }

    private QwenImageModel(Files files, QwenImageTransformer2DConfig config, AutoencoderKlWanConfig vae) {
        super(files, traits(files, config, vae), files.own());
        this.config = config;
        this.vae = vae;
    }

    /** All blocks are double-stream blocks. */
    @Override
    Model withBlocks(int layers, int singleLayers) {
        return new QwenImageModel(files(), config.withLayers(Math.max(1, layers + singleLayers)), vae);
    }

    private static Traits traits(Files files, QwenImageTransformer2DConfig config, AutoencoderKlWanConfig vae) {
        requireChannels(files, config.latentChannels(), vae.zDim());
        int cell = vae.cell();
        return new Traits(
                "QwenImage[config=" + config + "]",
                PixelGrid.ofPictures(cell, PATCH * cell, config.latentChannels()),
                Request.MAX_SEQUENCE_LENGTH, // the most; it sees as many as there are
                config.innerDim(),
                config.numLayers(),
                0,
                QwenImageTransformer2DConfig.MLP_RATIO,
                config.jointAttentionDim(),
                0,
                false,
                0,
                TRUE_CFG_SCALE,
                KlCoder.WHOLE_CELLS,
                KlWanCoder.TILE,
                StartPicture.Use.CHANGED);
    }

    static Component<?, ?> part(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder);
            case "text_encoder" -> qwen(folder);
            default -> autoencoder(folder);
        };
    }

    private static Component<QwenImageTransformer2DConfig, QwenImageTransformer2DModel> transformer(
            ModelFolder folder) {
        ComponentFiles own = folder.component("transformer", "QwenImageTransformer2DModel");
        return Component.read(
                own, QwenImageTransformer2DConfig::from, UnaryOperator.identity(), QwenImageTransformer2DModel::new);
    }

    private static Component<Qwen25VlTextConfig, Qwen25VlTextModel> qwen(ModelFolder folder) {
        ComponentFiles own = folder.component("text_encoder", "Qwen2_5_VLForConditionalGeneration", "Qwen2_5_VLModel");
        return Component.read(
                own,
                Qwen25VlTextConfig::from,
                Qwen25VlTextModel::checkpoint,
                (text, w) -> new Qwen25VlTextModel(text, STATES, w));
    }

    private static Component<AutoencoderKlWanConfig, AutoencoderKlWan> autoencoder(ModelFolder folder) {
        return KlWanCoder.component(folder, AUTOENCODER);
    }

    /** How single files hold it: the transformer under diffusers' own names, which are the release's. */
    static List<FileLayout> layouts() {
        return List.of(
                FileLayout.transformer(
                        Family.QWEN_IMAGE.transformerClass,
                        names -> names.contains("txt_norm.weight") && names.contains("img_in.weight"),
                        UnaryOperator.identity(),
                        infos -> Map.of("num_layers", OriginalLayers.blocks(infos, "transformer_blocks."))),
                textLayout("Qwen2_5_VLForConditionalGeneration"),
                KlWanCoder.layout(AUTOENCODER));
    }

    /** How single files hold Qwen2.5-VL. */
    static FileLayout textLayout(String className) {
        return FileLayout.text(
                "text_encoder",
                className,
                "qwen25_7b",
                names -> GgufQwen.isQwen25In(names)
                        || names.stream().anyMatch(name -> name.endsWith("layers.0.self_attn.q_proj.bias")),
                FileLayout.where(GgufQwen::isQwen25In, GgufQwen::renamed),
                infos -> Map.of());
    }

    @Override
    String defaultNegativePrompt() {
        return NEGATIVE_PROMPT;
    }

    @Override
    int guidancePatch() {
        return PATCH;
    }

    @Override
    public List<Component<?, ?>> components() {
        Component<QwenImageTransformer2DConfig, QwenImageTransformer2DModel> transformer =
                own(QwenImageModel::transformer);
        Component<Qwen25VlTextConfig, Qwen25VlTextModel> qwen = own(QwenImageModel::qwen);
        transformer.requireEqual(
                "joint_attention_dim",
                config.jointAttentionDim(),
                qwen,
                qwen.config().hiddenSize());
        tokenizer();
        return List.of(transformer, qwen, autoencoder(folder()));
    }

    private ComponentFolder tokenizer() {
        return QwenText.tokenizer(folder(), path -> path); // its template is in no file
    }

    @Override
    public ForwardCost forwardCost(int tokens) {
        return new QwenImageFlops(config, tokens);
    }

    @Override
    public long imageTokens(LatentShape shape) {
        return QwenImageFlops.imageTokens(shape);
    }

    @Override
    long decodeBytes(LatentShape s, DType dtype) {
        boolean whole = (long) s.height() * s.width() <= traits().wholeDecodeCells();
        return WanDecodeMemory.bytes(vae, dtype, whole ? 0 : traits().tile(), s.frames(), s.height(), s.width());
    }

    /** The states of the prompt and of what follows it in its template, without padding. */
    @Override
    TextEncoders loadTextEncoders(Execution e, Residency residency, Opened opened) {
        ChatTokenizer read =
                opened.add(Tokenizers.read(tokenizer().path(), ChatTokenizer::qwenImage), ChatTokenizer::close);
        Qwen25VlTextModel model = own(QwenImageModel::qwen)
                .load(e.dtype(), e.device(), e.quantization().ofWeights(), residency, opened);
        return new QwenText("Qwen2.5-VL", read, model, false);
    }

    @Override
    Transformer loadTransformer(Execution e, Residency residency, Opened opened) {
        return bindable(
                own(QwenImageModel::transformer).load(e.dtype(), e.device(), e.quantization(), residency, opened), e);
    }

    @Override
    Transformer randomTransformer(Execution e, Opened opened) {
        return bindable(random(w -> new QwenImageTransformer2DModel(config, w), e, opened), e);
    }

    /** Guidance is no input. */
    private static Transformer bindable(QwenImageTransformer2DModel model, Execution e) {
        return (prompt, guidance, sigmas) -> {
            try (Scope scope = Scope.open()) {
                return model.velocity(prompt.states(), sigmas, e.dtype(), e.device());
            }
        };
    }

    @Override
    Autoencoder loadAutoencoder(Execution e, Residency residency, Opened opened) {
        return KlWanCoder.load(folder(), AUTOENCODER, e, residency, opened);
    }
}
