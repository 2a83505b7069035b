package io.bottleneck4j.pipeline.plan;

import java.math.BigDecimal;
import java.util.List;

/** Writes plans as {@link PlanFile} reads them. */
public final class PlanText {
    private PlanText() {}

    /**
     * The plan as YAML; what is as the method has it is left unsaid.
     *
     * @param comments lines to stand at the top
     */
    public static String of(PlanSpec plan, List<String> comments) {
        StringBuilder text = new StringBuilder();
        comments.forEach(comment -> text.append("# ").append(comment).append('\n'));
        plan.frames().ifPresent(frames -> line(text, "frames", String.valueOf(frames)));
        PlanRules rules = plan.rules();
        if (rules.resampler() != PlanRules.DEFAULT.resampler()) {
            line(text, "resampler", rules.resampler().toString());
        }
        if (rules.rounding() != PlanRules.DEFAULT.rounding()) {
            line(text, "rounding", rules.rounding().toString());
        }
        if (!rules.renoise()) {
            line(text, "renoise", "false");
        }
        if (!rules.reshift()) {
            line(text, "reshift", "false");
        }
        text.append("stages:\n");
        for (StageSpec stage : plan.stages()) {
            text.append("  - {width: ")
                    .append(stage.width())
                    .append(", height: ")
                    .append(stage.height())
                    .append(", steps: ")
                    .append(stage.steps())
                    .append(", strength: ")
                    .append(number(stage.strength()))
                    .append(", shift: ")
                    .append(number(stage.shift()));
            if (stage.until() != 0) {
                text.append(", until: ").append(number(stage.until()));
            }
            text.append("}\n");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String key, String value) {
        text.append(key).append(": ").append(value).append('\n');
    }

    /** Every digit that makes the number, without an exponent or a trailing {@code .0}. */
    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : new BigDecimal(String.valueOf(value)).toPlainString();
    }
}
