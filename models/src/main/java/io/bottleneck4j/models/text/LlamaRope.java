package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.HashSet;
import java.util.Set;

/**
 * By how much a step in position turns each pair of a head's dimensions, in Llama and Qwen. Source: transformers
 * modeling_rope_utils.py@5.23.0.
 */
public sealed interface LlamaRope {
    double DEFAULT_THETA = 10_000;

    /** What {@link Llama3} is written with. */
    Set<String> LLAMA3 =
            Set.of("type", "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings");

    /** Turns a token, in radians, of pair i of a head of this many dimensions: [headDim / 2]. */
    double[] frequencies(int headDim);

    /** {@code theta^(-2 i / headDim)}. */
    record Plain(double theta) implements LlamaRope {
        public Plain {
            Bounds.positive("rope_theta", theta);
        }

        @Override
        public double[] frequencies(int headDim) {
            double[] frequencies = new double[headDim / 2];
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] = Math.pow(theta, -2.0 * i / headDim);
            }
            return frequencies;
        }
    }

    /**
     * Llama 3.1's stretch to longer texts: slow turns are slowed down further, fast ones stay, those between are mixed.
     *
     * @param factor by which slow turns are slowed
     * @param lowFreqFactor turns within the original length below which all of {@code factor} applies
     * @param highFreqFactor turns within the original length above which nothing changes
     * @param originalMaxPositionEmbeddings the original length in tokens
     */
    record Llama3(
            double theta, double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositionEmbeddings)
            implements LlamaRope {
        public Llama3 {
            Bounds.positive("rope_theta", theta);
            Bounds.positive("factor", factor);
            Bounds.positive("low_freq_factor", lowFreqFactor);
            Bounds.positive("original_max_position_embeddings", originalMaxPositionEmbeddings, Integer.MAX_VALUE);
            if (!(highFreqFactor > lowFreqFactor && highFreqFactor < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("high_freq_factor: must be finite and above low_freq_factor "
                        + lowFreqFactor + ", not " + highFreqFactor);
            }
        }

        @Override
        public double[] frequencies(int headDim) {
            double[] frequencies = new Plain(theta).frequencies(headDim);
            for (int i = 0; i < frequencies.length; i++) {
                double turns = originalMaxPositionEmbeddings * frequencies[i] / (2 * Math.PI);
                double kept = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
                double share = Math.max(0, Math.min(1, kept));
                frequencies[i] *= share + (1 - share) / factor;
            }
            return frequencies;
        }
    }

    /**
     * Reads {@code rope_scaling} or {@code rope_parameters}, where there is one, and {@code rope_theta}, which may stand in it
     * or beside it.
     *
     * @param owner the class it is the configuration of, for notes
     * @throws IllegalArgumentException if the type is another than default or llama3, or a number is out of range
     * @throws FolderException if a value is missing or of another type
     */
    static LlamaRope from(Config config, String owner) {
        return read(config, owner, DEFAULT_THETA, Set.of("default"), LLAMA3);
    }

    /** The same of Qwen2.5-VL, for texts, whose positions of time, height and width are the same. */
    static LlamaRope ofTexts(Config config, String owner) {
        Set<String> known = new HashSet<>(LLAMA3);
        known.add("mrope_section"); // which pairs are turned by which of the three
        return read(config, owner, 1_000_000, Set.of("default", "mrope"), known);
    }

    private static LlamaRope read(
            Config config, String owner, double defaultTheta, Set<String> plain, Set<String> known) {
        Config rope = config.objectOrEmpty(config.has("rope_scaling") ? "rope_scaling" : "rope_parameters");
        double theta = rope.doubleOr("rope_theta", config.doubleOr("rope_theta", defaultTheta));
        String type = rope.stringOr("rope_type", rope.stringOr("type", "default"));
        config.refuseUnless("partial_rotary_factor", Set.of("1", "1.0"));
        rope.refuseUnless("partial_rotary_factor", Set.of("1", "1.0"));
        if (plain.contains(type)) {
            // Python, too, looks at no factor of the default type.
            rope.account(owner + "'s rope", known);
            return new Plain(theta);
        }
        if (!type.equals("llama3")) {
            throw new IllegalArgumentException("rope_type: must be default or llama3, not " + Excerpt.quoted(type));
        }
        Llama3 read = new Llama3(
                theta,
                rope.requireDouble("factor"),
                rope.requireDouble("low_freq_factor"),
                rope.requireDouble("high_freq_factor"),
                config.intOr(
                        "original_max_position_embeddings",
                        rope.intOr("original_max_position_embeddings", config.intOr("max_position_embeddings", 2048))));
        rope.account(owner + "'s rope", known);
        return read;
    }
}
