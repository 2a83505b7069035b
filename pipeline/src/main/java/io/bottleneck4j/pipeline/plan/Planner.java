package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ChangeOver;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Makes plans for one model: the baseline, plans by name, plan files, each at a wanted size.
 *
 * <p>A name is looked for among the plans the model's own folder advises, then among the presets of its family. Two names are always
 * there: {@value #BOTTLENECK}, which is the preset {@value #PAPER} where neither the folder nor the family has one, and {@value #BASELINE}, which is what
 * the Python pipeline does where the folder has none.
 */
public final class Planner {
    /** One stage at full size. */
    public static final String BASELINE = "baseline";

    /** High, low, high resolution: the default. */
    public static final String BOTTLENECK = "bottleneck";

    /** The preset with the settings of arXiv 2503.18940, App. A.3. */
    public static final String PAPER = "paper";

    /** The preset that paper compares with: one stage of 50 steps. */
    public static final String PAPER_BASELINE = "paper-baseline";

    /** Steps of a baseline, at most, that leave a bottleneck little to save. */
    private static final int FEW_STEPS = 12;

    private final ModelDefaults own;
    private final ModelDefaults family;
    private final PixelGrid grid;
    private final Shift shift;
    private final Solver solver;
    private final ChangeOver change;
    private final SolverChoice asked;
    private final boolean seesWhole;
    private final int tile;

    /**
     * @param own what the model's folder advises
     * @param family size, steps and presets where it says nothing
     * @param shift the scheduler's own
     * @param solver the scheduler's own
     */
    @API(status = API.Status.INTERNAL)
    public Planner(ModelDefaults own, ModelDefaults family, PixelGrid grid, Shift shift, Solver solver) {
        this(own, family, grid, shift, solver, ChangeOver.NONE, SolverChoice.MODEL, false, 0);
    }

    /** Of a scheduler that takes Euler's steps. */
    @API(status = API.Status.INTERNAL)
    public Planner(ModelDefaults own, ModelDefaults family, PixelGrid grid, Shift shift) {
        this(own, family, grid, shift, Solver.EULER);
    }

    private Planner(
            ModelDefaults own,
            ModelDefaults family,
            PixelGrid grid,
            Shift shift,
            Solver solver,
            ChangeOver change,
            SolverChoice asked,
            boolean seesWhole,
            int tile) {
        this.own = own;
        this.family = family;
        this.grid = grid;
        this.shift = shift;
        this.solver = solver;
        this.change = change;
        this.asked = asked;
        this.seesWhole = seesWhole;
        this.tile = tile;
    }

    private Planner with(SolverChoice choice, boolean whole, int side) {
        return new Planner(own, family, grid, shift, solver, change, choice, whole, side);
    }

    /** Of the same model, which sees a picture beside its own, and both whole: it refuses tiles. */
    @API(status = API.Status.INTERNAL)
    public Planner seeingWhole() {
        return with(asked, true, tile);
    }

    /** Of the same model, which changes its network at a noise level. */
    @API(status = API.Status.INTERNAL)
    public Planner changing(ChangeOver at) {
        return new Planner(own, family, grid, shift, solver, at, asked, seesWhole, tile);
    }

    /** Of the same model, with a solver in place of the one that plans say; {@link SolverChoice#MODEL} leaves it to them. */
    @API(status = API.Status.INTERNAL)
    public Planner solvedBy(SolverChoice choice) {
        return with(choice, seesWhole, tile);
    }

    /**
     * Of the same model, for pictures that are larger than those it learnt from and lie before it already, to be refined: plans that say no
     * tile show it tiles of its own size, with the noise levels of these; a plan that is not named is {@value #BASELINE}.
     */
    @API(status = API.Status.INTERNAL)
    public Planner inTiles() {
        int side = Math.max(defaultWidth(), defaultHeight());
        return with(asked, seesWhole, grid.tileLike(side));
    }

    /** Of the same model, with the tiles of another plan in those that say none, and its solver. */
    @API(status = API.Status.INTERNAL)
    public Planner like(Plan plan) {
        return with(plan.spec().rules().solver(), seesWhole, plan.spec().rules().tile());
    }

    /**
     * The name of the plan where none is given: {@value #BOTTLENECK}, but {@value #BASELINE} of tiles, and of a model that was distilled to
     * few steps and brings no plan for them: those of the presets are more than it takes.
     */
    @API(status = API.Status.INTERNAL)
    public String usual() {
        boolean few =
                own.steps().orElse(FEW_STEPS + 1) <= FEW_STEPS && !own.plans().containsKey(BOTTLENECK);
        return tile == 0 && !few ? BOTTLENECK : BASELINE;
    }

    /** A wanted size in pixels and frames; what is absent is the plan's or the model's own. */
    public record Size(OptionalInt width, OptionalInt height, OptionalInt frames) {
        public static final Size DEFAULT = new Size(OptionalInt.empty(), OptionalInt.empty());

        /** A size that leaves the frames to the plan. */
        public Size(OptionalInt width, OptionalInt height) {
            this(width, height, OptionalInt.empty());
        }

        public static Size of(int width, int height) {
            return new Size(OptionalInt.of(width), OptionalInt.of(height));
        }

        /** That of a plan's result. */
        public static Size of(PlanSpec plan) {
            return of(plan.last().width(), plan.last().height()).withFrames(plan.frames());
        }

        public Size withFrames(OptionalInt other) {
            return new Size(width, height, other);
        }

        public Size withFrames(int count) {
            return withFrames(OptionalInt.of(count));
        }
    }

    /** Pixels of a picture where no size is given. */
    public int defaultWidth() {
        return own.width().orElseGet(() -> family.width().orElseThrow());
    }

    /** Pixels of a picture where no size is given. */
    public int defaultHeight() {
        return own.height().orElseGet(() -> family.height().orElseThrow());
    }

    /**
     * A size like a picture's: its own, each side cut to the multiple below that the model accepts, as diffusers does. Where one side is
     * wanted, the other keeps the ratio, to the nearest multiple; where both are, they are returned.
     *
     * <p>Source: diffusers image_processor.py@0.42.1, get_default_height_width.
     *
     * @throws IllegalArgumentException if the picture is smaller than the model accepts, or larger
     */
    @API(status = API.Status.INTERNAL)
    public Size sizeLike(int width, int height, Size wanted) {
        if (wanted.width().isPresent() && wanted.height().isPresent()) {
            return wanted;
        }
        int w;
        int h;
        if (wanted.width().isPresent()) {
            w = wanted.width().getAsInt();
            h = grid.nearest((double) height * w / width);
        } else if (wanted.height().isPresent()) {
            h = wanted.height().getAsInt();
            w = grid.nearest((double) width * h / height);
        } else {
            w = width < grid.multiple() ? width : width - width % grid.multiple();
            h = height < grid.multiple() ? height : height - height % grid.multiple();
        }
        grid.requireSize(w, h);
        return Size.of(w, h).withFrames(wanted.frames());
    }

    /** What width and height must be a multiple of, in pixels. */
    @API(status = API.Status.INTERNAL)
    public int multiple() {
        return grid.multiple();
    }

    /** The most frames of a video that are not more than so many. */
    @API(status = API.Status.INTERNAL)
    public int framesWithin(int most) {
        return grid.framesWithin(most);
    }

    /** Frames of a video where none are given; absent for a model that makes pictures. */
    public OptionalInt defaultFrames() {
        return grid.makesVideos()
                ? OptionalInt.of(own.frames().orElse(family.frames().orElse(1)))
                : OptionalInt.empty();
    }

    /** Names {@link #named} accepts: the folder's own plans in their order, the two that are always there, the family's presets. */
    public List<String> names() {
        Set<String> names = new LinkedHashSet<>(own.plans().keySet());
        names.add(BASELINE);
        names.add(BOTTLENECK);
        names.addAll(family.plans().keySet());
        return List.copyOf(names);
    }

    /** The plans a model's folder advises, by name. */
    public Map<String, PlanSpec> advised() {
        return own.plans();
    }

    /**
     * One stage from noise, what the Python pipeline does: the scheduler's own shift unless one is given.
     *
     * @throws IllegalArgumentException if size, steps or shift do not fit
     */
    public Plan baseline(Size size, OptionalInt steps, OptionalDouble ownShift) {
        int width = size.width().orElse(defaultWidth());
        int height = size.height().orElse(defaultHeight());
        OptionalInt frames = frames(size, OptionalInt.empty());
        LatentShape shape = grid.shape(frames.orElse(1), width, height);
        @Nullable PlanSpec advised = own.plans().get(BASELINE);
        int n = steps.orElseGet(() -> own.steps()
                .orElseGet(() -> advised != null
                        ? advised.last().steps()
                        : family.steps().orElseThrow()));
        StageSpec.requireSteps(n);
        double s = ownShift.orElseGet(() ->
                advised != null ? advised.last().shift() : shift.forSteps(n).factor(seen(shape, tile)));
        PlanSpec spec = new PlanSpec(BASELINE, List.of(new StageSpec(width, height, n, 1, s)));
        return fit(spec.withFrames(frames), List.of());
    }

    /**
     * A plan by name, with its own rules.
     *
     * @throws IllegalArgumentException if there is none of that name, or the size does not fit
     */
    public Plan named(String name, Size size) {
        return named(name, size, UnaryOperator.identity());
    }

    /**
     * A plan by name.
     *
     * @param rules changes the plan's own
     * @throws IllegalArgumentException if there is none of that name, or the size does not fit
     */
    public Plan named(String name, Size size, UnaryOperator<PlanRules> rules) {
        @Nullable PlanSpec advised = own.plans().get(name);
        if (advised == null && name.equals(BASELINE)) {
            return baseline(size, OptionalInt.empty(), OptionalDouble.empty());
        }
        PlanSpec spec = advised != null ? advised : preset(name);
        Size wanted = advised != null
                ? size
                : new Size(
                        OptionalInt.of(size.width().orElse(defaultWidth())),
                        OptionalInt.of(size.height().orElse(defaultHeight())),
                        size.frames().isPresent() ? size.frames() : defaultFrames());
        List<String> notes = new ArrayList<>();
        PlanSpec scaled = scaled(spec.withRules(rules.apply(spec.rules())), wanted, notes);
        return fit(scaled.withFrames(frames(wanted, spec.frames())), notes);
    }

    private PlanSpec preset(String name) {
        boolean papers = name.equals(BOTTLENECK) && !family.plans().containsKey(name);
        PlanSpec spec = family.plans().get(papers ? PAPER : name);
        if (spec == null) {
            throw new IllegalArgumentException("plan: '" + name + "' is neither a file nor a plan of this model; use "
                    + String.join(", ", names()) + " or a plan file");
        }
        return spec.withName(name);
    }

    /**
     * A plan as written.
     *
     * @throws IllegalArgumentException if a stage's size does not fit the model; where the plan was read from a file, the message
     *     begins with the stage's line and column
     */
    public Plan written(PlanSpec spec) {
        return fit(spec.withFrames(frames(Size.DEFAULT, spec.frames())), List.of());
    }

    /** What a plan may suffer from: a low stage of a size that the model has never learnt from may draw anything. */
    public List<String> warnings(Plan plan) {
        int least = smallest();
        List<String> warnings = new ArrayList<>();
        List<StageSpec> stages = plan.spec().stages();
        int full = shorterSide(plan.spec().last());
        for (int i = 0; i < stages.size(); i++) {
            int side = shorterSide(stages.get(i));
            if (side < least && side < full) {
                warnings.add(plan.spec().at(i)
                        + "its shorter side of %s px is below %s px, the smallest that this model learnt from;"
                                .formatted(side, least)
                        + " pictures may fall apart, use a larger stage");
            }
        }
        return warnings;
    }

    /** Of a model whose own pictures are smaller than its family's smallest, the family tells nothing. */
    private int smallest() {
        int ofFamily = family.smallest().orElse(0);
        boolean another = Math.min(defaultWidth(), defaultHeight()) < ofFamily;
        return own.smallest().orElse(another ? 0 : ofFamily);
    }

    private static int shorterSide(StageSpec stage) {
        return Math.min(stage.width(), stage.height());
    }

    /** The frames asked for, else the plan's, else the model's; a picture's one is not said. */
    private OptionalInt frames(Size size, OptionalInt planned) {
        size.frames().ifPresent(grid::latentFrames); // what is asked for is refused in its own name, not in a stage's
        OptionalInt asked = size.frames().isPresent() ? size.frames() : planned;
        if (asked.isEmpty()) {
            return defaultFrames();
        }
        return !grid.makesVideos() && asked.getAsInt() == 1 ? OptionalInt.empty() : asked;
    }

    /** The plan at another size: every stage keeps its ratio to the last, rounded to what the model accepts. */
    private PlanSpec scaled(PlanSpec spec, Size size, List<String> notes) {
        StageSpec last = spec.last();
        int width = size.width().orElse(last.width());
        int height = size.height().orElse(last.height());
        if (width == last.width() && height == last.height()) {
            return spec;
        }
        grid.requireSize(width, height); // the wanted size itself is never rounded
        List<StageSpec> stages = new ArrayList<>();
        for (StageSpec stage : spec.stages()) {
            double wantedWidth = (double) stage.width() * width / last.width();
            double wantedHeight = (double) stage.height() * height / last.height();
            int w = grid.nearest(wantedWidth);
            int h = grid.nearest(wantedHeight);
            if (w != wantedWidth || h != wantedHeight) {
                notes.add("stage %s: %s x %s px rounded to %s x %s, multiples of %s"
                        .formatted(stages.size() + 1, plain(wantedWidth), plain(wantedHeight), w, h, grid.multiple()));
            }
            stages.add(stage.withSize(w, h));
        }
        return spec.withStages(stages).withoutPlaces(); // the file does not say these sizes
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.format(Locale.ROOT, "%.1f", value);
    }

    /** What the model sees of latents at once. */
    private LatentShape seen(LatentShape shape, int pixels) {
        int cells = pixels / grid.cell();
        return cells == 0 ? shape : shape.within(cells);
    }

    /** With the tile of this planner where a plan says none, checked. */
    private PlanSpec tiled(PlanSpec spec) {
        int side = spec.rules().tile() == 0 ? tile : spec.rules().tile();
        return side == 0 ? spec : spec.withRules(spec.rules().withTile(side));
    }

    /** With the solver that is asked of this planner. */
    private PlanSpec solved(PlanSpec spec) {
        return asked == SolverChoice.MODEL ? spec : spec.withRules(spec.rules().with(asked));
    }

    private Plan fit(PlanSpec asWritten, List<String> notes) {
        PlanSpec spec = solved(tiled(asWritten));
        int side = spec.rules().tile();
        List<StageSpec> used = new ArrayList<>();
        List<ResolutionStage> stages = new ArrayList<>();
        for (StageSpec stage : spec.stages()) {
            try {
                LatentShape shape = grid.shape(spec.frames().orElse(1), stage.width(), stage.height());
                StageSpec shifted = spec.rules().shift() == ShiftSource.MODEL
                        ? stage.withShift(shift.forSteps(stage.steps()).factor(seen(shape, side)))
                        : stage;
                used.add(shifted);
                ResolutionStage whole = new ResolutionStage(
                                shape,
                                shifted.steps(),
                                shifted.strength(),
                                new Shift.Constant(shifted.shift()).endingAt(shift.terminal()),
                                spec.rules().rounding(),
                                shifted.until())
                        .withGrid(spec.rules().grid())
                        .withSolver(spec.rules().solver().solver(solver))
                        .withChangeOver(change);
                stages.add(cached(tiled(whole, side), shifted.cache()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(spec.at(stages.size()) + e.getMessage(), e);
            }
        }
        PlanSpec fitted = spec.withStages(used);
        try {
            requireSmaller(fitted);
            StagePlan plan = new StagePlan(stages, spec.rules().handOver());
            return new Plan(fitted, plan, notes(spec, fitted, plan, notes));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("plan " + spec.name() + ": " + e.getMessage(), e);
        }
    }

    private ResolutionStage tiled(ResolutionStage whole, int side) {
        if (side == 0) {
            return whole;
        }
        ResolutionStage stage = whole.withTile(PixelGrid.requireTile(side, grid.cell()) / grid.cell());
        if (seesWhole && stage.tiles() > 1) {
            throw new IllegalArgumentException(
                    "tile: the model sees a picture beside its own, and both whole; leave tile out");
        }
        return stage;
    }

    private static ResolutionStage cached(ResolutionStage stage, StepCache cache) {
        try {
            return stage.withCache(cache);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cache " + cache + ": " + e.getMessage(), e);
        }
    }

    private static void requireSmaller(PlanSpec spec) {
        StageSpec last = spec.last();
        boolean smaller =
                spec.stages().stream().anyMatch(stage -> stage.width() * stage.height() < last.width() * last.height());
        if (spec.rules().amplify() != 0 && !smaller) {
            throw new IllegalArgumentException(
                    "amplify: works in stages smaller than the last, and there is none; leave it out");
        }
    }

    private static List<String> notes(PlanSpec written, PlanSpec used, StagePlan plan, List<String> notes) {
        List<String> all = new ArrayList<>(notes);
        if (!written.equals(used)) {
            all.add("reshift is off: the model's own shifts %s replace %s".formatted(shifts(used), shifts(written)));
        }
        for (int i = 0; i < plan.stages().size(); i++) {
            int tiles = plan.stages().get(i).tiles();
            if (tiles > 1) {
                all.add("stage %s is seen in %s tiles of %s px"
                        .formatted(i + 1, tiles, used.rules().tile()));
            }
        }
        for (int i = 1; i < plan.stages().size(); i++) {
            if (plan.stages().get(i - 1).staysNoisy()) {
                all.add(
                        "stage %s takes over noisy latents (handover: dct): its strength %s and the resampler have no effect"
                                .formatted(i + 1, plain(used.stages().get(i).strength())));
            }
        }
        return all;
    }

    private static String shifts(PlanSpec spec) {
        return spec.stages().stream().map(stage -> plain(stage.shift())).collect(Collectors.joining(", "));
    }
}
