package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.compare.Comparison.Work;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.document.RewritePace;
import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is made of a comparison so far: measures every picture against the reference's, and writes tables, page and sheets, at a
 * {@link RewritePace} while pictures are made.
 */
final class ComparisonRecord {
    /** Sheets take longer to draw than tables and pages, so that they lag behind by so much at most. */
    private static final long SHEET_NANOS = 30_000_000_000L;

    private final ComparisonFolder folder;
    private final Comparison plan;
    private final Frame frame;
    private final Map<Subject, Map<String, Made>> made = new LinkedHashMap<>();
    private final RewritePace pace = new RewritePace();
    private int count;
    private int writes;
    private long sheetDrawn = System.nanoTime();

    /** What all pictures have in common: their size in pixels, and the frames of each video, 0 for pictures. */
    record Frame(int width, int height, int frames) {
        boolean isVideo() {
            return frames > 0;
        }
    }

    /** Of a comparison of which nothing is made yet. */
    ComparisonRecord(ComparisonFolder folder, Comparison plan, Frame frame) {
        this.folder = folder;
        this.plan = plan;
        this.frame = frame;
    }

    /**
     * Takes in a picture or video that is in its place, with the number of stages that have a preview, and seconds of
     * denoising, and what ran for it where that is not what its plan says.
     */
    void add(Subject subject, String contender, String file, int previews, double seconds, @Nullable Work work)
            throws IOException {
        List<String> names = IntStream.range(0, previews)
                .mapToObj(stage -> ComparisonFolder.preview(file, stage))
                .toList();
        Map<String, Made> row = made.computeIfAbsent(subject, unused -> new HashMap<>());
        boolean isReference = contender.equals(plan.reference());
        Made reference = isReference ? null : row.get(plan.reference());
        Distance distance = reference == null ? null : distance(file, reference.file());
        count += row.put(contender, new Made(subject, contender, file, names, seconds, work, distance)) == null ? 1 : 0;
        if (isReference) {
            for (Made other : List.copyOf(row.values())) { // found before their reference was made again
                if (!other.contender().equals(contender)) {
                    add(
                            subject,
                            other.contender(),
                            other.file(),
                            other.previews().size(),
                            other.seconds(),
                            other.work());
                }
            }
        }
    }

    private Distance distance(String file, String reference) throws IOException {
        Path made = folder.resolve(file);
        Path other = folder.resolve(reference);
        return frame.isVideo()
                ? Distance.between(made, other)
                : Distance.between(PngReader.read(made), PngReader.read(other));
    }

    /** How many pictures are made. */
    int count() {
        return count;
    }

    /** The videos of a subject with their plans' names, if all are made; else null. */
    @Nullable
    List<SideBySide.Panel> panels(Subject subject) {
        Map<String, Made> row = made.getOrDefault(subject, Map.of());
        if (!frame.isVideo() || row.size() < plan.contenders().size()) {
            return null;
        }
        return plan.contenders().stream()
                .map(contender -> new SideBySide.Panel(
                        contender.name(), folder.resolve(ComparisonFolder.video(subject, contender.name()))))
                .toList();
    }

    /** What is done until now. */
    Comparison comparison() {
        return plan.with(
                made.values().stream().flatMap(row -> row.values().stream()).toList());
    }

    /** Writes what is due while more is made. */
    void keepUp() throws IOException {
        if (pace.isDue(count)) {
            writeTables(comparison());
        }
        if (System.nanoTime() - sheetDrawn > SHEET_NANOS) {
            writeSheets(comparison());
        }
    }

    /** Writes all there is to write of what is done. */
    void finish() throws IOException {
        Comparison now = comparison();
        writeTables(now);
        writeSheets(now);
    }

    /** How often tables were written. */
    int writes() {
        return writes;
    }

    private void writeTables(Comparison now) throws IOException {
        folder.write(ComparisonFolder.TABLE, JsonFile.text(ComparisonTables.json(now)));
        folder.write(ComparisonFolder.CSV, ComparisonTables.csv(now));
        folder.write(ComparisonFolder.PAGE, ComparisonPage.html(now));
        pace.wrote(count);
        writes++;
    }

    private void writeSheets(Comparison now) throws IOException {
        List<Picture> sheets = frame.isVideo()
                ? ContactSheet.draw(
                        now,
                        ContactSheet.STRIP,
                        SideBySide.STRIP_FRAMES * frame.width(),
                        frame.height(),
                        video -> SideBySide.filmstrip(folder.resolve(video.file()), frame.frames()))
                : ContactSheet.draw(
                        now,
                        ContactSheet.PICTURE,
                        frame.width(),
                        frame.height(),
                        picture -> PngReader.read(folder.resolve(picture.file())));
        for (int i = 0; i < sheets.size(); i++) {
            PngWriter.write(folder.resolve(ComparisonFolder.sheet(i)), sheets.get(i), Map.of());
        }
        for (int i = sheets.size(); Files.deleteIfExists(folder.resolve(ComparisonFolder.sheet(i))); i++) {
            // one of an earlier, longer comparison
        }
        sheetDrawn = System.nanoTime();
    }
}
