package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.StepCache;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.apiguardian.api.API;

/**
 * A plan fitted to a model: in pixels as users write it and in cells as the sampler runs it.
 *
 * @param spec stages in pixels, with the shifts that are used
 * @param stages the same for the sampler
 * @param notes what was changed to fit, for the user
 */
public record Plan(PlanSpec spec, StagePlan stages, List<String> notes) {
    public Plan {
        notes = List.copyOf(notes);
    }

    public String name() {
        return spec.name();
    }

    /** Resizes the clean latents between stages. */
    public Resamplers resampler() {
        return spec.rules().resampler();
    }

    /** Which step of a stage is its first. */
    public Rounding rounding() {
        return spec.rules().rounding();
    }

    /** How its steps get from one noise level to the next. */
    public Solver solver() {
        return stages.first().solver();
    }

    /**
     * This plan with a cache in all its stages; its name says so.
     *
     * @throws IllegalArgumentException if the cache does not fit a stage
     */
    public Plan withCache(StepCache cache) {
        boolean same = spec.stages().stream().allMatch(stage -> stage.cache().equals(cache));
        return same
                ? this
                : withCaches(
                        nameWith(cache.toString()),
                        Collections.nCopies(spec.stages().size(), cache));
    }

    /** The plan's name with that of a cache, in place of the one it may end with. */
    @API(status = API.Status.INTERNAL)
    public String nameWith(String cache) {
        int plus = name().lastIndexOf('+');
        return (plus > 0 && isCache(name().substring(plus + 1)) ? name().substring(0, plus) : name()) + "+" + cache;
    }

    private static boolean isCache(String word) {
        return Caches.names().contains(word.split(":", 2)[0]);
    }

    /**
     * This plan with other caches.
     *
     * @param name of the plan that comes out
     * @param caches one for each stage
     * @throws IllegalArgumentException if there are more or fewer, or one does not fit its stage
     */
    public Plan withCaches(String name, List<StepCache> caches) {
        if (caches.size() != spec.stages().size()) {
            throw new IllegalArgumentException("cache: " + caches.size() + " caches do not belong to the "
                    + spec.stages().size() + " stages of plan " + name() + "; give one for each");
        }
        List<StageSpec> specs = new ArrayList<>();
        List<ResolutionStage> cached = new ArrayList<>();
        for (int i = 0; i < caches.size(); i++) {
            try {
                specs.add(spec.stages().get(i).withCache(caches.get(i)));
                cached.add(stages.stages().get(i).withCache(caches.get(i)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "plan %s: stage %s: cache %s: %s".formatted(name(), i + 1, caches.get(i), e.getMessage()), e);
            }
        }
        return new Plan(
                spec.withStages(specs).withName(name),
                new StagePlan(cached, stages.handOver(), stages.startsClean()),
                notes);
    }

    /**
     * The part of this plan that is left for a picture to be changed, as {@link StagePlan#startingAt} has it; a note says what is left out.
     *
     * @param strength in (0, 1]
     * @throws IllegalArgumentException if it is outside, or leaves no step
     */
    @API(status = API.Status.EXPERIMENTAL)
    public Plan startingAt(double strength) {
        StagePlan left;
        try {
            left = stages.startingAt(strength);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("plan %s: %s".formatted(name(), e.getMessage()), e);
        }
        int before = spec.stages().size() - left.stages().size();
        List<StageSpec> specs =
                new ArrayList<>(spec.stages().subList(before, spec.stages().size()));
        specs.set(0, specs.get(0).withStrength(strength));
        return new Plan(spec.withStages(specs), left, notes)
                .withNote("strength %s starts in stage %s of %s: %s of its %s steps run%s"
                        .formatted(
                                strength,
                                before + 1,
                                spec.stages().size(),
                                left.first().executedSteps(),
                                left.first().steps(),
                                before == 0 ? "" : ", those of the stages before are left out"));
    }

    /** The same with one more note for the user. */
    @API(status = API.Status.INTERNAL)
    public Plan withNote(String note) {
        List<String> all = new ArrayList<>(notes);
        all.add(note);
        return new Plan(spec, stages, all);
    }

    /** Pixels of the finished picture. */
    public int width() {
        return spec.last().width();
    }

    /** Pixels of the finished picture. */
    public int height() {
        return spec.last().height();
    }

    /** Frames of the finished video; absent for pictures. */
    public OptionalInt frames() {
        return spec.frames();
    }
}
