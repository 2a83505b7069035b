package io.bottleneck4j.cli.options;

import java.math.BigInteger;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Seeds of a command's pictures: the first, and upward from it. 64 bits without a sign, as torch and other programs take them. */
public final class Seeds {
    private static final BigInteger END = BigInteger.ONE.shiftLeft(Long.SIZE);

    private Seeds() {}

    /** Reads a seed. */
    public static final class Converter implements ITypeConverter<BigInteger> {
        @Override
        public BigInteger convert(String value) {
            try {
                return new BigInteger(value);
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + value + "' is not a whole number");
            }
        }
    }

    /**
     * The first.
     *
     * @param option what {@code --seed} gives
     * @param count how many there are
     * @param stored what holds without the option; without either it is a random one
     * @throws IllegalArgumentException if the option is out of range
     */
    public static long first(@Nullable BigInteger option, int count, @Nullable Long stored) {
        if (option == null) {
            return stored != null ? stored : ThreadLocalRandom.current().nextLong(1L << 32);
        }
        BigInteger last = END.subtract(BigInteger.valueOf(count));
        if (option.signum() < 0 || option.compareTo(last) > 0) {
            throw new IllegalArgumentException("seed: must be between 0 and " + last
                    + (count > 1 ? ", as those of -n " + count + " go up from it" : "") + ", not " + option
                    + "; leave it out for a random one");
        }
        return option.longValue();
    }

    /** Refuses seeds that tables do not hold: those beyond 63 bits. */
    public static void require(long first, int count) {
        long last = Long.MAX_VALUE - count + 1;
        if (first < 0 || first > last) {
            throw new IllegalArgumentException("seed: must be between 0 and " + last + ", not " + first);
        }
    }
}
