package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;

/**
 * How a plan's stages are run, apart from their sizes and steps.
 *
 * @param resampler resizes the clean latents between stages
 * @param rounding which step of a stage is its first
 * @param handOver how a stage takes over from the one before; a plan file says it by {@code renoise}, or by name
 * @param shift whose shift the stages run with; a plan file's {@code reshift}
 * @param grid how the noise levels lie before they are shifted
 * @param amplify how much louder text is in stages smaller than the last; 0 for none, 1 as published
 * @param tile pixels of the side of the tiles in which the model sees stages that are larger; 0 where it sees all whole
 */
public record PlanRules(
        Resamplers resampler,
        Rounding rounding,
        HandOver handOver,
        ShiftSource shift,
        Grid grid,
        double amplify,
        int tile) {

    /** Those of the method, which hold where a plan says nothing. */
    public static final PlanRules DEFAULT = new PlanRules(
            Resamplers.LANCZOS, Rounding.IMG2IMG, HandOver.RENOISE, ShiftSource.STAGE, Grid.SCHEDULE, 0, 0);

    public PlanRules {
        if (!(amplify >= 0 && amplify <= 10)) {
            throw new IllegalArgumentException(
                    "amplify: must be between 0 and 10, not " + amplify + "; 1 is as published");
        }
        if (tile < 0) {
            throw new IllegalArgumentException("tile: must be at least 1 px, not " + tile + "; leave it out for none");
        }
    }

    /** With the method's own grid, and text as it is. */
    public PlanRules(Resamplers resampler, Rounding rounding, HandOver handOver, ShiftSource shift) {
        this(resampler, rounding, handOver, shift, Grid.SCHEDULE, 0, 0);
    }

    public PlanRules with(Resamplers other) {
        return new PlanRules(other, rounding, handOver, shift, grid, amplify, tile);
    }

    public PlanRules with(Rounding other) {
        return new PlanRules(resampler, other, handOver, shift, grid, amplify, tile);
    }

    public PlanRules with(HandOver other) {
        return new PlanRules(resampler, rounding, other, shift, grid, amplify, tile);
    }

    public PlanRules with(ShiftSource other) {
        return new PlanRules(resampler, rounding, handOver, other, grid, amplify, tile);
    }

    public PlanRules with(Grid other) {
        return new PlanRules(resampler, rounding, handOver, shift, other, amplify, tile);
    }

    public PlanRules withAmplify(double other) {
        return new PlanRules(resampler, rounding, handOver, shift, grid, other, tile);
    }

    public PlanRules withTile(int other) {
        return new PlanRules(resampler, rounding, handOver, shift, grid, amplify, other);
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
}
