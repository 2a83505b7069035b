package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A nonlinearity a text encoder's config.json can name. Source: transformers activations.py@5.23.0, ACT2FN. */
public enum Activation {
    /** {@code x · sigmoid(1.702 x)}, CLIP's. */
    QUICK_GELU("quick_gelu"),
    /** The exact Gaussian error linear unit. */
    GELU("gelu"),
    /** Its approximation by tanh, T5 1.1's. */
    GELU_NEW("gelu_new"),
    /** The same function as {@link #GELU_NEW} under another name. */
    GELU_PYTORCH_TANH("gelu_pytorch_tanh"),
    RELU("relu"),
    /** {@code x · sigmoid(x)}. */
    SILU("silu");

    private final String configName;

    Activation(String configName) {
        this.configName = configName;
    }

    /** The activation of this name, which stands under a key of config.json; refuses any other, naming both. */
    public static Activation named(String key, String name) {
        for (Activation activation : values()) {
            if (activation.configName.equals(name)) {
                return activation;
            }
        }
        throw new IllegalArgumentException(key + ": must be one of "
                + Arrays.stream(values()).map(Activation::toString).collect(Collectors.joining(", ")) + ", not "
                + Excerpt.quoted(name));
    }

    Tensor apply(Tensor x) {
        return switch (this) {
            case QUICK_GELU -> Ops.quickGelu(x);
            case GELU -> Ops.gelu(x);
            case GELU_NEW, GELU_PYTORCH_TANH -> Ops.geluTanh(x);
            case RELU -> Ops.relu(x);
            case SILU -> Ops.silu(x);
        };
    }

    /** Its name in config.json. */
    @Override
    public String toString() {
        return configName;
    }
}
