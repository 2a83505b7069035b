package io.bottleneck4j.cli.options;

import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How every plan that a command names is fitted: its size, and rules in place of its own. */
public final class FitOptions {
    @Option(names = "--width", paramLabel = "W")
    public @Nullable Integer width;

    @Option(names = "--height", paramLabel = "H")
    public @Nullable Integer height;

    @Option(names = "--frames", paramLabel = "F")
    public @Nullable Integer frames;

    @Option(
            names = "--resampler",
            paramLabel = "R",
            converter = Word.OfResampler.class,
            completionCandidates = Word.OfResampler.class)
    public @Nullable Resamplers resampler;

    @Option(
            names = "--rounding",
            paramLabel = "R",
            converter = Word.OfRounding.class,
            completionCandidates = Word.OfRounding.class)
    public @Nullable Rounding rounding;

    /**
     * The plan of a name, which is the model's own or a preset, or of a YAML file, at the size and with the rules these
     * options ask for.
     */
    public Plan resolve(Planner planner, String name) {
        return resolve(planner, name, size());
    }

    /** The same at another size. */
    public Plan resolve(Planner planner, String name, Planner.Size size) {
        return isFile(planner, name)
                ? written(planner, PlanFile.read(Path.of(name)), size.frames())
                : planner.named(name, size, this::over);
    }

    /** The size asked for. */
    public Planner.Size size() {
        return new Planner.Size(option(width), option(height), option(frames));
    }

    /** The size asked for, else a plan's. */
    public Planner.Size sizeOr(PlanSpec stored) {
        Planner.Size own = Planner.Size.of(
                width != null ? width : stored.last().width(),
                height != null ? height : stored.last().height());
        return own.withFrames(frames != null ? OptionalInt.of(frames) : stored.frames());
    }

    /** Whether these options ask for no other size than a stage's; frames are the same in all stages and fit any. */
    public boolean fits(StageSpec stage) {
        return (width == null || width == stage.width()) && (height == null || height == stage.height());
    }

    /** A plan's rules, but for those that options give. */
    public PlanRules over(PlanRules own) {
        PlanRules rules = resampler == null ? own : own.with(resampler);
        return rounding == null ? rules : rules.with(rounding);
    }

    /** A plan file says its sizes itself; options may only repeat them. */
    private Plan written(Planner planner, PlanSpec spec, OptionalInt frames) {
        StageSpec last = spec.last();
        if (!fits(last)) {
            throw new IllegalArgumentException("size: " + spec.name() + " ends at " + last.width() + "x" + last.height()
                    + "; leave --width and --height out, or change the file");
        }
        PlanSpec ruled = spec.withRules(over(spec.rules()));
        return planner.written(frames.isPresent() ? ruled.withFrames(frames) : ruled);
    }

    private static boolean isFile(Planner planner, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean yaml = lower.endsWith(".yaml") || lower.endsWith(".yml");
        return yaml || (!planner.names().contains(name) && Files.isRegularFile(Path.of(name)));
    }

    private static OptionalInt option(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
