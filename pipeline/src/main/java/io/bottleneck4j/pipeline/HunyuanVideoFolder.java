package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoTransformer3DModel;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.LlamaConfig;
import io.bottleneck4j.models.text.LlamaModel;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import java.util.function.UnaryOperator;

/**
 * A HunyuanVideo pipeline's folder, its configuration read and checked, its weights not yet.
 *
 * @param textEncoder Llama, without the layers whose states the transformer does not take
 * @param textEncoder2 CLIP
 * @param shift the scheduler's own timestep shift
 */
public record HunyuanVideoFolder(
        ModelFolder folder,
        ModelDefaults defaults,
        HunyuanVideoConfig transformerConfig,
        AutoencoderKlHunyuanVideoConfig vaeConfig,
        Component<HunyuanVideoTransformer3DModel> transformer,
        Component<LlamaModel> textEncoder,
        Component<ClipTextModel> textEncoder2,
        Component<AutoencoderKlHunyuanVideo> vae,
        ComponentFolder tokenizer,
        ComponentFolder tokenizer2,
        Shift shift)
        implements PipelineFolder {

    /** Layers of Llama after the states that the transformer takes. Source: diffusers, {@code num_hidden_layers_to_skip}. */
    private static final int SKIPPED_LAYERS = 2;

    /**
     * Reads the configuration of every component.
     *
     * @throws FolderException if the pipeline is of another class, or a component is missing, of another class, or configured as
     *     bottleneck4j does not support
     */
    public static HunyuanVideoFolder read(ModelFolder folder) {
        requirePipeline(folder);
        Part<HunyuanVideoConfig, HunyuanVideoTransformer3DModel> transformer = transformer(folder);
        Part<LlamaConfig, LlamaModel> llama = llama(folder);
        Part<ClipTextConfig, ClipTextModel> clip = Part.clip(folder, "text_encoder_2");
        Part<AutoencoderKlHunyuanVideoConfig, AutoencoderKlHunyuanVideo> vae = vae(folder);
        HunyuanVideoConfig video = transformer.config();
        transformer.requireEqual(
                "text_embed_dim", video.textEmbedDim(), llama, llama.config().hiddenSize());
        transformer.requireEqual(
                "pooled_projection_dim",
                video.pooledProjectionDim(),
                clip,
                clip.config().hiddenSize());
        transformer.requireEqual(
                "in_channels", video.inChannels(), vae, vae.config().latentChannels());
        return new HunyuanVideoFolder(
                folder,
                ModelDefaults.read(folder),
                video,
                vae.config(),
                transformer.component(),
                llama.component(),
                clip.component(),
                vae.component(),
                folder.component(
                        "tokenizer",
                        "LlamaTokenizerFast",
                        "LlamaTokenizer",
                        "PreTrainedTokenizerFast",
                        "TokenizersBackend"),
                folder.component("tokenizer_2", "CLIPTokenizer", "CLIPTokenizerFast"),
                SchedulerConfig.shift(folder.component("scheduler", "FlowMatchEulerDiscreteScheduler")
                        .config("scheduler_config.json")));
    }

    /**
     * Does nothing if the folder is a HunyuanVideo pipeline's.
     *
     * @throws FolderException naming the class it is of
     */
    public static void requirePipeline(ModelFolder folder) {
        PipelineFolder.require(folder, ModelFamily.HUNYUAN_VIDEO, "HunyuanVideo, text to video");
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
            case "text_encoder" -> llama(folder).component();
            case "text_encoder_2" -> Part.clip(folder, "text_encoder_2").component();
            case "vae" -> vae(folder).component();
            default -> throw PipelineFolder.unweighted(name);
        };
    }

    private static Part<HunyuanVideoConfig, HunyuanVideoTransformer3DModel> transformer(ModelFolder folder) {
        ComponentFolder own = folder.component("transformer", "HunyuanVideoTransformer3DModel");
        return Part.of(own, HunyuanVideoConfigs::read, UnaryOperator.identity(), HunyuanVideoTransformer3DModel::new);
    }

    private static Part<LlamaConfig, LlamaModel> llama(ModelFolder folder) {
        ComponentFolder own = folder.component("text_encoder", "LlamaModel");
        return Part.of(
                own,
                config -> {
                    LlamaConfig llama = LlamaConfig.from(config);
                    if (llama.numHiddenLayers() < SKIPPED_LAYERS) {
                        throw new IllegalArgumentException("num_hidden_layers: must be at least " + SKIPPED_LAYERS
                                + ", as the last are left out, not " + llama.numHiddenLayers());
                    }
                    return llama;
                },
                LlamaModel::checkpoint,
                (llama, w) -> new LlamaModel(llama, SKIPPED_LAYERS, w));
    }

    private static Part<AutoencoderKlHunyuanVideoConfig, AutoencoderKlHunyuanVideo> vae(ModelFolder folder) {
        ComponentFolder own = folder.component("vae", "AutoencoderKLHunyuanVideo");
        return Part.of(
                own,
                AutoencoderKlHunyuanVideoConfigs::read,
                AutoencoderKlHunyuanVideo::checkpoint,
                AutoencoderKlHunyuanVideo::new);
    }
}
