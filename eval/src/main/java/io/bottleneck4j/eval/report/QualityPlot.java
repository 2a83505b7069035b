package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.drawing.Canvas;
import io.bottleneck4j.eval.drawing.Lettering;
import io.bottleneck4j.eval.drawing.PlotAxis;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.models.media.Picture;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Plans in the plane of measured time and quality: a dot for each, with both intervals as lines, and its name beside it; stairs along the
 * {@linkplain #front best}.
 */
final class QualityPlot {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 600;
    private static final int LEFT = 90;
    private static final int RIGHT = WIDTH - 40;
    private static final int TOP = 70;
    private static final int BOTTOM = HEIGHT - 70;
    private static final int GRID = 228;
    private static final int AXIS = 120;
    private static final int FRONT = 2;
    private static final double DOT = 7;
    private static final int CAP = 4;
    private static final int GAP = 10;
    private static final Lettering TEXT = Lettering.REGULAR;

    private final List<Plan> points;
    private final PlotAxis x;
    private final PlotAxis y;
    private final Canvas canvas = new Canvas(WIDTH, HEIGHT);
    private final List<Box> taken = new ArrayList<>();

    /** A plan in a plot: seconds of a picture, and quality by one metric. */
    record Plan(String name, Bootstrap seconds, Bootstrap quality) {}

    /** Where something is drawn, in pixels. */
    private record Box(int left, int top, int right, int bottom) {
        int overlap(Box other) {
            int wide = Math.min(right, other.right) - Math.max(left, other.left);
            int high = Math.min(bottom, other.bottom) - Math.max(top, other.top);
            return wide > 0 && high > 0 ? wide * high : 0;
        }

        /** How much lies beyond the plot. */
        int beyond() {
            return (right - left) * (bottom - top) - overlap(new Box(LEFT, TOP, WIDTH, BOTTOM));
        }
    }

    private QualityPlot(List<Plan> points) {
        this.points = List.copyOf(points);
        double slowest =
                points.stream().mapToDouble(p -> p.seconds().high()).max().orElseThrow();
        double lowest =
                points.stream().mapToDouble(p -> p.quality().low()).min().orElseThrow();
        double highest =
                points.stream().mapToDouble(p -> p.quality().high()).max().orElseThrow();
        this.x = PlotAxis.fromZero(slowest, LEFT, RIGHT);
        this.y = PlotAxis.around(lowest, highest, BOTTOM, TOP);
    }

    /** Draws plans, at least one; the metric says how good they are, and better which way. */
    static Picture draw(String metric, Metric.Better better, List<Plan> points) {
        QualityPlot plot = new QualityPlot(points);
        plot.frame(metric, better);
        plot.drawFront(front(points, better));
        for (int i = 0; i < points.size(); i++) {
            plot.lines(points.get(i), ink(i));
        }
        for (int i = 0; i < points.size(); i++) {
            plot.dot(points.get(i), ink(i));
        }
        plot.points.forEach(plot::name);
        return plot.canvas.picture();
    }

    /**
     * The plans that no other plan beats in time and quality both, the fastest first; none where neither way is better.
     * They go by means and medians: a plan off the front may still not be measurably worse.
     */
    static List<Plan> front(List<Plan> points, Metric.Better better) {
        if (better == Metric.Better.NEITHER) {
            return List.of();
        }
        List<Plan> bestFirst = points.stream()
                .sorted(Comparator.comparingDouble(
                        (Plan point) -> -better.worth(point.quality().mean())))
                .sorted(Comparator.comparingDouble(point -> point.seconds().mean()))
                .toList();
        List<Plan> front = new ArrayList<>();
        for (Plan point : bestFirst) {
            if (front.isEmpty()
                    || better.worth(point.quality().mean()
                                    - front.get(front.size() - 1).quality().mean())
                            > 0) {
                front.add(point);
            }
        }
        return front;
    }

    private static Canvas.Ink ink(int plan) {
        return Canvas.Ink.DISTINCT.get(plan % Canvas.Ink.DISTINCT.size());
    }

    private void frame(String metric, Metric.Better better) {
        canvas.write(Lettering.BOLD, Lettering.BOLD.cut(metric, RIGHT - LEFT), LEFT, 16);
        String way = better == Metric.Better.NEITHER
                ? "neither end is better; lines are 95 % intervals"
                : (better == Metric.Better.HIGHER ? "higher" : "lower")
                        + " is better; lines are 95 % intervals, stairs the best for their time";
        canvas.write(TEXT, way, LEFT, 16 + Lettering.BOLD.lineHeight());
        for (double tick : y.ticks()) {
            int at = y.pixel(tick);
            canvas.fill(LEFT, at, RIGHT, at + 1, GRID);
            canvas.writeLeftOf(TEXT, y.label(tick), LEFT - GAP, at - TEXT.lineHeight() / 2);
        }
        for (double tick : x.ticks()) {
            int at = x.pixel(tick);
            canvas.fill(at, TOP, at + 1, BOTTOM, GRID);
            canvas.writeAround(TEXT, x.label(tick), at, BOTTOM + GAP);
        }
        canvas.fill(LEFT, BOTTOM, RIGHT, BOTTOM + 1, AXIS);
        canvas.fill(LEFT, TOP, LEFT + 1, BOTTOM, AXIS);
        String under = "median seconds of a picture";
        canvas.write(TEXT, under, (LEFT + RIGHT - TEXT.width(under)) / 2, BOTTOM + GAP + TEXT.lineHeight() + 4);
    }

    /** Under the dots, as far as the plot goes. */
    private void drawFront(List<Plan> front) {
        for (int i = 0; i < front.size(); i++) {
            int level = centreY(front.get(i));
            boolean last = i == front.size() - 1;
            int next = last ? RIGHT : centreX(front.get(i + 1));
            canvas.fill(centreX(front.get(i)), level, next, level + FRONT, AXIS);
            if (!last) {
                int other = centreY(front.get(i + 1));
                canvas.fill(next, Math.min(level, other), next + FRONT, Math.max(level, other) + FRONT, AXIS);
            }
        }
    }

    private int centreX(Plan point) {
        return x.pixel(point.seconds().mean());
    }

    private int centreY(Plan point) {
        return y.pixel(point.quality().mean());
    }

    /** Both intervals, with caps. */
    private void lines(Plan point, Canvas.Ink ink) {
        int left = x.pixel(point.seconds().low());
        int right = x.pixel(point.seconds().high());
        int top = y.pixel(point.quality().high());
        int bottom = y.pixel(point.quality().low());
        int middleX = centreX(point);
        int middleY = centreY(point);
        bar(left, middleY, right + 1, middleY + 1, ink);
        bar(left, middleY - CAP, left + 1, middleY + CAP + 1, ink);
        bar(right, middleY - CAP, right + 1, middleY + CAP + 1, ink);
        bar(middleX, top, middleX + 1, bottom + 1, ink);
        bar(middleX - CAP, top, middleX + CAP + 1, top + 1, ink);
        bar(middleX - CAP, bottom, middleX + CAP + 1, bottom + 1, ink);
    }

    private void bar(int left, int top, int right, int bottom, Canvas.Ink ink) {
        canvas.fill(left, top, right, bottom, ink);
        taken.add(new Box(left, top, right, bottom));
    }

    private void dot(Plan point, Canvas.Ink ink) {
        int middleX = centreX(point);
        int middleY = centreY(point);
        canvas.disc(middleX + 0.5, middleY + 0.5, DOT, ink);
        int reach = (int) DOT + 2;
        taken.add(new Box(middleX - reach, middleY - reach, middleX + reach, middleY + reach));
    }

    /** Where it covers least of what is there: right, left, above or below the dot. */
    private void name(Plan point) {
        int width = TEXT.width(point.name());
        int height = TEXT.lineHeight();
        int middleX = centreX(point);
        int middleY = centreY(point);
        List<Box> places = new ArrayList<>();
        for (int away : List.of(height, 2 * height, 3 * height)) {
            for (int top : List.of(middleY - away, middleY + away - height)) {
                places.add(new Box(middleX + GAP, top, middleX + GAP + width, top + height));
                places.add(new Box(middleX - GAP - width, top, middleX - GAP, top + height));
            }
        }
        Box best = places.stream()
                .min(Comparator.comparingInt(place -> 4 * place.beyond()
                        + taken.stream().mapToInt(place::overlap).sum()))
                .orElseThrow();
        taken.add(best);
        canvas.write(TEXT, point.name(), best.left(), best.top());
    }
}
