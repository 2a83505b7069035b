package io.bottleneck4j.cli.plan;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.eval.drawing.Canvas;
import io.bottleneck4j.eval.drawing.Lettering;
import io.bottleneck4j.eval.drawing.PlotAxis;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.List;
import java.util.Locale;

/**
 * A plan as a picture: over its forwards, the noise level as a line (left axis) and, behind it, the tokens of each stage as a coloured
 * area (right axis). A forward spans one unit: the line falls from the level it is given to the level it leads to.
 */
final class PlanPlot {
    private static final int WIDTH = 1200;
    private static final int HEIGHT = 640;
    private static final int LEFT = 90;
    private static final int RIGHT = WIDTH - 100;
    private static final int TOP = 70;
    private static final int BOTTOM = HEIGHT - 130;
    private static final int GAP = 10;
    private static final int AREA_COVERAGE = 56;
    private static final double LINE = 2.5;
    private static final double DOT = 3;
    private static final int DASH = 5;
    private static final double ROOM_FOR_A_WORD = 0.07;
    private static final Canvas.Ink GRID = new Canvas.Ink(0xDD, 0xDD, 0xDD);
    private static final Canvas.Ink GRAY = new Canvas.Ink(0x80, 0x80, 0x80);
    private static final Lettering TEXT = Lettering.REGULAR;

    private final Model model;
    private final Plan plan;
    private final List<ResolutionStage> stages;
    private final Canvas canvas = new Canvas(WIDTH, HEIGHT);
    private final PlotAxis forwards;
    private final PlotAxis sigma = PlotAxis.fromZero(1, BOTTOM, TOP);
    private final PlotAxis tokens;

    private PlanPlot(Model model, Plan plan) {
        this.model = model;
        this.plan = plan;
        this.stages = plan.stages().stages();
        this.forwards = new PlotAxis(0, plan.stages().executedSteps(), LEFT, RIGHT);
        this.tokens = PlotAxis.fromZero(
                stages.stream()
                        .mapToDouble(stage -> (double) model.tokens(stage.shape()))
                        .max()
                        .orElse(1),
                BOTTOM,
                TOP);
    }

    static Picture picture(Model model, Plan plan) {
        PlanPlot plot = new PlanPlot(model, plan);
        plot.frame();
        int before = 0;
        for (int i = 0; i < plot.stages.size(); i++) {
            plot.tokens(i, before);
            before += plot.stages.get(i).executedSteps();
        }
        before = 0;
        for (int i = 0; i < plot.stages.size(); i++) {
            if (i > 0) {
                plot.jump(i, before);
            }
            plot.sigmas(i, before);
            before += plot.stages.get(i).executedSteps();
        }
        plot.legend();
        return plot.canvas.picture();
    }

    private void frame() {
        String title = String.format(
                Locale.ROOT,
                "%s on %s, %d x %d px: %d forwards",
                plan.name(),
                model.name(),
                plan.width(),
                plan.height(),
                plan.stages().executedSteps());
        canvas.write(Lettering.BOLD, Lettering.BOLD.cut(title, RIGHT - LEFT), LEFT, 12);
        canvas.write(TEXT, "noise level sigma (lines)", LEFT, TOP - 2 * TEXT.lineHeight() / 2 - 4);
        canvas.writeLeftOf(TEXT, "tokens (areas)", RIGHT, TOP - TEXT.lineHeight() - 4);
        for (double tick : sigma.ticks()) {
            int y = sigma.pixel(tick);
            canvas.fill(LEFT, y, RIGHT, y + 1, GRID);
            canvas.writeLeftOf(TEXT, sigma.label(tick), LEFT - GAP, y - TEXT.lineHeight() / 2);
        }
        for (double tick : tokens.ticks()) {
            canvas.write(
                    TEXT,
                    String.format(Locale.ROOT, "%,d", Math.round(tick)),
                    RIGHT + GAP,
                    tokens.pixel(tick) - TEXT.lineHeight() / 2);
        }
        for (double tick : forwards.ticks()) {
            canvas.writeAround(TEXT, forwards.label(tick), forwards.pixel(tick), BOTTOM + GAP);
        }
        canvas.writeAround(TEXT, "forwards", (LEFT + RIGHT) / 2, BOTTOM + GAP + TEXT.lineHeight());
    }

    /** The stage's area, as high as it has tokens, and its number over its middle, in full where there is room. */
    private void tokens(int i, int before) {
        ResolutionStage stage = stages.get(i);
        int left = forwards.pixel(before);
        int right = forwards.pixel(before + stage.executedSteps());
        canvas.tint(left, tokens.pixel((double) model.tokens(stage.shape())), right, BOTTOM, AREA_COVERAGE, ink(i));
        boolean roomy = stage.executedSteps() > plan.stages().executedSteps() * ROOM_FOR_A_WORD;
        canvas.writeAround(TEXT, (roomy ? "stage " : "") + (i + 1), (left + right) / 2, TOP + 4);
    }

    /** The stage's noise levels. */
    private void sigmas(int i, int before) {
        TimestepSchedule schedule = stages.get(i).schedule();
        for (int k = 0; k <= schedule.steps(); k++) {
            double x = forwards.at(before + k);
            double y = sigma.at(schedule.sigma(k));
            canvas.disc(x, y, DOT, ink(i));
            if (k > 0) {
                canvas.line(forwards.at(before + k - 1), sigma.at(schedule.sigma(k - 1)), x, y, LINE, ink(i));
            }
        }
    }

    /** New noise between stages. */
    private void jump(int i, int at) {
        int x = forwards.pixel(at);
        for (int y = BOTTOM; y > sigma.pixel(stages.get(i).schedule().sigma(0)); y -= 2 * DASH) {
            canvas.fill(x, y - DASH, x + 2, y, GRAY);
        }
    }

    /** The sizes with all forwards at each, and what the dashes are, on as many lines as they need. */
    private void legend() {
        int pen = LEFT;
        int top = BOTTOM + GAP + 5 * TEXT.lineHeight() / 2;
        for (int i = 0; i <= stages.size(); i++) {
            boolean last = i == stages.size();
            if (last ? i == 1 : !isFirstOfItsSize(i)) {
                continue;
            }
            boolean noised = plan.spec().rules().renoise();
            String text = last ? (noised ? "resized, noised again" : "resized, not noised") : sizeInWords(i);
            int width = 3 * GAP + TEXT.width(text);
            if (pen > LEFT && pen + width > RIGHT) {
                pen = LEFT;
                top += TEXT.lineHeight();
            }
            int middle = top + TEXT.lineHeight() / 2;
            canvas.fill(pen, middle - 1, pen + 2 * GAP, middle + 2, last ? GRAY : ink(i));
            canvas.write(TEXT, text, pen + 3 * GAP, top);
            pen += width + 3 * GAP;
        }
    }

    private boolean isFirstOfItsSize(int i) {
        return stages.subList(0, i).stream()
                .noneMatch(earlier -> earlier.shape().equals(stages.get(i).shape()));
    }

    /** A size, with all forwards at it. */
    private String sizeInWords(int i) {
        StageSpec size = plan.spec().stages().get(i);
        LatentShape shape = stages.get(i).shape();
        int count = stages.stream()
                .filter(stage -> stage.shape().equals(shape))
                .mapToInt(ResolutionStage::forwards)
                .sum();
        return String.format(
                Locale.ROOT, "%d x %d px: %d forward%s", size.width(), size.height(), count, count == 1 ? "" : "s");
    }

    /** Stages of one size have one colour, the largest the first. */
    private Canvas.Ink ink(int i) {
        List<Integer> sizes = stages.stream()
                .map(stage -> -stage.shape().elements())
                .distinct()
                .sorted()
                .toList();
        return Canvas.Ink.DISTINCT.get(sizes.indexOf(-stages.get(i).shape().elements()) % Canvas.Ink.DISTINCT.size());
    }
}
