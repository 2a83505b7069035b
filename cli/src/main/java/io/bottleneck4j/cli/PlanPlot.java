package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A plan as a picture: over its forwards, the noise level as a line (left axis) and, behind it, the tokens of each stage as a coloured
 * area (right axis). A forward spans one unit: the line falls from the level it is given to the level it leads to.
 *
 * <p>The drawing library is loaded by this class alone, so only when a plot is asked for.
 */
final class PlanPlot {
    private static final int WIDTH = 1200;
    private static final int HEIGHT = 640;

    /** Of stages by their place in the order of sizes, the largest first: Okabe and Ito's, safe for colour-blind eyes. */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072B2), new Color(0xE69F00), new Color(0x009E73), new Color(0xCC79A7), new Color(0x56B4E9));

    private static final Color INK = new Color(0x222222);
    private static final int AREA_ALPHA = 56;
    /** Both axes end a little above their largest value, where the stages' numbers stand. */
    private static final double HEADROOM = 1.09;

    /** Less than all, or the axes' first labels are lost. */
    private static final double CONTENT = 0.97;

    private static final double LABEL_HEIGHT = 1.045;
    private static final double ROOM_FOR_A_WORD = 0.07;
    private static final int SIZES_IN_A_ROW = 3;
    private static final int SIGMA_AXIS = 0;
    private static final int TOKEN_AXIS = 1;

    private PlanPlot() {}

    /**
     * Draws and writes.
     *
     * @throws IOException if the file cannot be written, or this Java cannot draw text
     */
    static void write(Path file, Model model, Plan plan) throws IOException {
        PngWriter.write(file, picture(model, plan), Map.of());
    }

    static Picture picture(Model model, Plan plan) throws IOException {
        BufferedImage image;
        try {
            image = BitmapEncoder.getBufferedImage(chart(model, plan));
        } catch (LinkageError | InternalError e) {
            throw new IOException(
                    "plot: this Java cannot draw text (" + e.getMessage() + "); install fontconfig and a font, such as"
                            + " fonts-dejavu-core, and a Java that is not headless-only",
                    e);
        }
        byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        for (int i = 0; i < pixels.length; i++) {
            rgb[3 * i] = (byte) (pixels[i] >> 16);
            rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
            rgb[3 * i + 2] = (byte) pixels[i];
        }
        return new Picture(image.getWidth(), image.getHeight(), rgb);
    }

    private static XYChart chart(Model model, Plan plan) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(String.format(
                        Locale.ROOT,
                        "%s on %s, %d x %d px: %d forwards",
                        plan.name(),
                        model.name(),
                        plan.width(),
                        plan.height(),
                        plan.stages().forwards()))
                .xAxisTitle("forwards")
                .build();
        chart.setYAxisGroupTitle(SIGMA_AXIS, "noise level sigma (lines)");
        chart.setYAxisGroupTitle(TOKEN_AXIS, "tokens (areas)");
        style(chart, plan, model);
        List<ResolutionStage> stages = plan.stages().stages();
        int before = 0;
        for (int i = 0; i < stages.size(); i++) {
            addTokens(chart, model, plan, i, before);
            addLabel(chart, plan, i, before);
            before += stages.get(i).forwards();
        }
        before = 0;
        for (int i = 0; i < stages.size(); i++) {
            addSigmas(chart, plan, i, before);
            before += stages.get(i).forwards();
        }
        before = stages.get(0).forwards();
        for (int i = 1; i < stages.size(); i++) {
            addJump(chart, plan, i, before);
            before += stages.get(i).forwards();
        }
        return chart;
    }

    private static void style(XYChart chart, Plan plan, Model model) {
        double most = plan.stages().stages().stream()
                .mapToLong(stage -> model.tokens(stage.shape()))
                .max()
                .orElse(1);
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
        chart.getStyler()
                .setSeriesColors(COLOURS.toArray(new Color[0]))
                .setChartBackgroundColor(Color.WHITE)
                .setChartFontColor(INK)
                .setChartTitleFont(font.deriveFont(Font.BOLD, 19f))
                .setChartTitleBoxVisible(false)
                .setPlotBorderVisible(false)
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(
                        sizes(plan).size() > SIZES_IN_A_ROW
                                ? Styler.LegendLayout.Vertical
                                : Styler.LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE)
                .setLegendFont(font)
                .setLegendPadding(10)
                .setMarkerSize(6)
                .setPlotContentSize(CONTENT)
                .setAnnotationTextFont(font)
                .setAnnotationTextFontColor(INK)
                .setAntiAlias(true)
                .setYAxisGroupPosition(TOKEN_AXIS, Styler.YAxisPosition.Right);
        chart.getStyler()
                .setAxisTitleFont(font)
                .setAxisTickLabelsFont(font.deriveFont(14f))
                .setPlotGridVerticalLinesVisible(false)
                .setPlotGridLinesColor(new Color(0xDDDDDD))
                .setXAxisMin(0.0)
                .setXAxisMax((double) plan.stages().forwards())
                .setXAxisDecimalPattern("0")
                .setYAxisMin(SIGMA_AXIS, 0.0)
                .setYAxisMax(SIGMA_AXIS, HEADROOM)
                .setYAxisMin(TOKEN_AXIS, 0.0)
                .setYAxisMax(TOKEN_AXIS, most * HEADROOM);
        chart.getStyler().putYAxisGroupDecimalPatternMap(TOKEN_AXIS, "#,##0");
    }

    /** The stage's area, as high as it has tokens. */
    private static void addTokens(XYChart chart, Model model, Plan plan, int i, int before) {
        ResolutionStage stage = plan.stages().stages().get(i);
        double tokens = model.tokens(stage.shape());
        Color colour = colour(plan, i);
        XYSeries area = chart.addSeries(
                "tokens of stage " + (i + 1),
                new double[] {before, before + stage.forwards()},
                new double[] {tokens, tokens});
        area.setXYSeriesRenderStyle(XYSeriesRenderStyle.Area);
        area.setFillColor(new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), AREA_ALPHA));
        area.setLineColor(new Color(0, 0, 0, 0));
        area.setMarker(SeriesMarkers.NONE);
        area.setYAxisGroup(TOKEN_AXIS);
        area.setShowInLegend(false);
    }

    /** The stage's noise levels. */
    private static void addSigmas(XYChart chart, Plan plan, int i, int before) {
        TimestepSchedule schedule = plan.stages().stages().get(i).schedule();
        double[] x = new double[schedule.steps() + 1];
        double[] y = new double[x.length];
        for (int k = 0; k < x.length; k++) {
            x[k] = before + k;
            y[k] = schedule.sigma(k);
        }
        XYSeries line = chart.addSeries(
                isFirstOfItsSize(plan, i) ? sizeInWords(plan, i) : "noise level of stage " + (i + 1), x, y);
        line.setShowInLegend(isFirstOfItsSize(plan, i));
        line.setLineColor(colour(plan, i));
        line.setLineStyle(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        line.setMarker(SeriesMarkers.CIRCLE);
        line.setMarkerColor(colour(plan, i));
        line.setYAxisGroup(SIGMA_AXIS);
    }

    private static boolean isFirstOfItsSize(Plan plan, int i) {
        List<ResolutionStage> stages = plan.stages().stages();
        return stages.subList(0, i).stream()
                .noneMatch(earlier -> earlier.shape().equals(stages.get(i).shape()));
    }

    /** A size, with all forwards at it. */
    private static String sizeInWords(Plan plan, int i) {
        StageSpec size = plan.spec().stages().get(i);
        LatentShape shape = plan.stages().stages().get(i).shape();
        int forwards = plan.stages().stages().stream()
                .filter(stage -> stage.shape().equals(shape))
                .mapToInt(ResolutionStage::forwards)
                .sum();
        return String.format(
                Locale.ROOT,
                "%d x %d px: %d forward%s",
                size.width(),
                size.height(),
                forwards,
                forwards == 1 ? "" : "s");
    }

    /** The stage's number over its middle, in full where there is room. */
    private static void addLabel(XYChart chart, Plan plan, int i, int before) {
        int forwards = plan.stages().stages().get(i).forwards();
        boolean roomy = forwards > plan.stages().forwards() * ROOM_FOR_A_WORD;
        chart.addAnnotation(
                new AnnotationText((roomy ? "stage " : "") + (i + 1), before + forwards / 2.0, LABEL_HEIGHT, false));
    }

    /** New noise between stages. */
    private static void addJump(XYChart chart, Plan plan, int i, int at) {
        boolean noised = plan.spec().rules().renoise();
        XYSeries jump = chart.addSeries(
                i == 1 ? (noised ? "resized, noised again" : "resized, not noised") : "change to stage " + (i + 1),
                new double[] {at, at},
                new double[] {0, plan.stages().stages().get(i).schedule().sigma(0)});
        jump.setLineColor(Color.GRAY);
        jump.setLineStyle(
                new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 1f, new float[] {5f, 5f}, 0f));
        jump.setMarker(SeriesMarkers.NONE);
        jump.setYAxisGroup(SIGMA_AXIS);
        jump.setShowInLegend(i == 1);
    }

    /** Stages of one size have one colour. */
    private static Color colour(Plan plan, int i) {
        return COLOURS.get(
                sizes(plan).indexOf(-plan.stages().stages().get(i).shape().elements()) % COLOURS.size());
    }

    /** The different sizes as negative numbers of values, the largest first. */
    private static List<Integer> sizes(Plan plan) {
        return plan.stages().stages().stream()
                .map(stage -> -stage.shape().elements())
                .distinct()
                .sorted()
                .toList();
    }
}
