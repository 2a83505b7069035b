package io.bottleneck4j.pipeline.cost;

import io.bottleneck4j.core.cache.FeatureCache;
import io.bottleneck4j.core.cache.Rhythm;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds how many steps each stage of a preset should have for a plan to cost no more than a budget. Sizes, strengths, shifts and
 * rounding stay the preset's.
 *
 * <p>Which plan is best? One that
 *
 * <ol>
 *   <li>costs no more than the budget,
 *   <li>wastes none of it: no stage could run the next larger number of forwards and still fit, and
 *   <li>of those, has its forwards most nearly in the preset's proportions: the smallest part of them lies in another stage than
 *       the preset would have it ({@link Tuned#displaced}).
 * </ol>
 *
 * <p>Of two alike the one that costs more is taken, since it does more work, then the one with fewer forwards in the first stage
 * that differs. The plan that costs most below the budget would be no good answer: among thousands of mixtures some happens to meet
 * any sum to the last digit, such as 1, 57 and 3 forwards, and it has nothing of the preset. Rule 2 keeps the loss below the price
 * of the cheapest forward.
 *
 * <p>All numbers of steps from 1 to {@link #mostSteps} are searched, leaving out only what cannot be an answer: beginnings of plans
 * that the cheapest rest takes beyond the budget, and for the last stage every number but the largest that fits, since the others
 * break rule 2. Where several numbers of steps run the same forwards, the one is taken whose stage starts nearest to the noise level
 * that the strength means.
 */
public final class Tuner {
    /** Steps a stage may have, unless the preset has more than half of it. */
    private static final int STEPS = 100;

    /** Steps a stage can have at all. */
    private static final int MOST_STEPS = 10_000;

    /** Beginnings of plans looked at before the search is given up: some seconds. */
    private static final long MOST_BEGINNINGS = 100_000_000;

    /** Keeps a plan that costs exactly the budget, such as half of 50 forwards, from failing by rounding. */
    private static final double TOLERANCE = 1e-9;

    private final StagePlan preset;
    private final int mostSteps;
    /** Numbers of forwards by stage, rising, each with the steps that run it best. */
    private final List<List<Choice>> choices = new ArrayList<>();
    /** Price by stage of it and all later ones at one choice each, the cheapest. */
    private final double[] cheapestFrom;

    /**
     * A number of forwards a stage can run.
     *
     * @param distance of the level it starts at from the one that the strength means
     * @param price of all its steps, also of those that a cache spares in part
     */
    private record Choice(int forwards, int steps, double distance, double price) {}

    /**
     * A plan that meets the budget.
     *
     * @param cost in the unit of the prices
     * @param displaced the part of its forwards, 0 to 1, that lies in another stage than the preset's proportions would have it
     */
    public record Tuned(StagePlan plan, double cost, double displaced) {}

    /**
     * Lists what each stage can run.
     *
     * @param price of all steps of a stage, in FLOPs or seconds; more steps must not cost less
     * @throws IllegalArgumentException if a price is not a finite number above 0, or a cache leaves nothing to tune
     */
    public Tuner(StagePlan preset, ToDoubleFunction<ResolutionStage> price) {
        this(preset, price, Math.min(MOST_STEPS, Math.max(STEPS, 2 * largest(preset))));
    }

    /** FLOPs of a stage, as {@link PlanCost} counts them. */
    public static ToDoubleFunction<ResolutionStage> flops(ForwardCost model) {
        return stage -> PlanCost.StageCost.of(stage, model).flops();
    }

    /** The price of a stage of which only forwards count, each the same at one shape. */
    public static ToDoubleFunction<ResolutionStage> each(ToDoubleFunction<LatentShape> forward) {
        return stage -> forward.applyAsDouble(stage.shape()) * stage.forwards();
    }

    private static int largest(StagePlan preset) {
        return preset.stages().stream().mapToInt(ResolutionStage::steps).max().orElse(0);
    }

    /** With another largest number of steps. */
    Tuner(StagePlan preset, ToDoubleFunction<ResolutionStage> price, int mostSteps) {
        this.preset = preset;
        this.mostSteps = mostSteps;
        int count = preset.stages().size();
        cheapestFrom = new double[count + 1];
        for (int i = 0; i < count; i++) {
            ResolutionStage stage = preset.stages().get(i);
            requireTunable(stage);
            choices.add(choices(stage, price));
        }
        for (int i = count - 1; i >= 0; i--) {
            cheapestFrom[i] = cheapestFrom[i + 1] + choices.get(i).get(0).price();
        }
    }

    private static void requireTunable(ResolutionStage stage) {
        StepCache cache = stage.cache();
        if (cache instanceof FeatureCache feature && feature.rhythm() instanceof Rhythm.At) {
            throw new IllegalArgumentException("cache: " + cache + " computes these steps however many a stage has, so"
                    + " there is nothing to tune; use every= instead");
        }
        if (stage.work().contains(Forward.PARTIAL)) {
            throw new IllegalArgumentException(
                    "cache: " + cache + " runs some steps in part, and only whole forwards have"
                            + " a price; tune the plan without it, or with a cache such as taylor");
        }
    }

    /** The largest number of steps a stage is given: 100, or twice the preset's largest. */
    public int mostSteps() {
        return mostSteps;
    }

    /** Cost of the cheapest plan: each stage runs as little as it can. */
    public double cheapest() {
        return cheapestFrom[0];
    }

    /** Cost of the dearest plan: each stage has as many steps as it may. */
    public double dearest() {
        double sum = 0;
        for (List<Choice> all : choices) {
            sum += last(all).price();
        }
        return sum;
    }

    /** Every number of forwards up to the limit, rising, with the steps that start nearest to what the strength means. */
    private List<Choice> choices(ResolutionStage stage, ToDoubleFunction<ResolutionStage> price) {
        double wanted = stage.shift().apply(stage.strength(), stage.shape());
        TreeMap<Integer, Choice> found = new TreeMap<>();
        for (int steps = 1; steps <= mostSteps; steps++) {
            ResolutionStage candidate;
            try {
                candidate = stage.withSteps(steps);
            } catch (IllegalArgumentException e) {
                continue; // so few steps run none; all else is the preset's and sound
            }
            double cost = price.applyAsDouble(candidate);
            if (!(cost > 0 && cost < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("price: must be a finite number above 0, not " + cost);
            }
            double distance = Math.abs(candidate.schedule().sigma(0) - wanted);
            Choice choice = new Choice(candidate.forwards(), steps, distance, cost);
            found.merge(choice.forwards(), choice, (a, b) -> b.distance() < a.distance() ? b : a);
        }
        return List.copyOf(found.values());
    }

    /**
     * The best plan that costs no more than this.
     *
     * @param budget in the unit of the prices
     * @throws IllegalArgumentException if no plan costs so little, or even the dearest costs less, or if the plan has so many stages
     *     that not all mixtures can be looked at
     */
    public Tuned tune(double budget) {
        if (!reaches(budget)) {
            throw new IllegalArgumentException(
                    "budget: must be between " + cheapest() + " and " + dearest() + ", not " + budget);
        }
        Search search = new Search(budget * (1 + TOLERANCE));
        search.from(0, 0);
        return search.result();
    }

    /** Whether the budget lies between the cheapest and the dearest plan, so that some plan makes use of it. */
    public boolean reaches(double budget) {
        return budget * (1 + TOLERANCE) >= cheapest() && budget <= dearest() * (1 + TOLERANCE);
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }

    /** One walk through all mixtures. */
    private final class Search {
        private final double budget;
        private final Choice[] chosen = new Choice[choices.size()];
        private final int[] index = new int[choices.size()];
        private final long[] wanted;
        private final long wantedSum;
        private long beginnings;
        private Choice @Nullable [] best;
        private double bestCost;
        private long bestDisplaced;
        private long bestForwards;

        Search(double budget) {
            this.budget = budget;
            wanted = preset.stages().stream()
                    .mapToLong(ResolutionStage::forwards)
                    .toArray();
            wantedSum = preset.forwards();
        }

        /** Chooses for this stage and all later ones, given what the earlier ones cost. */
        void from(int stage, double spent) {
            if (++beginnings > MOST_BEGINNINGS) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "stages: %s stages of up to %s steps make more than %,d combinations; tune a plan of fewer stages, or for a"
                                + " smaller budget",
                        choices.size(),
                        mostSteps,
                        MOST_BEGINNINGS));
            }
            List<Choice> all = choices.get(stage);
            boolean isLast = stage == choices.size() - 1;
            for (int i = isLast ? largestFitting(all, spent) : 0; i < all.size(); i++) {
                double cost = spent + all.get(i).price();
                if (cost + cheapestFrom[stage + 1] > budget) {
                    return; // and so is every larger number
                }
                chosen[stage] = all.get(i);
                index[stage] = i;
                if (!isLast) {
                    from(stage + 1, cost);
                } else if (nothingMoreFits(cost)) {
                    compare(cost);
                }
            }
        }

        /** Index of the most forwards the last stage can run; 0 where not even the fewest fit. */
        private int largestFitting(List<Choice> all, double spent) {
            int low = 0;
            int high = all.size() - 1;
            while (low < high) {
                int middle = (low + high + 1) / 2;
                if (spent + all.get(middle).price() <= budget) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            return low;
        }

        private boolean nothingMoreFits(double cost) {
            for (int i = 0; i < chosen.length; i++) {
                List<Choice> all = choices.get(i);
                if (index[i] + 1 < all.size()) {
                    double more = all.get(index[i] + 1).price() - chosen[i].price();
                    if (cost + more <= budget) {
                        return false;
                    }
                }
            }
            return true;
        }

        private void compare(double cost) {
            long forwards = 0;
            for (Choice choice : chosen) {
                forwards += choice.forwards();
            }
            long displaced = 0; // in parts of 2 · forwards · wantedSum, so that the comparison is exact
            for (int i = 0; i < chosen.length; i++) {
                displaced += Math.abs(chosen[i].forwards() * wantedSum - wanted[i] * forwards);
            }
            long here = displaced * bestForwards;
            long there = bestDisplaced * forwards;
            if (best == null || here < there || (here == there && cost > bestCost)) {
                best = chosen.clone();
                bestCost = cost;
                bestDisplaced = displaced;
                bestForwards = forwards;
            }
        }

        Tuned result() {
            Choice[] found = best;
            if (found == null) {
                throw new IllegalStateException("search: found nothing between " + cheapest() + " and " + dearest());
            }
            List<ResolutionStage> stages = new ArrayList<>();
            for (int i = 0; i < found.length; i++) {
                stages.add(preset.stages().get(i).withSteps(found[i].steps()));
            }
            return new Tuned(
                    new StagePlan(stages, preset.handOver()),
                    bestCost,
                    bestDisplaced / (2.0 * bestForwards * wantedSum));
        }
    }
}
