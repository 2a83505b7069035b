package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.plan.ImagePlan;
import java.util.function.Supplier;

/**
 * Everything that decides a video, apart from the model and where it runs.
 *
 * @param run what a picture's request says too: prompt, guidance, seed, and the plan, which says the frames
 * @param fps frames a second in playback; the frames themselves do not depend on it
 * @param template instructions around the prompt
 */
public record VideoRequest(ImageRequest run, int fps, PromptTemplate template) {
    /** Frames a second where none are given. */
    public static final int DEFAULT_FPS = 24;

    private static final int MAX_FPS = 240;

    public VideoRequest {
        requireFps(fps);
        if (run.plan().frames().isEmpty()) {
            throw new IllegalArgumentException("plan: '" + run.plan().name()
                    + "' makes a picture, not a video; take one from the pipeline's planner");
        }
    }

    static void requireFps(int fps) {
        if (fps < 1 || fps > MAX_FPS) {
            throw new IllegalArgumentException("fps: must be between 1 and " + MAX_FPS + ", not " + fps);
        }
    }

    /** Frames of the video. */
    public int frames() {
        return run.plan().frames().orElseThrow();
    }

    /** The same with another seed. */
    public VideoRequest withSeed(long other) {
        return new VideoRequest(run.withSeed(other), fps, template);
    }

    /** The same under another plan. */
    public VideoRequest withPlan(ImagePlan other) {
        return new VideoRequest(run.withPlan(other), fps, template);
    }

    /** Sets what differs from the model's defaults. */
    public static final class Builder extends RequestBuilder<Builder> {
        private int fps = DEFAULT_FPS;
        private PromptTemplate template = PromptTemplate.HUNYUAN_VIDEO;

        Builder(String prompt, double guidance, int maxSequenceLength, Supplier<ImagePlan> defaultPlan) {
            super(prompt, guidance, maxSequenceLength, defaultPlan);
        }

        @Override
        Builder self() {
            return this;
        }

        public Builder fps(int framesASecond) {
            fps = framesASecond;
            return this;
        }

        public Builder template(PromptTemplate value) {
            template = value;
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException if a value is out of range
         */
        public VideoRequest build() {
            return new VideoRequest(image(), fps, template);
        }
    }
}
