package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Rounding;
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
abstract class Word<T> implements ITypeConverter<T>, Iterable<String> {
    private final List<String> words;
    private final Function<String, T> parse;

    /**
     * Of words.
     *
     * @param parse complains in our own words, naming the option
     */
    Word(List<String> words, Function<String, T> parse) {
        this.words = words;
        this.parse = parse;
    }

    /** A value that is none; its message stands for itself, without picocli's words before it. */
    static final class NoSuchWordException extends TypeConversionException {
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

    private static List<String> lower(Enum<?>... values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** How latents are resized between stages. */
    static final class OfResampler extends Word<Resamplers> {
        OfResampler() {
            super(lower(Resamplers.values()), Resamplers::parse);
        }
    }

    /** Which step of a stage is its first. */
    static final class OfRounding extends Word<Rounding> {
        OfRounding() {
            super(lower(Rounding.values()), Rounding::parse);
        }
    }

    /** How results are printed. */
    static final class OfFormat extends Word<Format> {
        OfFormat() {
            super(lower(Format.values()), Format::parse);
        }
    }

    /** The type that is computed in; auto is {@link Dtype#AUTO}. */
    static final class OfDtype extends Word<Dtype> {
        OfDtype() {
            super(lower(Dtype.values()), Dtype::parse);
        }
    }
}
