package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.vae.AutoencoderKl;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import java.util.function.UnaryOperator;

/**
 * A FLUX.1 pipeline's folder, its configuration read and checked, its weights not yet.
 *
 * @param textEncoder CLIP
 * @param textEncoder2 T5
 * @param shift the scheduler's own timestep shift
 */
public record FluxFolder(
        ModelFolder folder,
        ModelDefaults defaults,
        FluxConfig transformerConfig,
        AutoencoderKlConfig vaeConfig,
        Component<FluxTransformer2DModel> transformer,
        Component<ClipTextModel> textEncoder,
        Component<T5EncoderModel> textEncoder2,
        Component<AutoencoderKl> vae,
        ComponentFolder tokenizer,
        ComponentFolder tokenizer2,
        Shift shift)
        implements PipelineFolder {

    /**
     * Reads the configuration of every component.
     *
     * @throws FolderException if the pipeline is of another class, or a component is missing, of another class, or configured as
     *     bottleneck4j does not support
     */
    public static FluxFolder read(ModelFolder folder) {
        requirePipeline(folder);
        Part<FluxConfig, FluxTransformer2DModel> transformer = transformer(folder);
        Part<ClipTextConfig, ClipTextModel> clip = Part.clip(folder, "text_encoder");
        Part<T5Config, T5EncoderModel> t5 = t5(folder);
        Part<AutoencoderKlConfig, AutoencoderKl> vae = vae(folder);
        FluxConfig flux = transformer.config();
        transformer.requireEqual(
                "joint_attention_dim", flux.jointAttentionDim(), t5, t5.config().dModel());
        transformer.requireEqual(
                "pooled_projection_dim",
                flux.pooledProjectionDim(),
                clip,
                clip.config().hiddenSize());
        transformer.requireEqual(
                "in_channels / 4", flux.latentChannels(), vae, vae.config().latentChannels());
        return new FluxFolder(
                folder,
                ModelDefaults.read(folder),
                flux,
                vae.config(),
                transformer.component(),
                clip.component(),
                t5.component(),
                vae.component(),
                folder.component("tokenizer", "CLIPTokenizer", "CLIPTokenizerFast"),
                folder.component("tokenizer_2", "T5Tokenizer", "T5TokenizerFast"),
                SchedulerConfig.shift(folder.component("scheduler", "FlowMatchEulerDiscreteScheduler")
                        .config("scheduler_config.json")));
    }

    /**
     * Does nothing if the folder is a FLUX pipeline's.
     *
     * @throws FolderException naming the class it is of
     */
    public static void requirePipeline(ModelFolder folder) {
        PipelineFolder.require(folder, ModelFamily.FLUX, "FLUX.1-dev, FLUX.1-schnell");
    }

    /**
     * One component with weights, whatever state the others are in: to look at a broken folder.
     *
     * @param name one of {@link PipelineFolder#WEIGHTED}
     * @throws FolderException if it is missing, of another class, or configured as bottleneck4j does not support
     */
    public static Component<?> component(ModelFolder folder, String name) {
        return switch (name) {
            case "transformer" -> transformer(folder).component();
            case "text_encoder" -> Part.clip(folder, "text_encoder").component();
            case "text_encoder_2" -> t5(folder).component();
            case "vae" -> vae(folder).component();
            default -> throw PipelineFolder.unweighted(name);
        };
    }

    private static Part<FluxConfig, FluxTransformer2DModel> transformer(ModelFolder folder) {
        ComponentFolder own = folder.component("transformer", "FluxTransformer2DModel");
        return Part.of(own, FluxConfigs::read, UnaryOperator.identity(), FluxTransformer2DModel::new);
    }

    private static Part<T5Config, T5EncoderModel> t5(ModelFolder folder) {
        ComponentFolder own = folder.component("text_encoder_2", "T5EncoderModel");
        return Part.of(own, T5Config::from, T5EncoderModel::checkpoint, T5EncoderModel::new);
    }

    private static Part<AutoencoderKlConfig, AutoencoderKl> vae(ModelFolder folder) {
        ComponentFolder own = folder.component("vae", "AutoencoderKL");
        return Part.of(own, AutoencoderKlConfigs::read, AutoencoderKl::checkpoint, AutoencoderKl::new);
    }
}
