package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.latent.Latents;
import java.util.ArrayList;
import java.util.List;

/** The latest features that were computed, newest first; no predictor looks further back than three. */
public final class History {

    private static final int MOST = 3;

    /**
     * What one step has computed.
     *
     * @param step its index in the stage
     * @param sigma its noise level
     * @param feature velocity or hidden state {@code [C, F, H, W]}
     */
    public record Computed(int step, double sigma, Latents feature) {}

    private final List<Computed> computed = new ArrayList<>();
    private final int first;

    /**
     * @param first number of steps that a stage computes one after another at its start
     */
    History(int first) {
        this.first = first;
    }

    void add(int step, double sigma, Latents feature) {
        computed.add(0, new Computed(step, sigma, feature));
        if (computed.size() > MOST) {
            computed.remove(MOST);
        }
    }

    /** Returns how many there are, up to 3. */
    public int size() {
        return computed.size();
    }

    /** Returns the newest. */
    public Computed latest() {
        return before(0);
    }

    /** Returns an older one, {@code back} of 0 being the newest. */
    public Computed before(int back) {
        return computed.get(back);
    }

    /** Returns the change for one step between the two newest. */
    Latents slope() {
        return slope(0);
    }

    /** Returns whether that change has a change: slopes count from the last of a stage's first steps on. Source: TaylorSeer@288776d. */
    boolean hasCurvature() {
        return size() == MOST && before(1).step() >= first - 1;
    }

    /** Returns the change of that change for one step. */
    Latents curvature() {
        return slope(0).plus(-1, slope(1))
                .times(1.0 / (before(0).step() - before(1).step()));
    }

    private Latents slope(int back) {
        Computed newer = before(back);
        Computed older = before(back + 1);
        return newer.feature().plus(-1, older.feature()).times(1.0 / (newer.step() - older.step()));
    }
}
