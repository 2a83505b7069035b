package io.bottleneck4j.cli.options;

import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.pipeline.CacheSchedule;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    @Option(
            names = "--solver",
            paramLabel = "S",
            converter = Word.OfSolver.class,
            completionCandidates = Word.OfSolver.class)
    public @Nullable SolverChoice solver;

    @Option(names = "--cache", paramLabel = "C", completionCandidates = CacheNames.class)
    public @Nullable String cache;

    private final List<CacheSchedule> schedules = new ArrayList<>();

    /** Names of {@code --cache}. */
    static final class CacheNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        CacheNames() {
            super(Caches.names());
        }
    }

    /** A planner whose plans have the solver that is asked for, in place of their own. */
    public Planner over(Planner planner) {
        return solver == null ? planner : planner.solvedBy(solver);
    }

    /**
     * The plan of a name, which is the model's own or a preset, or of a YAML file, at the size and with the rules these
     * options ask for.
     */
    public Plan resolve(Planner planner, String name) {
        return resolve(planner, name, size());
    }

    /** The same at another size. */
    public Plan resolve(Planner planner, String name, Planner.Size size) {
        int plus = plus(planner, name);
        if (plus > 0) {
            if (cache != null) {
                throw new IllegalArgumentException(
                        "cache: is given in both --plan " + name + " and --cache " + cache + "; keep one");
            }
            return cached(resolved(planner, name.substring(0, plus), size), name.substring(plus + 1));
        }
        return cached(resolved(planner, name, size));
    }

    /** Where in {@code PLAN+CACHE} the plan ends; not above 0 where there is a plan alone. */
    private static int plus(Planner planner, String name) {
        return isFile(planner, name) || planner.names().contains(name) ? -1 : name.indexOf('+');
    }

    private Plan resolved(Planner any, String name, Planner.Size size) {
        Planner planner = over(any);
        return isFile(planner, name)
                ? written(planner, PlanFile.read(Path.of(name)), size.frames())
                : planner.named(name, size, this::over);
    }

    /** A plan with the cache asked for, in place of its own. */
    Plan cached(Plan plan) {
        return cache == null ? plan : cached(plan, cache);
    }

    private Plan cached(Plan plan, String spelling) {
        if (spelling.toLowerCase(Locale.ROOT).endsWith(".json")) {
            CacheSchedule schedule = CacheSchedule.read(Path.of(spelling));
            schedules.add(schedule);
            try {
                return schedule.of(plan);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("cache " + spelling + ": " + e.getMessage(), e);
            }
        }
        return plan.withCache(Caches.parse(spelling));
    }

    /** Refuses caches that were asked for, in a command that finds one itself. */
    public void refuseCaches(@Nullable String plan, Planner planner) {
        if (cache != null || (plan != null && plus(planner, plan) > 0)) {
            throw new IllegalArgumentException(
                    "cache: dpcache finds a cache itself; leave out --cache, and +CACHE after the plan's name");
        }
    }

    /** Refuses a calibrated cache of another model or type than is used; no type where none is chosen yet. */
    public void requireCacheOf(Model model, @Nullable DType dtype) {
        schedules.forEach(schedule -> schedule.require(model, dtype));
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

    /** Asks for a size in place of what is asked for so far. */
    void take(Planner.Size size) {
        width = size.width().isPresent() ? Integer.valueOf(size.width().getAsInt()) : null;
        height = size.height().isPresent() ? Integer.valueOf(size.height().getAsInt()) : null;
    }

    /** Whether a plan's name is a file's. */
    static boolean isFile(Planner planner, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean yaml = lower.endsWith(".yaml") || lower.endsWith(".yml");
        return yaml || (!planner.names().contains(name) && Files.isRegularFile(Path.of(name)));
    }

    private static OptionalInt option(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
