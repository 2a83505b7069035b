package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.eval.Metric.Better;
import io.bottleneck4j.eval.drawing.Canvas.Ink;
import io.bottleneck4j.eval.drawing.PlotAxis;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.models.media.Picture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QualityPlotTest {

    private static QualityPlot.Plan point(String name, double seconds, double quality) {
        return new QualityPlot.Plan(
                name,
                new Bootstrap(seconds, seconds - 0.1, seconds + 0.1),
                new Bootstrap(quality, quality - 0.02, quality + 0.03));
    }

    @Test
    void draw_twoPlans_putsTheFasterLeftAndTheBetterAbove() {
        Picture plot = QualityPlot.draw("suite", Better.HIGHER, List.of(point("slow", 4, 0.9), point("fast", 1, 0.5)));
        int[] slow = centre(plot, Ink.DISTINCT.get(0));
        int[] fast = centre(plot, Ink.DISTINCT.get(1));
        assertThat(fast[0]).isLessThan(slow[0] - 100);
        assertThat(fast[1]).isGreaterThan(slow[1] + 100);
    }

    @Test
    void draw_onePlanWithoutWidth_isThere() {
        Bootstrap exact = new Bootstrap(0, 0, 0);
        Picture plot = QualityPlot.draw(
                "suite", Better.LOWER, List.of(new QualityPlot.Plan("one", new Bootstrap(2, 2, 2), exact)));
        assertThat(centre(plot, Ink.DISTINCT.get(0))[2]).as("pixels of the dot").isGreaterThan(100);
    }

    @Test
    void front_ofPlans_holdsThoseThatNoneBeatsInBoth() {
        QualityPlot.Plan fast = point("fast", 1, 0.5);
        QualityPlot.Plan worse = point("worse", 2, 0.4);
        QualityPlot.Plan good = point("good", 3, 0.8);
        QualityPlot.Plan asGood = point("as good, and slower", 4, 0.8);
        QualityPlot.Plan asFast = point("as fast, and worse", 1, 0.3);
        List<QualityPlot.Plan> all = List.of(asGood, good, asFast, worse, fast);
        assertThat(QualityPlot.front(all, Better.HIGHER)).containsExactly(fast, good);
        assertThat(QualityPlot.front(all, Better.LOWER)).containsExactly(asFast);
    }

    /** The mean place of a colour's pixels, and their number. */
    private static int[] centre(Picture plot, Ink ink) {
        byte[] rgb = plot.rgb();
        int x = 0;
        int y = 0;
        int count = 0;
        for (int i = 0; i < rgb.length / 3; i++) {
            if ((rgb[3 * i] & 0xff) == ink.red()
                    && (rgb[3 * i + 1] & 0xff) == ink.green()
                    && (rgb[3 * i + 2] & 0xff) == ink.blue()) {
                x += i % plot.width();
                y += i / plot.width();
                count++;
            }
        }
        assertThat(count).as("pixels of " + ink).isPositive();
        return new int[] {x / count, y / count, count};
    }

    @Test
    void ticks_areRoundNumbersInRange() {
        assertThat(PlotAxis.fromZero(10, 0, 100).ticks()).containsExactly(0.0, 2.0, 4.0, 6.0, 8.0, 10.0);
        PlotAxis fine = PlotAxis.around(0.651, 0.702, 100, 0);
        List<String> labels = new ArrayList<>();
        fine.ticks().forEach(tick -> labels.add(fine.label(tick)));
        assertThat(labels).containsExactly("0.65", "0.66", "0.67", "0.68", "0.69", "0.70");
        assertThat(fine.at(fine.low())).isEqualTo(100);
        assertThat(fine.at(fine.high())).isEqualTo(0);
        PlotAxis around0 = PlotAxis.around(-0.5, 0.5, 100, 0);
        assertThat(around0.ticks().stream().map(around0::label)).contains("0.0").doesNotContain("-0.0");
    }
}
