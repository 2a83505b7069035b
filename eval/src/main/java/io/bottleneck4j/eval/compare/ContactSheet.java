package io.bottleneck4j.eval.compare;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.drawing.Canvas;
import io.bottleneck4j.eval.drawing.Lettering;
import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.models.media.Picture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A comparison in one picture: a column for each plan, a row for each prompt and seed. */
final class ContactSheet {
    /** Rows of one sheet; a longer comparison takes several. */
    static final int ROWS = 20;
    /** Pixels of the longer side of a picture, at most. */
    static final int PICTURE = 320;
    /** The same of a {@linkplain SideBySide#filmstrip filmstrip}. */
    static final int STRIP = 640;
    /** Pixels a column's heading needs. */
    private static final int LEAST_COLUMN = 184;

    private static final int MARGIN = 16;
    private static final int GAP = 12;
    private static final int RULE = 216;
    private static final int EMPTY = 240;
    private static final Lettering TEXT = Lettering.REGULAR;
    private static final Lettering HEADING = Lettering.BOLD;

    private final Comparison comparison;
    private final List<Subject> rows;
    private final int side;
    private final int thumbWidth;
    private final int thumbHeight;
    private final int columnWidth;

    /** Gives the pixels of a picture. */
    @FunctionalInterface
    interface Source {
        Picture read(Made picture) throws IOException;
    }

    private ContactSheet(Comparison comparison, List<Subject> rows, int side, int width, int height) {
        this.comparison = comparison;
        this.rows = rows;
        this.side = side;
        int longer = Math.max(width, height);
        this.thumbWidth = scaled(width, side, longer);
        this.thumbHeight = scaled(height, side, longer);
        this.columnWidth = Math.max(thumbWidth, LEAST_COLUMN);
    }

    /**
     * Draws the rows that have a picture, on as many sheets as they need, at least one. The longer side of a picture,
     * of this size in pixels, becomes {@link #PICTURE} or {@link #STRIP} at most.
     */
    static List<Picture> draw(Comparison comparison, int side, int width, int height, Source source)
            throws IOException {
        List<Subject> made =
                comparison.made().stream().map(Made::subject).distinct().toList();
        List<Picture> sheets = new ArrayList<>();
        int from = 0;
        do {
            List<Subject> rows = made.subList(from, Math.min(made.size(), from + ROWS));
            sheets.add(new ContactSheet(comparison, rows, side, width, height).draw(source));
            from += ROWS;
        } while (from < made.size());
        return sheets;
    }

    private Picture draw(Source source) throws IOException {
        int columns = comparison.contenders().size();
        int inner = columns * columnWidth + (columns - 1) * GAP;
        List<String> setup = setup(inner);
        int head = HEADING.lineHeight() + setup.size() * TEXT.lineHeight() + GAP;
        int headings = HEADING.lineHeight() + 2 * TEXT.lineHeight() + GAP;
        int row = GAP + TEXT.lineHeight() + thumbHeight + TEXT.lineHeight() + GAP;
        Canvas canvas = new Canvas(inner + 2 * MARGIN, 2 * MARGIN + head + headings + rows.size() * row);
        int y = MARGIN;
        canvas.write(HEADING, HEADING.cut(comparison.title(), inner), MARGIN, y);
        for (int i = 0; i < setup.size(); i++) {
            canvas.write(TEXT, TEXT.cut(setup.get(i), inner), MARGIN, y + HEADING.lineHeight() + i * TEXT.lineHeight());
        }
        y += head;
        for (int i = 0; i < columns; i++) {
            heading(canvas, comparison.contenders().get(i), left(i), y);
        }
        y += headings;
        for (Subject subject : rows) {
            row(canvas, subject, y, inner, source);
            y += row;
        }
        return canvas.picture();
    }

    private int left(int column) {
        return MARGIN + column * (columnWidth + GAP);
    }

    /** The facts, on as many lines as they need. */
    private List<String> setup(int width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (Comparison.Fact fact : comparison.setup()) {
            String word = fact.name() + " " + fact.value();
            String longer = line.isEmpty() ? word : line + ", " + word;
            if (!line.isEmpty() && TEXT.width(longer) > width) {
                lines.add(line + ",");
                longer = word;
            }
            line = longer;
        }
        lines.add(line);
        return lines;
    }

    private void heading(Canvas canvas, Contender contender, int left, int top) {
        Comparison.Medians medians = comparison.medians(contender);
        String work = Shown.forwards(comparison, contender) + " forwards, " + Shown.seconds(medians.seconds());
        String flops = contender.name().equals(comparison.reference())
                ? Shown.flops(comparison, contender)
                : Shown.share(comparison, contender) + " of the FLOPs";
        canvas.write(HEADING, HEADING.cut(contender.name(), columnWidth), left, top);
        canvas.write(TEXT, TEXT.cut(work, columnWidth), left, top + HEADING.lineHeight());
        canvas.write(TEXT, TEXT.cut(flops, columnWidth), left, top + HEADING.lineHeight() + TEXT.lineHeight());
    }

    private void row(Canvas canvas, Subject subject, int top, int inner, Source source) throws IOException {
        canvas.fill(MARGIN, top, MARGIN + inner, top + 1, RULE);
        int y = top + GAP;
        String seed = ", seed " + subject.seed();
        canvas.write(TEXT, TEXT.cut(line(subject.prompt()), inner - TEXT.width(seed)) + seed, MARGIN, y);
        y += TEXT.lineHeight();
        for (int i = 0; i < comparison.contenders().size(); i++) {
            Made picture =
                    comparison.find(subject, comparison.contenders().get(i).name());
            cell(canvas, picture, left(i), y, source);
        }
    }

    private void cell(Canvas canvas, @Nullable Made picture, int left, int top, Source source) throws IOException {
        int below = top + thumbHeight;
        if (picture == null) {
            canvas.fill(left, top, left + thumbWidth, below, EMPTY);
            canvas.write(TEXT, "not made", left, below);
            return;
        }
        canvas.draw(thumbnail(source.read(picture), side), left, top);
        Distance distance = picture.distance();
        String text = distance == null ? Shown.seconds(picture.seconds()) : Shown.distance(distance);
        canvas.write(TEXT, TEXT.cut(text, columnWidth), left, below);
    }

    /** Without what would break the line. */
    private static String line(String prompt) {
        return prompt.replaceAll("\\p{Cntrl}", " ");
    }

    /** The picture itself if it is small enough, else shrunk by Lanczos to that longer side, in px. */
    static Picture thumbnail(Picture picture, int side) {
        int longer = Math.max(picture.width(), picture.height());
        if (longer <= side) {
            return picture;
        }
        int width = scaled(picture.width(), side, longer);
        int height = scaled(picture.height(), side, longer);
        byte[] rgb = picture.rgb();
        int pixels = rgb.length / 3;
        float[] planes = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            planes[i % 3 * pixels + i / 3] = rgb[i] & 0xff;
        }
        Latents large = Latents.copyOf(new LatentShape(3, 1, picture.height(), picture.width()), planes);
        Latents small = Resamplers.LANCZOS.resize(large, large.shape().withSize(height, width));
        byte[] out = new byte[3 * width * height];
        for (int i = 0; i < out.length; i++) {
            float value = small.get(i % 3 * width * height + i / 3);
            out[i] = (byte) Math.round(Math.max(0, Math.min(255, value)));
        }
        return new Picture(width, height, out);
    }

    /** A side of the thumbnail, in px. */
    private static int scaled(int length, int side, int longer) {
        return longer <= side ? length : Math.max(1, Math.round((float) length * side / longer));
    }
}
