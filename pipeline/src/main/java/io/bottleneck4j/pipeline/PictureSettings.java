package io.bottleneck4j.pipeline;

import io.bottleneck4j.pipeline.plan.Planner;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * What a program sets of all its pictures in the words of another framework; null leaves a value to the model.
 *
 * @param plan by name
 * @param width pixels, with the height or not at all
 * @param height pixels, with the width or not at all
 * @param seed of the first picture; null draws one for each request
 */
@API(status = API.Status.INTERNAL)
public record PictureSettings(
        @Nullable String plan,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Long seed,
        @Nullable Double guidance,
        @Nullable String negativePrompt,
        @Nullable Double trueCfgScale,
        @Nullable Integer maxSequenceLength) {
    /** A plan that does not fit a model is told now, not at the first picture. */
    public void requirePlan(Model model) {
        if (plan != null || width != null) {
            Planner.Size size = width == null || height == null ? Planner.Size.DEFAULT : Planner.Size.of(width, height);
            model.planner().named(plan == null ? Planner.BOTTLENECK : plan, size);
        }
    }

    /** Starts a request with them. */
    public Request.Builder request(Model model, String prompt) {
        Request.Builder builder = model.request(prompt).seed(seed == null ? PictureBytes.randomSeed() : seed);
        if (plan != null) {
            builder.plan(plan);
        }
        if (width != null && height != null) {
            builder.size(width, height);
        }
        if (guidance != null) {
            builder.guidance(guidance);
        }
        if (negativePrompt != null) {
            builder.negativePrompt(negativePrompt);
        }
        if (trueCfgScale != null) {
            builder.trueCfgScale(trueCfgScale);
        }
        if (maxSequenceLength != null) {
            builder.maxSequenceLength(maxSequenceLength);
        }
        return builder;
    }
}
