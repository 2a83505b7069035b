package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.flux2.Flux2Flops;
import io.bottleneck4j.models.flux2.Flux2Transformer2DConfig;
import io.bottleneck4j.models.flux2.Flux2Transformer2DModel;
import io.bottleneck4j.models.flux2.OriginalFlux2;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.ChatTokenizer;
import io.bottleneck4j.models.text.Qwen3Config;
import io.bottleneck4j.models.text.Qwen3Model;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2Config;
import io.bottleneck4j.models.vae.OriginalAutoencoder;
import io.bottleneck4j.models.vae.PictureDecodeMemory;
import io.bottleneck4j.pipeline.plan.PixelGrid;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * FLUX.2-klein: three states of Qwen3 side by side are the prompt's, padding included, and the shift depends on size and steps. Source:
 * diffusers pipeline_flux2_klein.py@0.42.1, without pictures to look at.
 *
 * <p>The distilled models, whose index says {@code is_distilled}, take 4 steps without guidance; the others are guided by two forwards
 * a step, against the empty prompt.
 */
final class Flux2KleinModel extends Model {
    /** Which of Qwen3's {@code hidden_states} are taken. */
    private static final List<Integer> STATES = List.of(9, 18, 27);

    private static final int PATCH = 2;
    private static final int DISTILLED_STEPS = 4;
    private static final double TRUE_CFG_SCALE = 4;

    private final Flux2Transformer2DConfig config;
    private final AutoencoderKlFlux2Config vae;

    Flux2KleinModel(Files files) {
        this(
                withEmpiricalShift(files),
                files.transformer().as(Flux2Transformer2DConfig::from),
                files.vae().as(AutoencoderKlFlux2Config::from));
        if (isDistilled(files)) {
            noteFewSteps(files, "model_index.json: is_distilled is true", DISTILLED_STEPS);
        }
    }

    private Flux2KleinModel(Files files, Flux2Transformer2DConfig config, AutoencoderKlFlux2Config vae) {
        super(
                files,
                traits(files, config, vae),
                isDistilled(files) ? files.own().orSteps(DISTILLED_STEPS) : files.own());
        this.config = config;
        this.vae = vae;
    }

    /** The pipeline tells the scheduler mu itself, whatever points its configuration has; a constant shift stays. */
    private static Files withEmpiricalShift(Files files) {
        return files.shift().unstretched() instanceof Shift.ByTokens line
                ? files.with(new Shift.Empirical(PATCH, line.growth(), DISTILLED_STEPS)
                        .endingAt(files.shift().terminal()))
                : files;
    }

    private static boolean isDistilled(Files files) {
        ModelFolder folder = files.folder();
        return folder != null && folder.says("is_distilled");
    }

    /** All blocks are timed as one kind, since both kinds have the same products. */
    @Override
    Model withBlocks(int layers, int singleLayers) {
        int single = Math.max(1, layers + singleLayers) - 1;
        return new Flux2KleinModel(files(), config.withBlocks(1, single), vae);
    }

    private static Traits traits(Files files, Flux2Transformer2DConfig config, AutoencoderKlFlux2Config vae) {
        requireChannels(files, config.latentChannels(), vae.layers().latentChannels());
        int cell = vae.layers().pixelsPerCell();
        return new Traits(
                "Flux2[config=" + config + "]",
                PixelGrid.ofPictures(cell, PATCH * cell, config.latentChannels()),
                Request.MAX_SEQUENCE_LENGTH,
                config.innerDim(),
                0,
                config.numLayers() + config.numSingleLayers(),
                config.mlpRatio(),
                config.jointAttentionDim(),
                0,
                false,
                0,
                isDistilled(files) ? 1 : TRUE_CFG_SCALE,
                KlCoder.WHOLE_CELLS,
                vae.layers().tileCells() * cell,
                StartPicture.Use.REFUSED);
    }

    static Component<?, ?> part(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder);
            case "text_encoder" -> qwen(folder);
            default -> autoencoder(folder);
        };
    }

    private static Component<Flux2Transformer2DConfig, Flux2Transformer2DModel> transformer(ModelFolder folder) {
        ComponentFiles own = folder.component("transformer", "Flux2Transformer2DModel");
        return Component.read(
                own, Flux2Transformer2DConfig::from, UnaryOperator.identity(), Flux2Transformer2DModel::new);
    }

    private static Component<Qwen3Config, Qwen3Model> qwen(ModelFolder folder) {
        return QwenText.component(folder.component("text_encoder", "Qwen3ForCausalLM", "Qwen3Model"), STATES);
    }

    private static Component<AutoencoderKlFlux2Config, AutoencoderKlFlux2> autoencoder(ModelFolder folder) {
        ComponentFiles own = folder.component("vae", "AutoencoderKLFlux2");
        return Component.read(
                own, AutoencoderKlFlux2Config::from, AutoencoderKlFlux2::checkpoint, AutoencoderKlFlux2::new);
    }

    /** How single files hold it. */
    static List<FileLayout> layouts() {
        return List.of(
                FileLayout.transformer(
                        Family.FLUX2_KLEIN.transformerClass,
                        names -> OriginalFlux2.isIn(names)
                                || (OriginalFlux2.isRenamedIn(names) && names.contains("context_embedder.weight")),
                        FileLayout.where(OriginalFlux2::isIn, OriginalFlux2.LAYERS::renamed),
                        OriginalFlux2::configuration),
                QwenText.layout("Qwen3ForCausalLM"),
                FileLayout.vae(
                        Family.FLUX2_KLEIN.vaeClass,
                        names -> names.contains("bn.running_mean")
                                && (OriginalAutoencoder.isIn(names)
                                        || names.contains("decoder.mid_block.resnets.0.conv1.weight")),
                        FileLayout.where(OriginalAutoencoder::isIn, OriginalAutoencoder::renamed)));
    }

    @Override
    public List<Component<?, ?>> components() {
        Component<Flux2Transformer2DConfig, Flux2Transformer2DModel> transformer = own(Flux2KleinModel::transformer);
        Component<Qwen3Config, Qwen3Model> qwen = own(Flux2KleinModel::qwen);
        int wide = STATES.size() * qwen.config().hiddenSize();
        transformer.requireEqual("joint_attention_dim", config.jointAttentionDim(), qwen, wide);
        QwenText.tokenizer(folder());
        return List.of(transformer, qwen, autoencoder(folder()));
    }

    @Override
    public ForwardCost forwardCost(int tokens) {
        return new Flux2Flops(config, tokens);
    }

    @Override
    public long imageTokens(LatentShape shape) {
        return Flux2Flops.imageTokens(shape);
    }

    @Override
    int noisePatch() {
        return PATCH;
    }

    @Override
    long decodeBytes(LatentShape latents, DType dtype) {
        return PictureDecodeMemory.bytes(vae.layers(), dtype, latents.height(), latents.width());
    }

    /** Padding is read too, and the transformer attends to it. */
    @Override
    TextEncoders loadTextEncoders(Execution e, Residency residency, Opened opened) {
        return QwenText.load(
                own(Flux2KleinModel::qwen),
                QwenText.tokenizer(folder()),
                ChatTokenizer.Thinking.OFF,
                true,
                e,
                residency,
                opened);
    }

    @Override
    Transformer loadTransformer(Execution e, Residency residency, Opened opened) {
        return bindable(
                own(Flux2KleinModel::transformer).load(e.dtype(), e.device(), e.quantization(), residency, opened), e);
    }

    @Override
    Transformer randomTransformer(Execution e, Opened opened) {
        return bindable(random(w -> new Flux2Transformer2DModel(config, w), e, opened), e);
    }

    /** The pipeline gives no guidance to the model itself. */
    private static Transformer bindable(Flux2Transformer2DModel model, Execution e) {
        return (prompt, guidance, sigmas) -> {
            try (Scope scope = Scope.open()) {
                return model.velocity(prompt.states(), OptionalDouble.empty(), sigmas, e.dtype(), e.device());
            }
        };
    }

    @Override
    Autoencoder loadAutoencoder(Execution e, Residency residency, Opened opened) {
        AutoencoderKlFlux2 coder = autoencoder(folder()).load(e.vaeDtype(), e.device(), residency, opened);
        return new KlCoder(coder, vae.layers().pixelsPerCell(), e);
    }
}
