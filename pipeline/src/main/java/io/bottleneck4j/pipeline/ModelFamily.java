package io.bottleneck4j.pipeline;

import io.bottleneck4j.pipeline.plan.ModelDefaults;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The kinds of model that plans are made for. */
public enum ModelFamily {
    /** Pictures: FLUX.1. */
    FLUX("flux", "FLUX.1-dev", "FluxPipeline", "FluxTransformer2DModel"),
    /** Videos: HunyuanVideo, text to video. */
    HUNYUAN_VIDEO("hunyuan-video", "HunyuanVideo", "HunyuanVideoPipeline", "HunyuanVideoTransformer3DModel");

    private final String word;
    private final String published;
    private final String pipelineClass;
    private final String transformerClass;

    ModelFamily(String word, String published, String pipelineClass, String transformerClass) {
        this.word = word;
        this.published = published;
        this.pipelineClass = pipelineClass;
        this.transformerClass = transformerClass;
    }

    /** The words that name the published models, as {@code flux}. */
    public static List<String> words() {
        return Arrays.stream(values()).map(ModelFamily::toString).toList();
    }

    /**
     * The family of a word.
     *
     * @throws IllegalArgumentException if there is none of that word
     */
    public static ModelFamily parse(String word) {
        for (ModelFamily family : values()) {
            if (family.word.equals(word)) {
                return family;
            }
        }
        throw new IllegalArgumentException("family: must be " + String.join(" or ", words()) + ", not '" + word + "'");
    }

    /** The classes of transformers that plans can be made for, for messages. */
    static String transformerClasses() {
        return Arrays.stream(values()).map(family -> family.transformerClass).collect(Collectors.joining(" or "));
    }

    /** The classes of pipelines that plans can be made for, for messages. */
    static String pipelineClasses() {
        return Arrays.stream(values()).map(family -> family.pipelineClass).collect(Collectors.joining(" or "));
    }

    /** The published full-size model, as {@code FLUX.1-dev}. */
    public String published() {
        return published;
    }

    /** The class a folder's index names, as {@code FluxPipeline}. */
    public String pipelineClass() {
        return pipelineClass;
    }

    /** The class of its transformer, as {@code FluxTransformer2DModel}. */
    public String transformerClass() {
        return transformerClass;
    }

    /** Size, frames, the pipeline's steps and the presets, which hold where a model's folder says nothing. */
    public ModelDefaults defaults() {
        return ModelDefaults.parse("presets/" + word + ".yaml", Resources.text("presets/" + word + ".yaml"));
    }

    /** The word for it on a command line, as {@code flux}. */
    @Override
    public String toString() {
        return word;
    }
}
