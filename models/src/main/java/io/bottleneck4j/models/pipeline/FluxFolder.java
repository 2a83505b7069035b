package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelDefaults;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.vae.AutoencoderKl;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import java.util.List;
import java.util.function.Supplier;

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
        Shift shift) {

    private static final String PIPELINE = "FluxPipeline";

    /**
     * Reads the configuration of every component.
     *
     * @throws FolderException if the pipeline is of another class, or a component is missing, of another class, or configured as
     *     bottleneck4j does not support
     */
    public static FluxFolder read(ModelFolder folder) {
        if (!folder.pipelineClass().equals(PIPELINE)) {
            throw new FolderException(folder.path().resolve("model_index.json") + ": _class_name is "
                    + folder.pipelineClass() + "; bottleneck4j reads " + PIPELINE + " (FLUX.1-dev, FLUX.1-schnell)");
        }
        ComponentFolder transformer = folder.component("transformer", "FluxTransformer2DModel");
        ComponentFolder vae = folder.component("vae", "AutoencoderKL");
        ComponentFolder clip = folder.component("text_encoder", "CLIPTextModel");
        ComponentFolder t5 = folder.component("text_encoder_2", "T5EncoderModel");
        FluxConfig fluxConfig = configured(transformer, () -> FluxConfigs.read(transformer.config()));
        AutoencoderKlConfig vaeConfig = configured(vae, () -> AutoencoderKlConfigs.read(vae.config()));
        ClipTextConfig clipConfig = configured(clip, () -> ClipTextConfig.from(clip.config()));
        T5Config t5Config = configured(t5, () -> T5Config.from(t5.config()));
        requireEqual(transformer, "joint_attention_dim", fluxConfig.jointAttentionDim(), t5, t5Config.dModel());
        requireEqual(
                transformer, "pooled_projection_dim", fluxConfig.pooledProjectionDim(), clip, clipConfig.hiddenSize());
        requireEqual(transformer, "in_channels / 4", fluxConfig.latentChannels(), vae, vaeConfig.latentChannels());
        return new FluxFolder(
                folder,
                ModelDefaults.read(folder),
                fluxConfig,
                vaeConfig,
                new Component<>(transformer, s -> s, w -> new FluxTransformer2DModel(fluxConfig, w)),
                new Component<>(clip, ClipTextModel::checkpoint, w -> new ClipTextModel(clipConfig, w)),
                new Component<>(t5, T5EncoderModel::checkpoint, w -> new T5EncoderModel(t5Config, w)),
                new Component<>(vae, AutoencoderKl::checkpoint, w -> new AutoencoderKl(vaeConfig, w)),
                folder.component("tokenizer", "CLIPTokenizer", "CLIPTokenizerFast"),
                folder.component("tokenizer_2", "T5Tokenizer", "T5TokenizerFast"),
                SchedulerConfig.shift(folder.component("scheduler", "FlowMatchEulerDiscreteScheduler")
                        .config("scheduler_config.json")));
    }

    /** The components with weights. */
    public List<Component<?>> components() {
        return List.of(transformer, textEncoder, textEncoder2, vae);
    }

    /**
     * Holds every component's files against its configuration, before anything is computed.
     *
     * @throws io.bottleneck4j.torch.io.WeightsException if a file is damaged, or tensors are missing, unexpected or misshapen
     */
    public void requireComplete() {
        components().forEach(component -> component.report().requireComplete());
    }

    /** Complaints of configuration records gain the file they are about. */
    private static <T> T configured(ComponentFolder folder, Supplier<T> config) {
        try {
            return config.get();
        } catch (IllegalArgumentException e) {
            throw new FolderException(folder.path().resolve("config.json") + ": " + e.getMessage(), e);
        }
    }

    private static void requireEqual(ComponentFolder a, String key, int asked, ComponentFolder b, int found) {
        if (asked != found) {
            throw new FolderException(a.path().resolve("config.json") + ": " + key + " is " + asked + ", but "
                    + b.name() + " gives " + found + "; check that both come from the same model");
        }
    }
}
