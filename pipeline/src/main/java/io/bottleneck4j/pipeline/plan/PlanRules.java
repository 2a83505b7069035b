package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.UniPc;
import java.util.List;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * How a plan's stages are run, apart from their sizes and steps.
 *
 * @param resampler resizes the clean latents between stages
 * @param rounding which step of a stage is its first
 * @param handOver how a stage takes over from the one before; a plan file says it by {@code renoise}, or by name
 * @param shift whose shift the stages run with; a plan file's {@code reshift}
 * @param grid how the noise levels lie before they are shifted
 * @param solver how stages get from one noise level to the next
 * @param amplify how much louder text is in stages smaller than the last; 0 for none, 1 as published
 * @param tile pixels of the side of the tiles in which the model sees stages that are larger; 0 where it sees all whole
 */
public record PlanRules(
        Resamplers resampler,
        Rounding rounding,
        HandOver handOver,
        ShiftSource shift,
        Grid grid,
        SolverChoice solver,
        double amplify,
        int tile) {

    /** Those of the method, which hold where a plan says nothing. */
    public static final PlanRules DEFAULT = new PlanRules(
            Resamplers.LANCZOS,
            Rounding.IMG2IMG,
            HandOver.RENOISE,
            ShiftSource.STAGE,
            Grid.SCHEDULE,
            SolverChoice.MODEL,
            0,
            0);

    public PlanRules {
        if (!(amplify >= 0 && amplify <= 10)) {
            throw new IllegalArgumentException(
                    "amplify: must be between 0 and 10, not " + amplify + "; 1 is as published");
        }
        if (tile < 0) {
            throw new IllegalArgumentException("tile: must be at least 1 px, not " + tile + "; leave it out for none");
        }
    }

    /** With the method's own grid, the model's solver, and text as it is. */
    public PlanRules(Resamplers resampler, Rounding rounding, HandOver handOver, ShiftSource shift) {
        this(resampler, rounding, handOver, shift, Grid.SCHEDULE, SolverChoice.MODEL, 0, 0);
    }

    public PlanRules with(Resamplers other) {
        return new PlanRules(other, rounding, handOver, shift, grid, solver, amplify, tile);
    }

    public PlanRules with(Rounding other) {
        return new PlanRules(resampler, other, handOver, shift, grid, solver, amplify, tile);
    }

    public PlanRules with(HandOver other) {
        return new PlanRules(resampler, rounding, other, shift, grid, solver, amplify, tile);
    }

    public PlanRules with(ShiftSource other) {
        return new PlanRules(resampler, rounding, handOver, other, grid, solver, amplify, tile);
    }

    public PlanRules with(Grid other) {
        return new PlanRules(resampler, rounding, handOver, shift, other, solver, amplify, tile);
    }

    public PlanRules with(SolverChoice other) {
        return new PlanRules(resampler, rounding, handOver, shift, grid, other, amplify, tile);
    }

    public PlanRules withAmplify(double other) {
        return new PlanRules(resampler, rounding, handOver, shift, grid, solver, other, tile);
    }

    public PlanRules withTile(int other) {
        return new PlanRules(resampler, rounding, handOver, shift, grid, solver, amplify, other);
    }

    /** Whether clean latents are noised again between stages. */
    public boolean renoise() {
        return handOver != HandOver.AS_IS;
    }

    /** Whether stages run with shifts of their own. */
    public boolean reshift() {
        return shift == ShiftSource.STAGE;
    }

    /** Whose timestep shift a plan's stages run with. */
    public enum ShiftSource {

        /** Each stage's own, as the plan writes it: the method. */
        STAGE,

        /**
         * The model's, as its scheduler has it, at every stage; a dynamic one follows each stage's size.
         *
         * <p>Only to see what the stages' shifts are for. Source: arXiv 2503.18940, Table 3.
         */
        MODEL
    }

    /** Whose steps a plan's stages take. */
    public enum SolverChoice {

        /** The model's, as its scheduler has it. */
        MODEL,

        /** Euler's, whatever the scheduler is. */
        EULER,

        /** UniPC's: the model's where its scheduler has it, else of second order. */
        UNIPC;

        /** The words of a plan file; without one it is the model's. */
        public static final List<String> WORDS = List.of("euler", "unipc");

        /**
         * The choice of a word.
         *
         * @throws IllegalArgumentException if it is none of {@link #WORDS}
         */
        public static SolverChoice parse(String word) {
            if (!WORDS.contains(word)) {
                throw new IllegalArgumentException("solver: must be euler or unipc, not '" + word + "'");
            }
            return valueOf(word.toUpperCase(Locale.ROOT));
        }

        /** That names a solver, whatever model it is of. */
        @API(status = API.Status.INTERNAL)
        public static SolverChoice of(Solver solver) {
            return solver instanceof UniPc ? UNIPC : EULER;
        }

        /** The solver, where a model's own is given. */
        Solver solver(Solver own) {
            return switch (this) {
                case MODEL -> own;
                case EULER -> Solver.EULER;
                case UNIPC -> own instanceof UniPc ? own : UniPc.USUAL;
            };
        }

        /** The word, as {@link #parse} reads it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
