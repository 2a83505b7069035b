package io.bottleneck4j.cli;

import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.models.folder.PlanFile;
import io.bottleneck4j.models.folder.PlanSpec;
import io.bottleneck4j.models.folder.StageSpec;
import io.bottleneck4j.models.pipeline.ImageMetadata;
import io.bottleneck4j.models.pipeline.ImagePlan;
import io.bottleneck4j.models.pipeline.Planner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the picture is computed: sizes and steps. */
final class PlanOptions {
    @Option(
            names = "--plan",
            paramLabel = "P",
            description = {
                "bottleneck (default): high, low, high resolution, as the model advises;",
                "baseline: one stage, as diffusers' FluxPipeline;",
                "another name of the model's plans, or a YAML file of stages."
            })
    @Nullable
    String plan;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps of the baseline plan. Default: the model's, else 28.")
    @Nullable
    Integer steps;

    @Option(
            names = "--shift",
            paramLabel = "S",
            description = "Timestep shift of the baseline plan, above 0; 1 is none. Default: the scheduler's.")
    @Nullable
    Double shift;

    @Option(names = "--width", paramLabel = "W", description = "Pixels, a multiple of 16. Default: the model's.")
    @Nullable
    Integer width;

    @Option(names = "--height", paramLabel = "H", description = "Pixels, a multiple of 16. Default: the model's.")
    @Nullable
    Integer height;

    @Option(
            names = "--resampler",
            paramLabel = "R",
            description = "Between stages: lanczos (default), bicubic, bilinear or nearest.")
    @Nullable
    String resampler;

    @Option(
            names = "--rounding",
            paramLabel = "R",
            description = "Which step of a stage is its first: img2img (default), as diffusers, or floor.")
    @Nullable
    String rounding;

    /**
     * The plan these options ask for.
     *
     * @param stored settings of {@code --from-png}, which hold where no option is given
     * @throws IllegalArgumentException if the options do not go together, or do not fit the model
     */
    ImagePlan choose(Planner planner, @Nullable ImageMetadata stored) {
        Rounding rule = rounding(stored);
        if (plan != null) {
            return named(
                    planner, plan, size(stored == null ? null : stored.plan().last()), rule);
        }
        if (stored == null) {
            return named(planner, Planner.BOTTLENECK, size(null), rule);
        }
        StageSpec last = stored.plan().last();
        boolean same = fits(width, last.width()) && fits(height, last.height());
        if (same && steps == null && shift == null) {
            return planner.written(stored.plan(), rule);
        }
        if (!stored.plan().name().equals(Planner.BASELINE)) {
            throw new IllegalArgumentException((same
                            ? "steps: only the baseline plan takes --steps and --shift"
                            : "size: the PNG's plan " + stored.plan().name() + " is for " + last.width() + "x"
                                    + last.height())
                    + "; name a plan too, as --plan bottleneck or --plan baseline");
        }
        return planner.baseline(
                size(last),
                OptionalInt.of(steps == null ? last.steps() : steps),
                OptionalDouble.of(shift == null ? last.shift() : shift));
    }

    private ImagePlan named(Planner planner, String name, Planner.Size size, Rounding rule) {
        if (name.equals(Planner.BASELINE)) {
            return planner.baseline(
                    size,
                    steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
                    shift == null ? OptionalDouble.empty() : OptionalDouble.of(shift));
        }
        if (steps != null || shift != null) {
            throw new IllegalArgumentException((steps != null ? "steps" : "shift") + ": only the baseline plan takes"
                    + " --steps and --shift; add --plan baseline, or write the stages into a plan file");
        }
        if (isFile(planner, name)) {
            return written(planner, PlanFile.read(Path.of(name)), rule);
        }
        return planner.named(name, size, rule);
    }

    /** A plan file says its sizes itself; options may only repeat them. */
    private ImagePlan written(Planner planner, PlanSpec spec, Rounding rule) {
        StageSpec last = spec.last();
        if (!fits(width, last.width()) || !fits(height, last.height())) {
            throw new IllegalArgumentException("size: " + spec.name() + " ends at " + last.width() + "x" + last.height()
                    + "; leave --width and --height out, or change the file");
        }
        return planner.written(spec, rule);
    }

    private static boolean isFile(Planner planner, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean yaml = lower.endsWith(".yaml") || lower.endsWith(".yml");
        return yaml || (!planner.names().contains(name) && Files.isRegularFile(Path.of(name)));
    }

    private static boolean fits(@Nullable Integer wanted, int is) {
        return wanted == null || wanted == is;
    }

    private Planner.Size size(@Nullable StageSpec stored) {
        return new Planner.Size(
                side(width, stored == null ? null : stored.width()),
                side(height, stored == null ? null : stored.height()));
    }

    private static OptionalInt side(@Nullable Integer option, @Nullable Integer stored) {
        Integer side = option != null ? option : stored;
        return side == null ? OptionalInt.empty() : OptionalInt.of(side);
    }

    private Rounding rounding(@Nullable ImageMetadata stored) {
        if (rounding == null) {
            return stored == null ? Rounding.IMG2IMG : stored.rounding();
        }
        return switch (rounding) {
            case "img2img" -> Rounding.IMG2IMG;
            case "floor" -> Rounding.FLOOR;
            default -> throw new IllegalArgumentException("rounding: must be img2img or floor, not '" + rounding + "'");
        };
    }
}
