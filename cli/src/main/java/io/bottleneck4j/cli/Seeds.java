package io.bottleneck4j.cli;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Seeds of a command's pictures: the first, and upward from it. */
final class Seeds {
    private Seeds() {}

    /**
     * The first.
     *
     * @param option what {@code --seed} gives
     * @param count how many there are
     * @param stored what holds without the option; without either it is a random one
     * @throws IllegalArgumentException if the option is out of range
     */
    static long first(@Nullable Long option, int count, @Nullable Long stored) {
        if (option == null) {
            return stored != null ? stored : ThreadLocalRandom.current().nextLong(1L << 32);
        }
        long last = Long.MAX_VALUE - count + 1;
        if (option < 0 || option > last) {
            throw new IllegalArgumentException(
                    "seed: must be between 0 and " + last + ", not " + option + "; leave it out for a random one");
        }
        return option;
    }
}
