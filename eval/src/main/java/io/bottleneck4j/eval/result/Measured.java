package io.bottleneck4j.eval.result;

import io.bottleneck4j.eval.metrics.Distance;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One picture of a comparison, made and measured.
 *
 * @param contender the plan's name
 * @param file the picture, relative to the comparison's folder, parts divided by {@code /}
 * @param previews the model's guess of the clean picture at the end of each stage, in order, as {@code file} is; the last is the picture
 *     itself and not among them
 * @param seconds of denoising
 * @param distance to the reference's picture of the same subject; null for the reference itself
 */
public record Measured(
        Subject subject,
        String contender,
        String file,
        List<String> previews,
        double seconds,
        @Nullable Distance distance) {
    public Measured {
        previews = List.copyOf(previews);
    }
}
