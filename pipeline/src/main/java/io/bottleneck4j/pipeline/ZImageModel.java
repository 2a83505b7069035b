package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.ChatTokenizer;
import io.bottleneck4j.models.text.Qwen3Config;
import io.bottleneck4j.models.text.Qwen3Model;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.models.vae.PictureDecodeMemory;
import io.bottleneck4j.models.zimage.OriginalZImage;
import io.bottleneck4j.models.zimage.ZImageFlops;
import io.bottleneck4j.models.zimage.ZImageTransformer2DConfig;
import io.bottleneck4j.models.zimage.ZImageTransformer2DModel;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Z-Image: Qwen3 reads the prompt as the message of a user, and FLUX.1's autoencoder decodes. Source: diffusers
 * pipeline_z_image.py@0.42.1.
 *
 * <p>That pipeline guides by {@code positive + guidance_scale · (positive − negative)}, which is {@link TrueGuidance} of 1 more than its
 * scale. It neither renormalises nor truncates guidance unless it is asked to, and this library does not.
 *
 * <p>Z-Image-Turbo is the same network, distilled to 8 steps without guidance. Its files tell it by the shift of its scheduler alone: 3,
 * where Z-Image has 6.
 */
final class ZImageModel extends Model {
    /** Which of Qwen3's {@code hidden_states} are taken: those before its last layer. */
    private static final List<Integer> STATES = List.of(-2);

    private static final Shift TURBO = new Shift.Constant(3);
    private static final int TURBO_STEPS = 8;

    /** The pipeline's guidance_scale of 5. */
    private static final double TRUE_CFG_SCALE = 6;

    private final ZImageTransformer2DConfig config;
    private final AutoencoderKlConfig vae;

    ZImageModel(Files files) {
        this(
                files,
                files.transformer().as(ZImageTransformer2DConfig::from),
                files.vae().as(AutoencoderKlConfig::from));
        if (isTurbo(files)) {
            noteFewSteps(files, "scheduler: shift 3 is Z-Image-Turbo's", TURBO_STEPS);
        }
    }

    private ZImageModel(Files files, ZImageTransformer2DConfig config, AutoencoderKlConfig vae) {
        super(files, traits(files, config, vae), advice(files));
        this.config = config;
        this.vae = vae;
    }

    private static boolean isTurbo(Files files) {
        return files.folder() != null && files.shift().equals(TURBO);
    }

    private static ModelDefaults advice(Files files) {
        return isTurbo(files) ? files.own().orSteps(TURBO_STEPS) : files.own();
    }

    /** All blocks are timed as one kind. */
    @Override
    Model withBlocks(int layers, int singleLayers) {
        return new ZImageModel(files(), config.withLayers(Math.max(1, layers + singleLayers)), vae);
    }

    private static Traits traits(Files files, ZImageTransformer2DConfig config, AutoencoderKlConfig vae) {
        requireChannels(files, config.inChannels(), vae.latentChannels());
        int cell = vae.pixelsPerCell();
        return new Traits(
                "ZImage[config=" + config + "]",
                PixelGrid.ofPictures(cell, 2 * cell, config.inChannels()),
                config.textTokens(Request.MAX_SEQUENCE_LENGTH), // the most; it sees as many as there are
                config.dim(),
                0,
                config.nLayers(),
                config.mlpRatio(),
                config.capFeatDim(),
                0,
                false,
                0,
                isTurbo(files) ? 1 : TRUE_CFG_SCALE,
                KlCoder.WHOLE_CELLS,
                vae.tileCells() * cell,
                StartPicture.Use.CHANGED);
    }

    static Component<?, ?> part(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder);
            case "text_encoder" -> qwen(folder);
            default -> KlCoder.component(folder);
        };
    }

    private static Component<ZImageTransformer2DConfig, ZImageTransformer2DModel> transformer(ModelFolder folder) {
        ComponentFiles own = folder.component("transformer", "ZImageTransformer2DModel");
        return Component.read(
                own, ZImageTransformer2DConfig::from, UnaryOperator.identity(), ZImageTransformer2DModel::new);
    }

    private static Component<Qwen3Config, Qwen3Model> qwen(ModelFolder folder) {
        return QwenText.component(folder.component("text_encoder", "Qwen3Model", "Qwen3ForCausalLM"), STATES);
    }

    /** How single files hold it. */
    static List<FileLayout> layouts() {
        return List.of(
                FileLayout.transformer(
                        Family.Z_IMAGE.transformerClass,
                        names -> OriginalZImage.isIn(names) || OriginalZImage.isRenamedIn(names),
                        FileLayout.where(OriginalZImage::isIn, OriginalZImage.LAYERS::renamed),
                        OriginalZImage::configuration),
                QwenText.layout("Qwen3Model"),
                KlCoder.layout());
    }

    @Override
    public List<Component<?, ?>> components() {
        Component<ZImageTransformer2DConfig, ZImageTransformer2DModel> transformer = own(ZImageModel::transformer);
        Component<Qwen3Config, Qwen3Model> qwen = own(ZImageModel::qwen);
        transformer.requireEqual(
                "cap_feat_dim", config.capFeatDim(), qwen, qwen.config().hiddenSize());
        QwenText.tokenizer(folder());
        return List.of(transformer, qwen, KlCoder.component(folder()));
    }

    @Override
    public ForwardCost forwardCost(int tokens) {
        return new ZImageFlops(config, tokens);
    }

    @Override
    public long imageTokens(LatentShape shape) {
        return ZImageFlops.imageTokens(shape);
    }

    @Override
    long decodeBytes(LatentShape latents, DType dtype) {
        return PictureDecodeMemory.bytes(vae, dtype, latents.height(), latents.width());
    }

    /** The states of what the prompt is in its template, without padding. */
    @Override
    TextEncoders loadTextEncoders(Execution e, Residency residency, Opened opened) {
        return QwenText.load(
                own(ZImageModel::qwen),
                QwenText.tokenizer(folder()),
                ChatTokenizer.Thinking.ON,
                false,
                e,
                residency,
                opened);
    }

    @Override
    Transformer loadTransformer(Execution e, Residency residency, Opened opened) {
        return bindable(
                own(ZImageModel::transformer).load(e.dtype(), e.device(), e.quantization(), residency, opened), e);
    }

    @Override
    Transformer randomTransformer(Execution e, Opened opened) {
        return bindable(random(w -> new ZImageTransformer2DModel(config, w), e, opened), e);
    }

    /** Guidance is no input. */
    private static Transformer bindable(ZImageTransformer2DModel model, Execution e) {
        return (prompt, guidance, sigmas) -> {
            try (Scope scope = Scope.open()) {
                return model.velocity(prompt.states(), sigmas, e.dtype(), e.device());
            }
        };
    }

    @Override
    Autoencoder loadAutoencoder(Execution e, Residency residency, Opened opened) {
        return KlCoder.load(folder(), e, residency, opened);
    }
}
