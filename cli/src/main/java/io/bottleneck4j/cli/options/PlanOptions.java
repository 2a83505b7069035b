package io.bottleneck4j.cli.options;

import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which plan the picture is computed by. */
public final class PlanOptions {
    @Option(names = "--plan", paramLabel = "P")
    public @Nullable String plan;

    @Option(names = "--steps", paramLabel = "N")
    public @Nullable Integer steps;

    @Option(names = "--shift", paramLabel = "S")
    public @Nullable Double shift;

    /**
     * The plan these options ask for; what is stored by {@code --from-png} or {@code --from-video} holds where no
     * option is given. Refuses options that do not go together, or do not fit the model.
     */
    public Plan choose(Planner planner, FitOptions fit, @Nullable Settings stored) {
        if (stored == null) {
            return choose(planner, fit);
        }
        if (plan != null) {
            return named(planner, plan, fit, fit.sizeOr(stored.plan()));
        }
        StageSpec last = stored.plan().last();
        if (fit.fits(last) && steps == null && shift == null) {
            return fit.cached(fit.over(planner)
                    .written(stored.plan()
                            .withRules(fit.over(stored.plan().rules()))
                            .withFrames(fit.sizeOr(stored.plan()).frames())));
        }
        if (!stored.plan().name().equals(Planner.BASELINE)) {
            throw new IllegalArgumentException((fit.fits(last)
                            ? "steps: only the baseline plan takes --steps and --shift"
                            : "size: the stored plan " + stored.plan().name() + " is for " + last.width() + "x"
                                    + last.height())
                    + "; name a plan too, as --plan bottleneck or --plan baseline");
        }
        return fit.cached(fit.over(planner.solvedBy(stored.plan().rules().solver()))
                .baseline(
                        fit.sizeOr(stored.plan()),
                        OptionalInt.of(steps == null ? last.steps() : steps),
                        OptionalDouble.of(shift == null ? last.shift() : shift)));
    }

    /** Where a plan by name is made for a picture that is given: takes its size, as far as none is asked for. */
    public void sizeLike(Request.Builder request, FitOptions fit, @Nullable Settings stored) {
        if (stored == null
                && (plan == null || !FitOptions.isFile(request.model().planner(), plan))) {
            fit.take(request.sized(fit.size()));
        }
    }

    /** The same where no settings are stored. */
    public Plan choose(Planner planner, FitOptions fit) {
        return named(planner, plan == null ? planner.usual() : plan, fit, fit.size());
    }

    private Plan named(Planner planner, String name, FitOptions fit, Planner.Size size) {
        if (name.equals(Planner.BASELINE)) {
            return fit.cached(fit.over(planner)
                    .baseline(
                            size,
                            steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                            shift == null ? OptionalDouble.empty() : OptionalDouble.of(shift)));
        }
        if (steps != null || shift != null) {
            throw new IllegalArgumentException((steps != null ? "steps" : "shift") + ": only the baseline plan takes"
                    + " --steps and --shift; add --plan baseline, or write the stages into a plan file");
        }
        return fit.resolve(planner, name, size);
    }
}
