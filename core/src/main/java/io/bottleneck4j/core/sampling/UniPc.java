package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * UniPC, a multistep solver: it draws a line through the guesses of clean latents of the latest steps, and corrects each step afterwards
 * by the forward that the next step makes anyway.
 *
 * <p>Its levels are spaced from 1 to 0.001, and the model is told whole thousandths, rounded down, as diffusers does with models of flows.
 *
 * <p>Source: arXiv 2302.04867; diffusers 0.42.1, scheduling_unipc_multistep.py, with predict_x0, use_flow_sigmas and
 * lower_order_final.
 *
 * @param order of the predictor, 1 to 3: how many guesses it looks at
 * @param type the function B(h) of the paper
 * @param uncorrected the steps of a stage, from 0, whose result is left as it was predicted
 */
@API(status = API.Status.EXPERIMENTAL)
public record UniPc(int order, Type type, List<Integer> uncorrected) implements Solver {

    /** Of second order with bh2, corrected at every step: diffusers' default. */
    public static final UniPc USUAL = new UniPc(2, Type.BH2, List.of());

    /** The paper's B(h), of h with the sign that guesses of clean latents give it. */
    public enum Type {
        /** h itself. */
        BH1,
        /** e to the power of h, less 1. */
        BH2
    }

    private static final double TIMESTEPS = 1000;

    /** What pure noise is reckoned as, since the logarithm of nothing has no value. */
    private static final double NOISIEST = 1 - 1e-6;

    /**
     * Checks the order and copies the steps.
     *
     * @throws IllegalArgumentException if {@code order} is outside 1 to 3, or a step below 0
     */
    public UniPc {
        if (order < 1 || order > 3) {
            throw new IllegalArgumentException("solver_order: must be between 1 and 3, not " + order + "; 2 is usual");
        }
        uncorrected = List.copyOf(uncorrected);
        for (int step : uncorrected) {
            if (step < 0) {
                throw new IllegalArgumentException(
                        "disable_corrector: must list steps from 0 on, not " + step + "; leave it empty");
            }
        }
    }

    @Override
    public List<Double> levels(int steps) {
        return Solver.even(1, (1 / TIMESTEPS - 1) / steps, steps);
    }

    @Override
    public double told(double sigma) {
        return Math.floor(Math.min(sigma, NOISIEST) * TIMESTEPS) / TIMESTEPS;
    }

    @Override
    public Run start(TimestepSchedule schedule) {
        return new Steps(schedule);
    }

    @Override
    public String toString() {
        return "unipc" + (order == USUAL.order ? "" : " of order " + order)
                + (type == USUAL.type ? "" : ", " + type.name().toLowerCase(Locale.ROOT))
                + (uncorrected.isEmpty() ? "" : ", steps " + uncorrected + " not corrected");
    }

    /**
     * A step as a sum of what it is made of.
     *
     * @param x weight of the latents it starts from
     * @param next weight of the guess at the level it ends at; 0 in a prediction, where there is none yet
     * @param guesses weights of those before, the newest first
     */
    record Weights(double x, double next, List<Double> guesses) {}

    /*
     * With alpha = 1 - sigma and lambda = log(alpha / sigma), latents at one level follow from those at another exactly,
     * if it is known what the guess of clean latents is between. It is taken to be a polynomial of lambda through the
     * latest guesses. Where they lie is measured in steps from the start of this one: 0 is the newest, those before are
     * negative, and 1 is the end, of which the correction knows the guess too. Levels are float32 as in diffusers: the
     * first is so close to 1 that its alpha differs by a percent.
     */
    Weights weights(TimestepSchedule schedule, int step, int order, boolean corrects) {
        double from = level(schedule, step);
        double to = level(schedule, step + 1);
        double h = lambda(to) - lambda(from);
        double[] places = new double[corrects ? order : order - 1];
        for (int k = 1; k < order; k++) {
            places[k - 1] = (lambda(level(schedule, step - k)) - lambda(from)) / h;
        }
        if (corrects) {
            places[order - 1] = 1;
        }
        double decay = Math.expm1(-h);
        double scale = (1 - to) * (type == Type.BH1 ? -h : decay);
        double[] rho = rho(places, h, decay, type == Type.BH1 ? -h : decay);
        double next = corrects ? -scale * rho[order - 1] : 0;
        double newest = -(1 - to) * decay - next;
        List<Double> guesses = new ArrayList<>();
        for (int k = 1; k < order; k++) {
            double older = -scale * rho[k - 1] / places[k - 1];
            guesses.add(older);
            newest -= older;
        }
        guesses.add(0, newest);
        return new Weights(to / from, next, guesses);
    }

    /** How much each difference to the newest guess counts; one alone counts half, as in diffusers. */
    private static double[] rho(double[] places, double h, double decay, double b) {
        int count = places.length;
        if (count == 1) {
            return new double[] {0.5};
        }
        double[] wanted = new double[count]; // sums of rho times the powers of the places
        double phi = -decay / h - 1;
        double factorial = 1;
        for (int i = 0; i < count; i++) {
            wanted[i] = phi * factorial / b;
            factorial *= i + 2;
            phi = -phi / h - 1 / factorial;
        }
        double[] rho = new double[count];
        for (int j = 0; j < count; j++) {
            double[] polynomial = {1}; // 1 at this place and 0 at the others
            for (int k = 0; k < count; k++) {
                polynomial = k == j ? polynomial : timesLine(polynomial, places[k], places[j]);
            }
            for (int i = 0; i < count; i++) {
                rho[j] += polynomial[i] * wanted[i];
            }
        }
        return rho;
    }

    /** Returns a polynomial, the constant first, times the line that is 0 at one place and 1 at another. */
    private static double[] timesLine(double[] polynomial, double zero, double one) {
        double[] product = new double[polynomial.length + 1];
        for (int i = 0; i < polynomial.length; i++) {
            product[i] -= polynomial[i] * zero / (one - zero);
            product[i + 1] += polynomial[i] / (one - zero);
        }
        return product;
    }

    private static double level(TimestepSchedule schedule, int i) {
        return (float) Math.min(schedule.sigma(i), NOISIEST);
    }

    private static double lambda(double sigma) {
        return Math.log(1 - sigma) - Math.log(sigma);
    }

    /** One stage. */
    private final class Steps implements Run {
        private final TimestepSchedule schedule;
        private final List<Latents> guesses = new ArrayList<>(); // the newest first
        private @Nullable Latents from; // what the latest step started from, corrected
        private int step;

        Steps(TimestepSchedule schedule) {
            this.schedule = schedule;
            for (int i = 1; i <= schedule.steps(); i++) {
                if (level(schedule, i) >= level(schedule, i - 1)) {
                    throw new IllegalArgumentException(
                            "sigmas: level %s is %s, too near %s before it for unipc; use fewer steps, a shift nearer 1 or euler"
                                    .formatted(i, schedule.sigma(i), schedule.sigma(i - 1)));
                }
            }
        }

        /** Of as many guesses as there are, and steps are left: the last step, straight to 0, looks at one. */
        private int orderOf(int i) {
            return Math.min(order, Math.min(i + 1, schedule.steps() - i));
        }

        @Override
        public Latents next(Latents x, Latents v, Latents guess) {
            int now = step++;
            if (schedule.sigma(now + 1) == 0) {
                return guess;
            }
            Latents own = x.plus(-level(schedule, now), v);
            Latents before = from;
            Latents here = before == null || uncorrected.contains(now - 1)
                    ? x
                    : sum(weights(schedule, now - 1, orderOf(now - 1), true), before, own);
            from = here;
            guesses.add(0, own);
            if (guesses.size() > order) {
                guesses.remove(order);
            }
            return sum(weights(schedule, now, orderOf(now), false), here, own);
        }

        private Latents sum(Weights weights, Latents start, Latents atEnd) {
            Latents sum = start.times(weights.x());
            for (int k = 0; k < weights.guesses().size(); k++) {
                sum = sum.plus(weights.guesses().get(k), guesses.get(k));
            }
            return weights.next() == 0 ? sum : sum.plus(weights.next(), atEnd);
        }
    }
}
