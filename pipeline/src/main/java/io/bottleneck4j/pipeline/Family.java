package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.flux.OriginalFlux;
import io.bottleneck4j.models.flux2.OriginalFlux2;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan.OriginalHunyuanVideo;
import io.bottleneck4j.models.hunyuan15.OriginalHunyuanVideo15;
import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.wan.OriginalWan;
import io.bottleneck4j.models.zimage.OriginalZImage;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/** The families of models: what their files are called, and the class that reads them. Nothing else lists them. */
public enum Family {
    /** Pictures: FLUX.1, in all its forms. */
    FLUX(
            "flux",
            "FLUX.1-dev",
            List.of("FluxPipeline", Family.FILL, Family.KONTEXT),
            "FluxTransformer2DModel",
            "AutoencoderKL",
            Map.of("tokenizer", "CLIPTokenizer", "tokenizer_2", "T5TokenizerFast"),
            FluxModel::new,
            FluxModel::part,
            FluxModel::layouts) {
        @Override
        OriginalLayers originalLayers() {
            return OriginalFlux.LAYERS;
        }
    },
    /** Videos: HunyuanVideo, text to video. */
    HUNYUAN_VIDEO(
            "hunyuan-video",
            "HunyuanVideo",
            List.of("HunyuanVideoPipeline"),
            "HunyuanVideoTransformer3DModel",
            "AutoencoderKLHunyuanVideo",
            Map.of("tokenizer", "LlamaTokenizerFast", "tokenizer_2", "CLIPTokenizer"),
            HunyuanVideoModel::new,
            HunyuanVideoModel::part,
            HunyuanVideoModel::layouts) {
        @Override
        OriginalLayers originalLayers() {
            return OriginalHunyuanVideo.LAYERS;
        }

        @Override
        boolean takesTemplate() {
            return true;
        }
    },
    /** Pictures: Z-Image and Z-Image-Turbo. */
    Z_IMAGE(
            "z-image",
            "Z-Image",
            List.of("ZImagePipeline"),
            "ZImageTransformer2DModel",
            "AutoencoderKL",
            Map.of("tokenizer", "Qwen2Tokenizer"),
            ZImageModel::new,
            ZImageModel::part,
            ZImageModel::layouts) {
        @Override
        OriginalLayers originalLayers() {
            return OriginalZImage.LAYERS;
        }

        @Override
        String distilled() {
            return "a Z-Image-Turbo";
        }
    },
    /** Pictures: FLUX.2-klein, distilled and not. */
    FLUX2_KLEIN(
            "flux2-klein",
            "FLUX.2-klein-base-4B",
            List.of("Flux2KleinPipeline"),
            "Flux2Transformer2DModel",
            "AutoencoderKLFlux2",
            Map.of("tokenizer", "Qwen2Tokenizer"),
            Flux2KleinModel::new,
            Flux2KleinModel::part,
            Flux2KleinModel::layouts) {
        @Override
        OriginalLayers originalLayers() {
            return OriginalFlux2.LAYERS;
        }

        @Override
        String distilled() {
            return "distilled";
        }
    },
    /** Pictures: Qwen-Image, from text. */
    QWEN_IMAGE(
            "qwen-image",
            "Qwen-Image",
            List.of("QwenImagePipeline"),
            "QwenImageTransformer2DModel",
            "AutoencoderKLQwenImage",
            Map.of("tokenizer", "Qwen2Tokenizer"),
            QwenImageModel::new,
            QwenImageModel::part,
            QwenImageModel::layouts),
    /** Videos: Wan 2.1 and 2.2, text to video. */
    WAN(
            "wan",
            "Wan2.1-T2V-14B",
            List.of("WanPipeline"),
            "WanTransformer3DModel",
            "AutoencoderKLWan",
            Map.of("tokenizer", "T5TokenizerFast"),
            WanModel::new,
            WanModel::part,
            WanModel::layouts) {
        @Override
        public List<String> weighted(ModelFolder folder) {
            return WanModel.hasTwo(folder) ? WanModel.TWO : weighted();
        }

        @Override
        List<FileLayout> layouts(String component) {
            return component.equals(Model.TRANSFORMER_2)
                    ? List.of(layouts().get(0).as(component))
                    : layouts();
        }

        @Override
        List<String> schedulers() {
            return List.of(SchedulerConfig.UNI_PC, SchedulerConfig.EULER);
        }

        @Override
        OriginalLayers originalLayers() {
            return OriginalWan.LAYERS;
        }
    },
    /** Videos: HunyuanVideo-1.5, text to video. */
    HUNYUAN_VIDEO_15(
            "hunyuan-video-1.5",
            "HunyuanVideo-1.5-720p_t2v",
            List.of("HunyuanVideo15Pipeline"),
            "HunyuanVideo15Transformer3DModel",
            "AutoencoderKLHunyuanVideo15",
            Map.of("tokenizer", "Qwen2Tokenizer", "tokenizer_2", "ByT5Tokenizer"),
            HunyuanVideo15Model::new,
            HunyuanVideo15Model::part,
            HunyuanVideo15Model::layouts) {
        @Override
        OriginalLayers originalLayers() {
            return OriginalHunyuanVideo15.LAYERS;
        }

        @Override
        String distilled() {
            return "of 480p or distilled";
        }
    };

    /** diffusers' pipeline of FLUX.1-Fill. */
    static final String FILL = "FluxFillPipeline";

    /** diffusers' pipeline of FLUX.1-Kontext, whose weights do not tell it from FLUX.1-dev. */
    static final String KONTEXT = "FluxKontextPipeline";

    private final String word;
    private final String published;
    /** diffusers' pipelines of it, that of text alone first. */
    @SuppressWarnings("ImmutableEnumChecker") // a list of List.of
    final List<String> pipelineClasses;

    final String transformerClass;
    final String vaeClass;

    @SuppressWarnings("ImmutableEnumChecker") // a map of Map.of
    private final Map<String, String> tokenizers;

    @SuppressWarnings("ImmutableEnumChecker") // methods, which have no state
    private final Function<Model.Files, Model> reader;

    @SuppressWarnings("ImmutableEnumChecker")
    private final BiFunction<ModelFolder, String, Component<?, ?>> part;

    @SuppressWarnings("ImmutableEnumChecker")
    private final Supplier<List<FileLayout>> inFiles;

    Family(
            String word,
            String published,
            List<String> pipelineClasses,
            String transformerClass,
            String vaeClass,
            Map<String, String> tokenizers,
            Function<Model.Files, Model> reader,
            BiFunction<ModelFolder, String, Component<?, ?>> part,
            Supplier<List<FileLayout>> inFiles) {
        this.word = word;
        this.published = published;
        this.pipelineClasses = pipelineClasses;
        this.transformerClass = transformerClass;
        this.vaeClass = vaeClass;
        this.tokenizers = tokenizers;
        this.reader = reader;
        this.part = part;
        this.inFiles = inFiles;
    }

    /** The names of its components with weights: of {@link Model#WEIGHTED}, in their order; a second text encoder has a tokenizer. */
    @API(status = API.Status.INTERNAL)
    public List<String> weighted() {
        return Model.WEIGHTED.stream()
                .filter(name -> !name.equals("text_encoder_2") || tokenizers.containsKey("tokenizer_2"))
                .toList();
    }

    /** Those of a folder, which may have one more than the family's other models. */
    @API(status = API.Status.INTERNAL)
    public List<String> weighted(ModelFolder folder) {
        return weighted();
    }

    /** Classes of schedulers that are read. */
    List<String> schedulers() {
        return List.of(SchedulerConfig.EULER);
    }

    /** The model that its files describe. */
    Model read(Model.Files files) {
        return reader.apply(files);
    }

    /** One component with weights, by one of the names of {@link Model#WEIGHTED}. */
    Component<?, ?> component(ModelFolder folder, String name) {
        return part.apply(folder, name);
    }

    /** How single files hold its components. */
    List<FileLayout> layouts() {
        return inFiles.get();
    }

    /** The same of a file that is given for a component: which of two transformers it holds, its names do not tell. */
    List<FileLayout> layouts(String component) {
        return layouts();
    }

    /** What its transformer's layers were called at first, as LoRAs have them. */
    OriginalLayers originalLayers() {
        return OriginalLayers.NONE;
    }

    /** Those of its models that take few steps, where their weights do not tell them; empty where there are none. */
    String distilled() {
        return "";
    }

    /** Whether instructions of one's own may stand around a prompt. */
    boolean takesTemplate() {
        return false;
    }

    /** Classes of its tokenizers, by the names that they have in a folder. */
    Map<String, String> tokenizers() {
        return tokenizers;
    }

    /** The words that name the published models, as {@code flux}. */
    public static List<String> words() {
        return Arrays.stream(values()).map(Family::toString).toList();
    }

    /** The family of a word; refuses any other. */
    public static Family parse(String word) {
        for (Family family : values()) {
            if (family.word.equals(word)) {
                return family;
            }
        }
        throw new IllegalArgumentException("family: must be " + String.join(" or ", words()) + ", not '" + word + "'");
    }

    /** The pipelines that are read, for messages. */
    static String pipelines() {
        return Arrays.stream(values())
                .flatMap(family -> family.pipelineClasses.stream())
                .collect(Collectors.joining(", "));
    }

    /** Those whose transformers are read from single files, for messages. */
    static String inFiles() {
        return Arrays.stream(values()).map(Family::published).collect(Collectors.joining(", "));
    }

    /** The published full-size model, as {@code FLUX.1-dev}. */
    public String published() {
        return published;
    }

    /** Size, frames, the pipeline's steps and the presets, which hold where a model's folder says nothing. */
    @API(status = API.Status.INTERNAL)
    public ModelDefaults defaults() {
        String name = "presets/" + word + ".yaml";
        return ModelDefaults.parse(name, resource(name));
    }

    /** A text file that is shipped beside this class. */
    static String resource(String name) {
        try (InputStream in = Family.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the jar; install bottleneck4j again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The word for it on a command line, as {@code flux}. */
    @Override
    public String toString() {
        return word;
    }
}
