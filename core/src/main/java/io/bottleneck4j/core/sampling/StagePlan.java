package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.CosineTransform;
import io.bottleneck4j.core.latent.LatentShape;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The stages of one sampling run, in order, from pure noise to clean latents.
 *
 * @param stages at least one; the first starts at sigma 1, and all have the same channels and frames
 * @param handOver how each stage takes over from the one before
 * @param startsClean whether it starts from clean latents that are given, so that the first stage may start below sigma 1
 */
public record StagePlan(List<ResolutionStage> stages, HandOver handOver, boolean startsClean) {

    /**
     * Checks and copies the stages.
     *
     * @throws IllegalArgumentException if there is none, if the first does not start from pure noise, or if channels
     *     or frames change between stages, or if noisy latents are to be handed over where no stage can
     */
    public StagePlan {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: none given; a plan needs at least 1");
        }
        ResolutionStage first = stages.get(0);
        if (!startsClean && first.schedule().sigma(0) != 1) {
            throw new IllegalArgumentException(
                    "strength: %s makes stage 1 start at sigma %s, but nothing comes before it; use strength 1"
                            .formatted(first.strength(), first.schedule().sigma(0)));
        }
        for (int i = 1; i < stages.size(); i++) {
            LatentShape shape = stages.get(i).shape();
            if (!shape.equals(first.shape().withSize(shape.height(), shape.width()))) {
                throw new IllegalArgumentException(
                        "shape: stage %s has %s, stage 1 has %s; keep channels and frames, change height and width only"
                                .formatted(i + 1, shape, first.shape()));
            }
        }
        if (handOver == HandOver.DCT) {
            stages = handedOverNoisy(stages);
        }
    }

    /** The stages with the levels at which noisy latents leave and enter. */
    private static List<ResolutionStage> handedOverNoisy(List<ResolutionStage> stages) {
        List<ResolutionStage> adapted = new ArrayList<>(stages);
        for (int k = 0; k + 1 < stages.size(); k++) {
            ResolutionStage low = adapted.get(k);
            ResolutionStage high = adapted.get(k + 1);
            if (low.until() > 0 && high.shape().height() > low.shape().height()) {
                adapted.set(k, low.stayingNoisy());
                adapted.set(k + 1, high.entered(CosineTransform.levelAfter(low.until(), low.shape(), high.shape())));
            }
        }
        if (adapted.stream().noneMatch(ResolutionStage::staysNoisy)) {
            throw new IllegalArgumentException(
                    "handover: dct passes noisy latents to a larger stage, and none follows a"
                            + " stage with until; give the low stage until, such as 0.7");
        }
        return List.copyOf(adapted);
    }

    /**
     * A plan that starts from pure noise.
     *
     * @throws IllegalArgumentException as the other constructor does
     */
    public StagePlan(List<ResolutionStage> stages, HandOver handOver) {
        this(stages, handOver, false);
    }

    /**
     * A plan whose stages are noised again at each change, as the method has it.
     *
     * @throws IllegalArgumentException as the other constructor does
     */
    public StagePlan(List<ResolutionStage> stages) {
        this(stages, HandOver.RENOISE);
    }

    /**
     * Returns the ordinary plan, one stage from pure noise: the baseline.
     *
     * @param shape the latents' shape {@code [C, F, H, W]}
     * @param steps number of steps, 1 to 10,000
     * @param shift the model's own shift, or another
     * @throws IllegalArgumentException as {@link ResolutionStage} does
     */
    public static StagePlan single(LatentShape shape, int steps, Shift shift) {
        return new StagePlan(List.of(new ResolutionStage(shape, steps, 1, shift, Rounding.IMG2IMG)));
    }

    /**
     * Returns the plan of the method: high, low, high.
     *
     * @param high lays out the picture at full size, from pure noise
     * @param low does most of the work on fewer cells
     * @param finish restores detail at the size of {@code high}
     * @throws IllegalArgumentException if {@code low} has no fewer cells than {@code high}, if {@code finish} has
     *     another shape than {@code high}, or as the constructor does
     */
    public static StagePlan bottleneck(ResolutionStage high, ResolutionStage low, ResolutionStage finish) {
        if (low.shape().elements() >= high.shape().elements()) {
            throw new IllegalArgumentException(
                    "shape: stage 2 has %s, no fewer cells than stage 1 with %s; make it lower or narrower"
                            .formatted(low.shape(), high.shape()));
        }
        if (!finish.shape().equals(high.shape())) {
            throw new IllegalArgumentException(
                    "shape: stage 3 has %s, not that of stage 1; use %s".formatted(finish.shape(), high.shape()));
        }
        return new StagePlan(List.of(high, low, finish));
    }

    /**
     * Returns the part of this plan that is left for clean latents, noised as far as a strength says: a picture that is to
     * be changed.
     *
     * <p>It begins in the last stage whose levels hold the start, which is the last one of at least this strength: before
     * the shift, a stage of strength w walks from level w down to 0. That stage runs the steps that its nominal number, its
     * rounding and this strength leave; the stages before it are left out, those after it run as they are. So 1 leaves out
     * nothing, and of a plan of one stage as many steps as diffusers' get_timesteps. The level that latents are noised to
     * is the first of that stage's shifted schedule, as in Algorithm 1.
     *
     * <p>Source: arXiv 2503.18940, Algorithm 1; diffusers 0.42.1, pipeline_flux_img2img.py, get_timesteps.
     *
     * @param strength in (0, 1]
     * @throws IllegalArgumentException if it is outside, leaves no step, or the stage's cache does not fit the steps left
     */
    @API(status = API.Status.EXPERIMENTAL)
    public StagePlan startingAt(double strength) {
        int begin = stages.size() - 1;
        while (begin > 0 && !(stages.get(begin).strength() >= strength)) {
            begin--;
        }
        List<ResolutionStage> left = new ArrayList<>(stages.subList(begin, stages.size()));
        left.set(0, left.get(0).startingAt(strength));
        boolean noisy = handOver == HandOver.DCT && left.stream().anyMatch(ResolutionStage::staysNoisy);
        return new StagePlan(left, handOver == HandOver.DCT && !noisy ? HandOver.RENOISE : handOver, true);
    }

    /** Returns the first stage. */
    public ResolutionStage first() {
        return stages.get(0);
    }

    /** Returns the last stage, whose shape the result has. */
    public ResolutionStage last() {
        return stages.get(stages.size() - 1);
    }

    /** Returns the noise levels that the model is told in all steps, each once, in the order of the run; with a cache not all are asked for. */
    public List<Double> sigmas() {
        return stages.stream()
                .flatMap(stage -> stage.schedule().sigmas().stream()
                        .limit(stage.executedSteps())
                        .map(stage.solver()::told))
                .distinct()
                .toList();
    }

    /** Returns the number of steps that run in all stages together. */
    public int executedSteps() {
        return stages.stream().mapToInt(ResolutionStage::executedSteps).sum();
    }

    /** Returns what each of those steps runs of the model. */
    public List<Forward> work() {
        return stages.stream().flatMap(stage -> stage.work().stream()).toList();
    }

    /** Returns whether a stage has a cache. */
    public boolean isCached() {
        return stages.stream().anyMatch(stage -> stage.cache() != StepCache.NONE);
    }

    /** Returns whether a cache decides as it runs, so that {@link #forwards} is the most there can be. */
    public boolean decidesAsItRuns() {
        return work().contains(Forward.OPEN);
    }

    /** Returns the number of steps of all stages that ask the model, or may. */
    public int forwards() {
        return stages.stream().mapToInt(ResolutionStage::forwards).sum();
    }
}
