package io.bottleneck4j.torch;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/**
 * How the large layers of a model's blocks hold their weights. Embedders, modulations and the last projection stay as they are, and so
 * does the autoencoder.
 */
@API(status = API.Status.STABLE)
public enum Quantization {
    /** In the model's own type. */
    NONE("none"),

    /**
     * Weights of 8 bits with a scale for each output channel, and inputs rounded to 8 bits with a scale for each token: products of whole
     * numbers. Text encoders take {@link #INT8_WEIGHTS}, as single channels of their states are a thousand times the others.
     */
    INT8("int8"),

    /** Weights of 8 bits with a scale for each output channel; computed in the model's type. */
    INT8_WEIGHTS("int8-weights"),

    /** Weights of 4 bits with a scale for each {@value #GROUP} of one output channel; computed in the model's type. */
    INT4_WEIGHTS("int4-weights");

    /** Weights of one output channel that share a scale under {@link #INT4_WEIGHTS}. */
    @API(status = API.Status.INTERNAL)
    public static final int GROUP = 64;

    private final String word;

    Quantization(String word) {
        this.word = word;
    }

    /**
     * The quantization of a word, as {@code int8-weights}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Quantization parse(String word) {
        for (Quantization quantization : values()) {
            if (quantization.word.equals(word)) {
                return quantization;
            }
        }
        throw new IllegalArgumentException("quantize: must be one of "
                + Arrays.stream(values()).map(Quantization::toString).collect(Collectors.joining(", "))
                + ", not '" + word + "'");
    }

    /** Whether weights stored under one serve under the other: both of 8 bits hold the same numbers. */
    @API(status = API.Status.INTERNAL)
    public boolean sharesWeightsWith(Quantization other) {
        return ofWeights() == other.ofWeights();
    }

    /** The same for the weights alone, with inputs as they are. */
    @API(status = API.Status.INTERNAL)
    public Quantization ofWeights() {
        return this == INT8 ? INT8_WEIGHTS : this;
    }

    /** The type the stored weights have; the model's own under {@link #NONE}. */
    @API(status = API.Status.INTERNAL)
    public DType weightType(DType own) {
        return this == NONE ? own : this == INT4_WEIGHTS ? DType.UINT8 : DType.INT8;
    }

    /** The word for it, as {@code int8-weights}. */
    @Override
    public String toString() {
        return word;
    }
}
