package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.LatentShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apiguardian.api.API;

/** One stage of a plan: the part of a schedule that runs at one resolution, and ends with clean latents. */
public final class ResolutionStage {

    private final LatentShape shape;
    private final int steps;
    private final double strength;
    private final Shift shift;
    private final Rounding rounding;
    private final double until;
    private final Extras extras;

    /**
     * What few stages have.
     *
     * @param enter the level that latents enter at where they are handed over noisy; 1 otherwise
     * @param staysNoisy whether the stage ends at {@code until}, and not at 0
     * @param tile cells of the side of the tiles that the model sees; 0 where it sees the whole
     * @param change where the model changes its network
     */
    private record Extras(
            StepCache cache, Grid grid, Solver solver, double enter, boolean staysNoisy, int tile, ChangeOver change) {
        static final Extras NONE =
                new Extras(StepCache.NONE, Grid.SCHEDULE, Solver.EULER, 1, false, 0, ChangeOver.NONE);
    }

    private ResolutionStage(
            LatentShape shape,
            int steps,
            double strength,
            Shift shift,
            Rounding rounding,
            double until,
            Extras extras) {
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException(
                    "strength: %s is outside (0, 1]; use 1 to start from pure noise".formatted(strength));
        }
        if (!(until >= 0 && until < 1)) {
            throw new IllegalArgumentException("until: %s is outside [0, 1); use 0 to run to the end".formatted(until));
        }
        this.shape = shape;
        this.steps = steps;
        this.strength = strength;
        this.shift = shift;
        this.rounding = rounding;
        this.until = until;
        this.extras = extras;
        TimestepSchedule.requireSteps(steps);
        if (rounding.firstStep(steps, strength) >= steps) {
            throw new IllegalArgumentException(
                    "strength: %s of %s steps leaves no step to run; use at least %s steps or strength 1/%s"
                            .formatted(strength, steps, (long) Math.ceil(1 / strength), steps));
        }
        extras.change.forwards(extras.cache, schedule(), extras.solver);
        extras.solver.start(schedule()); // refuses levels that do not suit it
        if (extras.tile != 0 && extras.cache.isInside()) {
            throw new IllegalArgumentException(
                    "%s works inside the model, which sees this stage in %s tiles; use one of the velocity, or none"
                            .formatted(extras.cache, tiles()));
        }
    }

    /**
     * A stage, or its first part.
     *
     * @param shape the latents' shape {@code [C, F, H, W]} during the stage
     * @param steps nominal number N of steps from pure noise to clean, 1 to 10,000
     * @param strength part w of them that runs, in (0, 1]; 1 starts from pure noise
     * @param shift of the noise levels; it stands in place of the model's own
     * @param rounding which step is the first when N·w is not whole
     * @param until the level in [0, 1) below which no step runs: the last forward is the one at the smallest level that is
     *     not below it, and its guess of the clean latents ends the stage; 0 runs all
     * @throws IllegalArgumentException if {@code steps}, {@code strength} or {@code until} is out of range, if no step
     *     would run, or if the shift does not suit the shape or the number of steps
     */
    public ResolutionStage(
            LatentShape shape, int steps, double strength, Shift shift, Rounding rounding, double until) {
        this(shape, steps, strength, shift, rounding, until, Extras.NONE);
    }

    /**
     * A stage that runs all its steps.
     *
     * @throws IllegalArgumentException as the other constructor does
     */
    public ResolutionStage(LatentShape shape, int steps, double strength, Shift shift, Rounding rounding) {
        this(shape, steps, strength, shift, rounding, 0);
    }

    private ResolutionStage with(Extras others) {
        return new ResolutionStage(shape, steps, strength, shift, rounding, until, others);
    }

    /**
     * Returns this stage with a cache.
     *
     * @param other what answers steps without the model
     * @throws IllegalArgumentException if the cache does not fit the steps that run
     */
    public ResolutionStage withCache(StepCache other) {
        return with(new Extras(
                other, extras.grid, extras.solver, extras.enter, extras.staysNoisy, extras.tile, extras.change));
    }

    /**
     * Returns this stage with another grid.
     *
     * @throws IllegalArgumentException if the cache does not fit the steps that run
     */
    public ResolutionStage withGrid(Grid other) {
        return with(new Extras(
                extras.cache, other, extras.solver, extras.enter, extras.staysNoisy, extras.tile, extras.change));
    }

    /**
     * Returns this stage with another solver, and its noise levels.
     *
     * @throws IllegalArgumentException if the levels do not suit it, or the cache does not fit the steps that run
     */
    @API(status = API.Status.EXPERIMENTAL)
    public ResolutionStage withSolver(Solver other) {
        return with(new Extras(
                extras.cache, extras.grid, other, extras.enter, extras.staysNoisy, extras.tile, extras.change));
    }

    /**
     * Returns this stage with a model that sees it in overlapping tiles, where a side is longer than one.
     *
     * @param cells of a tile's side, a multiple of 4; 0 for the whole
     * @throws IllegalArgumentException if it is no such multiple, or the cache works inside the model
     */
    @API(status = API.Status.EXPERIMENTAL)
    public ResolutionStage withTile(int cells) {
        if (cells != 0) {
            TiledVelocity.requireTile(cells);
        }
        boolean whole = shape.height() <= cells && shape.width() <= cells;
        return with(new Extras(
                extras.cache,
                extras.grid,
                extras.solver,
                extras.enter,
                extras.staysNoisy,
                whole ? 0 : cells,
                extras.change));
    }

    /**
     * Returns this stage of a model that changes its network at a noise level, where a cache starts anew.
     *
     * @throws IllegalArgumentException if the cache does not fit the steps of one of the two
     */
    @API(status = API.Status.INTERNAL)
    public ResolutionStage withChangeOver(ChangeOver other) {
        return with(new Extras(
                extras.cache, extras.grid, extras.solver, extras.enter, extras.staysNoisy, extras.tile, other));
    }

    /**
     * Returns this stage with another nominal number of steps.
     *
     * @throws IllegalArgumentException if none of them would run, or the cache does not fit those that do
     */
    public ResolutionStage withSteps(int other) {
        return new ResolutionStage(shape, other, strength, shift, rounding, until, extras);
    }

    /** Returns this stage begun from clean latents at another strength, whatever came before it. */
    ResolutionStage startingAt(double other) {
        Extras own =
                new Extras(extras.cache, extras.grid, extras.solver, 1, extras.staysNoisy, extras.tile, extras.change);
        return new ResolutionStage(shape, steps, other, shift, rounding, until, own);
    }

    /** Returns this stage ending at {@code until}, with latents as noisy as that. */
    ResolutionStage stayingNoisy() {
        return with(
                new Extras(extras.cache, extras.grid, extras.solver, extras.enter, true, extras.tile, extras.change));
    }

    /** Returns this stage begun at a level, followed by those of its own that lie below. */
    ResolutionStage entered(double level) {
        return with(new Extras(
                extras.cache, extras.grid, extras.solver, level, extras.staysNoisy, extras.tile, extras.change));
    }

    /** Returns the latents' shape {@code [C, F, H, W]} during the stage. */
    public LatentShape shape() {
        return shape;
    }

    /** Returns the nominal number N of steps from pure noise to clean. */
    public int steps() {
        return steps;
    }

    /** Returns the part w of them that runs. */
    public double strength() {
        return strength;
    }

    /** Returns the shift of the noise levels. */
    public Shift shift() {
        return shift;
    }

    /** Returns which step is the first when N·w is not whole. */
    public Rounding rounding() {
        return rounding;
    }

    /** Returns the level below which no step runs. */
    public double until() {
        return until;
    }

    /** Returns what answers steps without the model. */
    public StepCache cache() {
        return extras.cache;
    }

    /** Returns how the noise levels lie before they are shifted. */
    public Grid grid() {
        return extras.grid;
    }

    /** Returns how its steps get from one noise level to the next. */
    @API(status = API.Status.EXPERIMENTAL)
    public Solver solver() {
        return extras.solver;
    }

    /** Returns the shape {@code [C, F, H, W]} that one forward of the model sees: the stage's own, or a tile's. */
    @API(status = API.Status.EXPERIMENTAL)
    public LatentShape seen() {
        return extras.tile == 0 ? shape : shape.within(extras.tile);
    }

    /** Returns how many forwards make one of the whole: 1, or one for each tile. */
    @API(status = API.Status.EXPERIMENTAL)
    public int tiles() {
        return extras.tile == 0 ? 1 : TiledVelocity.count(shape, extras.tile);
    }

    /** Returns where in noise its model changes the network. */
    @API(status = API.Status.INTERNAL)
    public ChangeOver changeOver() {
        return extras.change;
    }

    /** Puts the stage's cache before a model, which sees tiles where there are any, and is told levels as the solver has them. */
    StepCache.Run start(VelocityModel model, TimestepSchedule schedule) {
        VelocityModel told = extras.solver.equals(Solver.EULER) ? model : new ToldVelocity(model, extras.solver);
        VelocityModel seeing = extras.tile == 0 ? told : new TiledVelocity(told, extras.tile);
        return extras.change.start(extras.cache, seeing, schedule, extras.solver);
    }

    /** Returns whether it hands over latents at the level {@code until}, and not clean ones. */
    public boolean staysNoisy() {
        return extras.staysNoisy;
    }

    /** Returns the noise levels of the steps that run; the last is 0, or {@code until} where the latents stay noisy. */
    public TimestepSchedule schedule() {
        int first = rounding.firstStep(steps, strength);
        TimestepSchedule own = extras.grid == Grid.SCHEDULE
                ? TimestepSchedule.shifted(steps, extras.solver, shift, shape).from(first)
                : TimestepSchedule.even(strength, steps - first, shift, shape);
        TimestepSchedule entered = extras.enter == 1 ? own : own.enteredAt(extras.enter);
        return extras.staysNoisy ? entered.stoppedAt(until) : entered.until(until);
    }

    /** Returns the number of steps that run. */
    public int executedSteps() {
        return until == 0 && extras.enter == 1
                ? steps - rounding.firstStep(steps, strength)
                : schedule().steps();
    }

    /** Returns what each of those steps runs of the model. */
    public List<Forward> work() {
        return extras.change.equals(ChangeOver.NONE)
                ? extras.cache.forwards(executedSteps())
                : extras.change.forwards(extras.cache, schedule(), extras.solver);
    }

    /** Returns the number of steps that ask the model, or may. */
    public int forwards() {
        return (int)
                work().stream().filter(forward -> forward != Forward.SKIPPED).count();
    }

    private List<Object> all() {
        return List.of(shape, steps, strength, shift, rounding, until, extras);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ResolutionStage that && all().equals(that.all());
    }

    @Override
    public int hashCode() {
        return Objects.hash(shape, steps, strength);
    }

    /** Returns what it is in words, such as {@code 16 of 20 steps at [16, 1, 64, 64]}. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>(List.of("%s of %s steps at %s".formatted(executedSteps(), steps, shape)));
        if (!extras.solver.equals(Solver.EULER)) {
            words.add(extras.solver.toString());
        }
        if (extras.cache != StepCache.NONE) {
            words.add("cache " + extras.cache);
        }
        if (extras.tile != 0) {
            words.add("%s tiles of %s cells".formatted(tiles(), extras.tile));
        }
        return String.join(", ", words);
    }
}
