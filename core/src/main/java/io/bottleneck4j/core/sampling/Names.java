package io.bottleneck4j.core.sampling;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Constants by the lower-case names that their {@code toString} gives. */
final class Names {

    private Names() {}

    /** Returns the value of a name; {@code what} begins the message where there is none. */
    static <T> T parse(String what, T[] values, String name) {
        for (T value : values) {
            if (value.toString().equals(name)) {
                return value;
            }
        }
        String names = Arrays.stream(values).map(T::toString).collect(Collectors.joining(" or "));
        throw new IllegalArgumentException("%s: must be %s, not '%s'".formatted(what, names, name));
    }
}
