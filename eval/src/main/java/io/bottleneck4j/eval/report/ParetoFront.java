package io.bottleneck4j.eval.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The plans that no other plan beats in time and quality both. */
final class ParetoFront {
    private ParetoFront() {}

    /**
     * These plans, the fastest first. They go by means and medians: a plan off the front may still not be measurably worse.
     *
     * @param better which way quality gets better
     */
    static List<PlotPoint> of(List<PlotPoint> points, Better better) {
        List<PlotPoint> bestFirst = points.stream()
                .sorted(Comparator.comparingDouble(
                        (PlotPoint point) -> point.quality().mean() * (better == Better.HIGHER ? -1 : 1)))
                .sorted(Comparator.comparingDouble(point -> point.seconds().mean()))
                .toList();
        List<PlotPoint> front = new ArrayList<>();
        for (PlotPoint point : bestFirst) {
            if (front.isEmpty()
                    || better.isGain(point.quality().mean()
                            - front.get(front.size() - 1).quality().mean())) {
                front.add(point);
            }
        }
        return front;
    }
}
