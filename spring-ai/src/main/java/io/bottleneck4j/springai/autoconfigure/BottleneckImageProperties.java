package io.bottleneck4j.springai.autoconfigure;

import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.springai.BottleneckImageOptions;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Quantization;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The model of {@code spring.ai.bottleneck4j.image}, and what its pictures have in common.
 *
 * @param model a diffusers folder of a model that makes pictures, or a single file that holds all of it. Needed unless there is a bean of Model or Pipeline
 * @param lora what is added to the model's weights, in this order
 * @param device cpu or cuda:N. Default: the best there is
 * @param dtype float32, bfloat16 or float16. Default: the fastest sound one; on a CPU beside a GPU float32
 * @param quantization of the transformer's weights, as int8-weights. Default: none, or as they are stored
 * @param residency how long components stay in memory. Default: what fits
 * @param n pictures of one prompt, of seeds upward from the first. Default: 1
 * @param width pixels, with the height. Default: the model's
 * @param height pixels, with the width. Default: the model's
 * @param seed of every call's first picture. Default: each call draws one
 * @param plan a plan by name, as x3. Default: bottleneck
 * @param guidance embedded guidance. Default: the model's advice, else 3.5
 * @param negativePrompt what to steer away from; used where true-cfg-scale is above 1
 * @param trueCfgScale classifier-free guidance with a second forward a step, at least 1. Default: 1, which is off
 * @param maxSequenceLength tokens of T5, 1 to 512. Default: what its tokenizer states
 * @param strength how far a given picture is changed, in (0, 1]. Default: 0.6, of FLUX.1-Fill and -Kontext 1
 * @param mimeType of the files: image/png or image/jpeg. Default: image/png
 */
@ConfigurationProperties(BottleneckImageProperties.PREFIX)
public record BottleneckImageProperties(
        @Nullable String model,
        @DefaultValue List<Lora> lora,
        @Nullable String device,
        @Nullable DType dtype,
        @Nullable Quantization quantization,
        @Nullable Residency residency,
        @Nullable Integer n,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Long seed,
        @Nullable String plan,
        @Nullable Double guidance,
        @Nullable String negativePrompt,
        @Nullable Double trueCfgScale,
        @Nullable Integer maxSequenceLength,
        @Nullable Double strength,
        @Nullable String mimeType) {
    /** Before all their names. */
    public static final String PREFIX = "spring.ai.bottleneck4j.image";

    /**
     * A LoRA.
     *
     * @param file a safetensors file
     * @param scale 1 as it was trained
     */
    public record Lora(String file, @DefaultValue("1") double scale) {}

    /**
     * What the pictures have in common.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public BottleneckImageOptions toOptions() {
        return BottleneckImageOptions.builder()
                .n(n)
                .width(width)
                .height(height)
                .seed(seed)
                .plan(plan)
                .guidance(guidance)
                .negativePrompt(negativePrompt)
                .trueCfgScale(trueCfgScale)
                .maxSequenceLength(maxSequenceLength)
                .strength(strength)
                .mimeType(mimeType)
                .build();
    }
}
