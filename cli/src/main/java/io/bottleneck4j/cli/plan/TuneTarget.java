package io.bottleneck4j.cli.plan;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a plan is tuned to: one of three. */
public final class TuneTarget {
    private static final Pattern COUNT = Pattern.compile("([0-9.]+(?:[eE][+-]?[0-9]+)?) ?([kMGTP]?)");

    @Option(
            names = "--speedup",
            required = true,
            paramLabel = "X",
            description = "Do at most 1/X of the baseline's work: of its FLOPs, or, with --by time, of its seconds.")
    @Nullable
    Double speedup;

    @Option(
            names = "--max-seconds",
            required = true,
            paramLabel = "S",
            description = "Take at most S seconds in the transformer, as timed here by plan --calibrate.")
    @Nullable
    Double maxSeconds;

    @Option(
            names = "--max-flops",
            required = true,
            paramLabel = "F",
            description = "Do at most F FLOPs, such as 1200T or 1.2e15.")
    @Nullable
    String maxFlops;

    /**
     * FLOPs of {@code --max-flops}.
     *
     * @throws IllegalArgumentException if the text is no number of FLOPs
     */
    public static double flops(String text) {
        Matcher matcher = COUNT.matcher(text.strip());
        if (matcher.matches()) {
            try {
                return Double.parseDouble(matcher.group(1)) * unit(matcher.group(2));
            } catch (NumberFormatException e) {
                // told below
            }
        }
        throw new IllegalArgumentException(
                "max-flops: must be a number, alone or in k, M, G, T or P, such as 1200T or 1.2e15, not '" + text
                        + "'");
    }

    private static double unit(String letter) {
        return letter.isEmpty() ? 1 : Math.pow(1000, 1 + "kMGTP".indexOf(letter));
    }
}
