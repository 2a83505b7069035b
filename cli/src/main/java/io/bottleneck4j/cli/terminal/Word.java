package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.torch.Quantization;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads an option's value that is one of some words, which help lists and shells complete.
 *
 * @param <T> what a word stands for
 */
public abstract class Word<T> implements ITypeConverter<T>, Iterable<String> {
    private final List<String> words;
    private final Function<String, T> parse;

    /**
     * Of words.
     *
     * @param parse complains in our own words, naming the option
     */
    public Word(List<String> words, Function<String, T> parse) {
        this.words = words;
        this.parse = parse;
    }

    /** A value that is none; its message stands for itself, without picocli's words before it. */
    public static final class NoSuchWordException extends TypeConversionException {
        private static final long serialVersionUID = 1L;

        NoSuchWordException(String message) {
            super(message);
        }
    }

    @Override
    public T convert(String value) {
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException e) {
            throw new NoSuchWordException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Iterator<String> iterator() {
        return words.iterator();
    }

    protected static List<String> lower(Enum<?>... values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** How weights are held. */
    public static final class OfQuantization extends Word<Quantization> {
        public OfQuantization() {
            super(
                    Arrays.stream(Quantization.values())
                            .map(Quantization::toString)
                            .toList(),
                    Quantization::parse);
        }
    }

    /** How steps are taken. */
    public static final class OfSolver extends Word<SolverChoice> {
        public OfSolver() {
            super(SolverChoice.WORDS, SolverChoice::parse);
        }
    }

    /** How latents are resized between stages. */
    public static final class OfResampler extends Word<Resamplers> {
        public OfResampler() {
            super(lower(Resamplers.values()), Resamplers::parse);
        }
    }

    /** Which step of a stage is its first. */
    public static final class OfRounding extends Word<Rounding> {
        public OfRounding() {
            super(lower(Rounding.values()), Rounding::parse);
        }
    }
}
