package io.bottleneck4j.core.sampling;

import static io.bottleneck4j.core.sampling.FlowMatching.addNoise;

import io.bottleneck4j.core.latent.CosineTransform;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.core.latent.NoiseSource;
import io.bottleneck4j.core.latent.Resampler;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * High-low-high sampling: steps of a flow-matching model, Euler's or another solver's, through stages of different resolution.
 *
 * <p>A plan of one stage makes it the ordinary sampler.
 *
 * <p>Source: arXiv 2503.18940, Algorithm 1.
 *
 * @param plan the stages to run
 * @param resampler resizes clean latents between stages
 * @param noise fresh noise, drawn in stage order, once for each stage that is noised
 */
public record BottleneckSampler(StagePlan plan, Resampler resampler, NoiseSource noise) {

    /*
     * How it works, and why it may
     *
     * A flow-matching model knows latents x = (1 - sigma)·clean + sigma·noise and predicts their velocity
     * v = noise - clean. Two things follow from one forward: a step to a lower level, Euler's being x + (next - sigma)·v,
     * and a guess of the end, x - sigma·v. A forward costs in proportion to the number of tokens and, in attention, to its
     * square, so a step at half the width and height costs about a quarter. A model trained at several resolutions does
     * most of its work there just as well: the first stage settles the layout at full size, a low stage runs most of
     * the steps, and the last restores detail at full size.
     *
     * Every stage hands over clean latents: those it has reached at sigma 0, or, if it stops before (until), its last
     * guess of them. The schedule says so itself, by a last step from the level of that forward straight to 0; the guess
     * and the step are then the same, and the loop need not know. Noise must not be resized: a resampler makes
     * neighbouring values depend on each other and lessens their variance, and the model has never seen such noise. The
     * clean latents are resized instead, and fresh noise brings them back up to the level where the next stage starts.
     * That level is the first sigma of the stage's own, shifted schedule, schedule.sigma(0), never the strength: the
     * strength counts steps, and at a shift of 6 a strength of .8 starts at .96. Any other level would show the model
     * more or less noise than the sigma it is told. (HandOver.AS_IS leaves the noise out, and shows how much is lost.)
     *
     * A cache is nothing but a model that sometimes does not ask the model. It is started anew in every stage, since what it
     * remembers has the stage's size and noise; without one the model itself is asked, to the last bit.
     *
     * How a step is made of velocities is the stage's solver's. One that looks back is started anew in every stage too, for
     * the same reason: its first steps are of first order. It takes x as the model saw it, and gives x as the model will
     * see it; what it corrects in between is its own.
     *
     * The first stage is no special case: at sigma 1 nothing of the zeros it starts from is left. Nor is the end: at
     * next = 0 the guess of the clean latents is the step itself, to the last bit.
     *
     * A picture that is given is one more stage that has been: its clean latents are resized and noised as any stage's are.
     * Where a mask keeps places of it, these are put back after each step, with the stage's own noise at the level that
     * the step has reached, so that the model always sees them as noisy as the rest. (Source: diffusers 0.42.1,
     * pipeline_flux_inpaint.py.) A solver that looks back is not told: it reckons each value by itself, so what it thinks of
     * places that are put back reaches no other.
     *
     * Nor does it know of tiles: a stage larger than what the model learnt from may show it parts that overlap, and the model
     * that the loop asks is the one that puts them together.
     *
     * The state lives here, in local variables: a schedule is a value and knows no position, so a sampler may be run
     * again, as far as its noise source allows.
     */

    /**
     * Returns the clean latents at the last stage's shape.
     *
     * @param model the model, which must accept every shape of the plan
     * @param listener told of each stage and step; what it throws ends the run
     * @throws NonFiniteLatentsException if the model's velocity, or the latents after a step, hold NaN or infinity
     * @throws IllegalArgumentException if the model, the resampler or the noise source returns another shape than asked
     *     for
     */
    public Latents sample(VelocityModel model, SamplingListener listener) {
        if (plan.startsClean()) {
            throw new IllegalArgumentException(
                    "plan: starts at sigma %s from clean latents, and none are given; give some"
                            .formatted(plan.first().schedule().sigma(0)));
        }
        return sample(model, Latents.zeros(plan.first().shape()), null, listener);
    }

    /**
     * The same from clean latents: noised to the level at which the first stage starts, they are what it starts from.
     *
     * @param given of the plan's channels and frames
     */
    @API(status = API.Status.INTERNAL)
    public Latents sample(VelocityModel model, Given given, SamplingListener listener) {
        return sample(model, given.clean(), given.mask(), listener);
    }

    private Latents sample(VelocityModel model, Latents clean, @Nullable Mask mask, SamplingListener listener) {
        Latents handed = clean;
        for (int k = 0; k < plan.stages().size(); k++) {
            ResolutionStage stage = plan.stages().get(k);
            TimestepSchedule schedule = stage.schedule();
            listener.onStage(new Position(plan, k, 0));
            Latents fresh = mask != null || isNoised(k) ? noise.standardNormal(stage.shape(), k) : null;
            Latents x = start(k, handed, schedule.sigma(0), fresh);
            Kept kept = mask == null || fresh == null ? null : kept(clean, mask, fresh);
            StepCache.Run run = stage.start(model, schedule);
            Solver.Run solver = stage.solver().start(schedule);
            for (int i = 0; i < schedule.steps(); i++) {
                Position at = new Position(plan, k, i);
                double sigma = schedule.sigma(i);
                double next = schedule.sigma(i + 1);
                Latents v = finite(run.velocity(x, sigma), "velocity", at);
                Latents guess = x.plus(-sigma, v);
                x = finite(solver.next(x, v, guess), "latents", at);
                if (kept != null) {
                    guess = kept.putBack(guess, 0);
                    x = kept.putBack(x, next);
                }
                listener.onStep(new Step(at, sigma, next, x, guess, run.last()));
            }
            handed = x;
        }
        return handed;
    }

    /** What a mask keeps during one stage. */
    private record Kept(Latents clean, Latents noise, Mask mask) {
        Latents putBack(Latents changed, double sigma) {
            return mask.choose(changed, addNoise(clean, noise, sigma));
        }
    }

    private Kept kept(Latents clean, Mask mask, Latents fresh) {
        LatentShape shape = fresh.shape();
        return new Kept(resampler.resize(clean, shape), fresh, mask.resized(shape.height(), shape.width()));
    }

    private boolean isNoised(int stage) {
        return stage == 0 || plan.handOver() != HandOver.AS_IS;
    }

    /** A stage's first latents; the first stage of a plan that starts from nothing has zeros, of which nothing is left. */
    private Latents start(int stage, Latents handed, double sigma, @Nullable Latents fresh) {
        LatentShape shape = plan.stages().get(stage).shape();
        if (fresh != null && stage > 0 && plan.stages().get(stage - 1).staysNoisy()) {
            return CosineTransform.extend(
                    handed, fresh, plan.stages().get(stage - 1).until());
        }
        Latents resized = resampler.resize(handed, shape);
        return fresh == null || !isNoised(stage) ? resized : addNoise(resized, fresh, sigma);
    }

    private static Latents finite(Latents values, String what, Position at) {
        if (!values.allFinite()) {
            throw new NonFiniteLatentsException(what, at);
        }
        return values;
    }
}
