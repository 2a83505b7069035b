package io.bottleneck4j.pipeline;

import io.bottleneck4j.pipeline.plan.ImagePlan;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Named setters that requests for pictures and for videos share; what is not set is the model's default. */
public abstract sealed class RequestBuilder<B extends RequestBuilder<B>>
        permits ImageRequest.Builder, VideoRequest.Builder {
    private final String prompt;
    private final Supplier<ImagePlan> defaultPlan;
    private String negativePrompt = "";
    private double trueCfgScale = 1;
    private double guidance;
    private long seed;
    private @Nullable ImagePlan plan;
    private int maxSequenceLength;

    /**
     * Starts with a model's defaults.
     *
     * @param defaultPlan asked where no plan is set
     */
    RequestBuilder(String prompt, double guidance, int maxSequenceLength, Supplier<ImagePlan> defaultPlan) {
        this.prompt = prompt;
        this.guidance = guidance;
        this.maxSequenceLength = maxSequenceLength;
        this.defaultPlan = defaultPlan;
    }

    /** This builder, as what it is. */
    abstract B self();

    public B negativePrompt(String text) {
        negativePrompt = text;
        return self();
    }

    public B trueCfgScale(double scale) {
        trueCfgScale = scale;
        return self();
    }

    public B guidance(double value) {
        guidance = value;
        return self();
    }

    public B seed(long value) {
        seed = value;
        return self();
    }

    /** A plan from the pipeline's planner; the model's bottleneck plan by default. */
    public B plan(ImagePlan value) {
        plan = value;
        return self();
    }

    public B maxSequenceLength(int tokens) {
        maxSequenceLength = tokens;
        return self();
    }

    /** What was set so far. */
    ImageRequest image() {
        ImagePlan chosen = plan != null ? plan : defaultPlan.get();
        return new ImageRequest(prompt, negativePrompt, trueCfgScale, guidance, seed, chosen, maxSequenceLength);
    }
}
