package io.bottleneck4j.springai;

import io.bottleneck4j.pipeline.PictureBytes;
import io.bottleneck4j.pipeline.PictureSettings;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.ImageOptions;

/**
 * What pictures have in common, or one prompt asks for; null is left to the model. Immutable.
 *
 * <p>LoRAs are not among them: they belong to the model's weights, and another set of them is another model.
 */
public final class BottleneckImageOptions implements ImageOptions {
    /** The one response format: the file's bytes in base64. */
    public static final String B64_JSON = "b64_json";

    private final @Nullable Integer n;
    private final @Nullable String model;
    private final @Nullable Integer width;
    private final @Nullable Integer height;
    private final @Nullable String responseFormat;
    private final @Nullable String style;
    private final @Nullable Long seed;
    private final @Nullable String plan;
    private final @Nullable Double guidance;
    private final @Nullable String negativePrompt;
    private final @Nullable Double trueCfgScale;
    private final @Nullable Integer maxSequenceLength;
    private final @Nullable Double strength;
    private final @Nullable String mimeType;

    private BottleneckImageOptions(Builder builder) {
        n = builder.n;
        model = builder.model;
        width = builder.width;
        height = builder.height;
        responseFormat = builder.responseFormat;
        style = builder.style;
        seed = builder.seed;
        plan = builder.plan;
        guidance = builder.guidance;
        negativePrompt = builder.negativePrompt;
        trueCfgScale = builder.trueCfgScale;
        maxSequenceLength = builder.maxSequenceLength;
        strength = builder.strength;
        mimeType = builder.mimeType;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds these options. */
    public Builder mutate() {
        return new Builder().merge(this);
    }

    /** Pictures of one prompt, of seeds upward from the first; at least 1. Default: 1. */
    @Override
    public @Nullable Integer getN() {
        return n;
    }

    /** The name of the model that runs, for observations. A prompt cannot choose another. */
    @Override
    public @Nullable String getModel() {
        return model;
    }

    /** Pixels; with the height, or not at all. Default: the model's; of a changed picture its own. */
    @Override
    public @Nullable Integer getWidth() {
        return width;
    }

    /** Pixels; with the width, or not at all. */
    @Override
    public @Nullable Integer getHeight() {
        return height;
    }

    /** {@value #B64_JSON}, or null for the same. */
    @Override
    public @Nullable String getResponseFormat() {
        return responseFormat;
    }

    /** None is known: a prompt that asks for one is refused. */
    @Override
    public @Nullable String getStyle() {
        return style;
    }

    /** The seed of the first picture. Default: each call draws one. */
    public @Nullable Long getSeed() {
        return seed;
    }

    /** A plan by name, as {@code x3}. Default: {@code bottleneck}. */
    public @Nullable String getPlan() {
        return plan;
    }

    /** Embedded guidance. Default: the model's advice, else 3.5. */
    public @Nullable Double getGuidance() {
        return guidance;
    }

    /** What to steer away from; used where {@link #getTrueCfgScale} is above 1. */
    public @Nullable String getNegativePrompt() {
        return negativePrompt;
    }

    /** Classifier-free guidance with a second forward a step, at least 1. Default: 1, which is off. */
    public @Nullable Double getTrueCfgScale() {
        return trueCfgScale;
    }

    /** Tokens of T5, 1 to 512. Default: what its tokenizer states. */
    public @Nullable Integer getMaxSequenceLength() {
        return maxSequenceLength;
    }

    /** How far a given picture is changed, in (0, 1]. Default: 0.6, of FLUX.1-Fill and -Kontext 1. Without a picture it does nothing. */
    public @Nullable Double getStrength() {
        return strength;
    }

    /** The kind of file: {@code image/png} or {@code image/jpeg}. Default: PNG. */
    public @Nullable String getMimeType() {
        return mimeType;
    }

    /** What of them every request takes over. */
    @API(status = API.Status.INTERNAL)
    public PictureSettings settings() {
        return new PictureSettings(
                plan, width, height, seed, guidance, negativePrompt, trueCfgScale, maxSequenceLength);
    }

    /** Sets options; null leaves one to the model. */
    public static final class Builder {
        private @Nullable Integer n;
        private @Nullable String model;
        private @Nullable Integer width;
        private @Nullable Integer height;
        private @Nullable String responseFormat;
        private @Nullable String style;
        private @Nullable Long seed;
        private @Nullable String plan;
        private @Nullable Double guidance;
        private @Nullable String negativePrompt;
        private @Nullable Double trueCfgScale;
        private @Nullable Integer maxSequenceLength;
        private @Nullable Double strength;
        private @Nullable String mimeType;

        private Builder() {}

        /** Takes over what other options say; what they leave open stays. */
        public Builder merge(@Nullable ImageOptions other) {
            if (other == null) {
                return this;
            }
            n = either(other.getN(), n);
            model = either(other.getModel(), model);
            width = either(other.getWidth(), width);
            height = either(other.getHeight(), height);
            responseFormat = either(other.getResponseFormat(), responseFormat);
            style = either(other.getStyle(), style);
            if (other instanceof BottleneckImageOptions own) {
                seed = either(own.seed, seed);
                plan = either(own.plan, plan);
                guidance = either(own.guidance, guidance);
                negativePrompt = either(own.negativePrompt, negativePrompt);
                trueCfgScale = either(own.trueCfgScale, trueCfgScale);
                maxSequenceLength = either(own.maxSequenceLength, maxSequenceLength);
                strength = either(own.strength, strength);
                mimeType = either(own.mimeType, mimeType);
            }
            return this;
        }

        private static <T> @Nullable T either(@Nullable T first, @Nullable T second) {
            return first != null ? first : second;
        }

        public Builder n(@Nullable Integer value) {
            n = value;
            return this;
        }

        public Builder model(@Nullable String name) {
            model = name;
            return this;
        }

        public Builder width(@Nullable Integer pixels) {
            width = pixels;
            return this;
        }

        public Builder height(@Nullable Integer pixels) {
            height = pixels;
            return this;
        }

        public Builder responseFormat(@Nullable String value) {
            responseFormat = value;
            return this;
        }

        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        public Builder plan(@Nullable String name) {
            plan = name;
            return this;
        }

        public Builder guidance(@Nullable Double value) {
            guidance = value;
            return this;
        }

        public Builder negativePrompt(@Nullable String text) {
            negativePrompt = text;
            return this;
        }

        public Builder trueCfgScale(@Nullable Double scale) {
            trueCfgScale = scale;
            return this;
        }

        public Builder maxSequenceLength(@Nullable Integer tokens) {
            maxSequenceLength = tokens;
            return this;
        }

        public Builder strength(@Nullable Double part) {
            strength = part;
            return this;
        }

        public Builder mimeType(@Nullable String type) {
            mimeType = type;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if one is out of range whatever the model, or only one of width and height is given
         */
        public BottleneckImageOptions build() {
            if (n != null) {
                PictureBytes.requireCount(n);
            }
            if (mimeType != null) {
                PictureBytes.requireMimeType(mimeType);
            }
            if ((width == null) != (height == null)) {
                throw new IllegalArgumentException((width == null ? "width" : "height") + ": must be given with the "
                        + (width == null ? "height" : "width") + ", and is not; give both or neither");
            }
            if (responseFormat != null && !responseFormat.equals(B64_JSON)) {
                throw new IllegalArgumentException("response-format: must be " + B64_JSON + ", not '" + responseFormat
                        + "': pictures are made in this process and have no URL; use " + B64_JSON);
            }
            if (style != null) {
                throw new IllegalArgumentException(
                        "style: is known to no FLUX.1 model, and is '" + style + "'; say it in the prompt");
            }
            return new BottleneckImageOptions(this);
        }
    }
}
