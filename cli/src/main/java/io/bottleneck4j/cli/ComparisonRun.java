package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.eval.metrics.VideoDistance;
import io.bottleneck4j.eval.page.ResultPage;
import io.bottleneck4j.eval.result.Comparison;
import io.bottleneck4j.eval.result.Measured;
import io.bottleneck4j.eval.sheet.ContactSheet;
import io.bottleneck4j.eval.sheet.Filmstrip;
import io.bottleneck4j.eval.sheet.SideBySide;
import io.bottleneck4j.eval.store.Found;
import io.bottleneck4j.eval.store.ResultCsv;
import io.bottleneck4j.eval.store.ResultFolder;
import io.bottleneck4j.eval.store.ResultTable;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.plan.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the record of a comparison while its pictures are made: finds those that are there already, measures every new one, and writes
 * table, page and sheet, so that whatever ends the run leaves them right for what is done.
 */
final class ComparisonRun implements JobListener {
    /** The PNG text that holds the settings of the picture a preview belongs to. */
    private static final String PREVIEW_KEY = "bottleneck4j-preview";

    /** Sheets take longer to draw than tables and pages, so that they lag behind by so much at most. */
    private static final long SHEET_NANOS = 30_000_000_000L;

    private final Pipeline pipeline;
    private final ResultFolder folder;
    private final Comparison plan;
    private final List<Piece> pieces;
    private final Cancellation cancellation;
    private final Notes notes;
    private final Map<Piece, Measured> done = new LinkedHashMap<>();
    private final Map<Path, Piece> byOutput = new HashMap<>();
    private final List<Latents> stageEnds = new ArrayList<>();
    private long sheetDrawn = System.nanoTime();

    /**
     * Of a folder.
     *
     * @param plan what is compared, nothing of it made yet
     * @param pieces every picture, subject after subject, that of the reference first
     */
    ComparisonRun(
            Pipeline pipeline,
            ResultFolder folder,
            Comparison plan,
            List<Piece> pieces,
            Cancellation cancellation,
            Notes notes) {
        this.pipeline = pipeline;
        this.folder = folder;
        this.plan = plan;
        this.pieces = List.copyOf(pieces);
        this.cancellation = cancellation;
        this.notes = notes;
    }

    /**
     * Looks what is there already, and returns the pictures to be made.
     *
     * @throws IllegalArgumentException if a file is in the way that is not ours to replace
     */
    List<Job> resume() throws IOException {
        folder.requireOwn();
        Map<String, Double> seconds = ResultTable.seconds(folder.resolve(ResultFolder.TABLE));
        List<Job> jobs = new ArrayList<>();
        for (Piece piece : pieces) {
            if (isMade(piece, seconds)) {
                record(piece, seconds.getOrDefault(piece.file(), Double.NaN));
            } else {
                folder.makeRoom(piece.file());
                Path output = folder.resolve(piece.file());
                byOutput.put(output, piece);
                jobs.add(new Job(piece.entrant(), piece.request(), output, null));
            }
        }
        return jobs;
    }

    /** Whether it need not be made again. */
    private boolean isMade(Piece piece, Map<String, Double> seconds) throws IOException {
        boolean made = isVideo()
                ? folder.hasVideo(piece.file(), piece.settings())
                : isSame(piece.file(), Settings.PICTURE_KEY, piece.settings());
        for (int stage = 0; stage < piece.previews(); stage++) {
            String preview = ResultFolder.preview(piece.file(), stage);
            made &= isSame(preview, PREVIEW_KEY, piece.settings());
        }
        if (made && !seconds.containsKey(piece.file())) {
            notes.note(folder.resolve(piece.file()) + ": " + ResultFolder.TABLE
                    + " does not know how long it took; it is made again");
            return false;
        }
        return made;
    }

    private boolean isVideo() {
        return pipeline.model().kind() == Model.Kind.VIDEO;
    }

    private boolean isSame(String name, String key, String settings) throws IOException {
        Found found = folder.find(name, key, settings);
        if (found instanceof Found.Damaged damaged) {
            notes.warning(damaged.message() + "; it is made again");
        }
        return found instanceof Found.Same;
    }

    @Override
    public void begin(Job job, int index) {
        stageEnds.clear();
    }

    @Override
    public void onStep(Step step) {
        Position at = step.at();
        boolean ends = at.step() + 1 == at.resolution().forwards();
        if (ends && at.stage() + 1 < at.plan().stages().size()) {
            stageEnds.add(step.clean());
        }
    }

    @Override
    public void made(Job job, Timings took) throws IOException {
        double seconds = took.seconds(Timings.Phase.DENOISE);
        Piece piece = byOutput.get(job.output());
        if (piece == null) {
            throw new IllegalStateException(job.output() + ": is no picture of this comparison");
        }
        for (int stage = 0; stage < stageEnds.size(); stage++) {
            Picture preview = pipeline.still(stageEnds.get(stage));
            String name = ResultFolder.preview(piece.file(), stage);
            cancellation.whole(() -> folder.write(name, preview, Map.of(PREVIEW_KEY, piece.settings())));
        }
        record(piece, seconds);
        sideBySide(piece);
        cancellation.whole(this::writeTables);
        if (System.nanoTime() - sheetDrawn > SHEET_NANOS) {
            cancellation.whole(this::writeSheets);
        }
    }

    private void record(Piece piece, double seconds) throws IOException {
        if (!piece.entrant().equals(plan.reference())) {
            Measured reference = comparison().find(piece.subject(), plan.reference());
            done.put(piece, measured(piece, seconds, reference == null ? null : distance(piece, reference)));
            return;
        }
        done.put(piece, measured(piece, seconds, null));
        for (Piece other : List.copyOf(done.keySet())) { // found before their reference was made again
            if (other.subject().equals(piece.subject()) && !other.equals(piece)) {
                record(other, seconds(other));
            }
        }
    }

    private Distance distance(Piece piece, Measured reference) throws IOException {
        Path made = folder.resolve(piece.file());
        Path other = folder.resolve(reference.file());
        return isVideo()
                ? VideoDistance.between(made, other)
                : Distance.between(PngReader.read(made), PngReader.read(other));
    }

    /** Writes the videos of a subject in one, once all are made. */
    private void sideBySide(Piece last) throws IOException {
        List<Measured> all = comparison().measured().stream()
                .filter(made -> made.subject().equals(last.subject()))
                .toList();
        if (!isVideo() || all.size() < plan.contenders().size()) {
            return;
        }
        List<SideBySide.Panel> panels = plan.contenders().stream()
                .map(contender -> new SideBySide.Panel(
                        contender.name(), folder.resolve(ResultFolder.video(last.subject(), contender.name()))))
                .toList();
        String name = ResultFolder.sideBySide(last.subject());
        folder.makeRoom(name);
        Path file = folder.resolve(name);
        Plan any = last.request().plan();
        try (SideBySide side = new SideBySide(panels, any.width(), any.height())) {
            VideoSize size = new VideoSize(side.width(), side.height(), side.fps());
            VideoText text = new VideoText(last.subject().prompt(), "{}");
            try (VideoWriter video = VideoFormat.MP4.open(file, size, text)) {
                cancellation.temporary(video.partial());
                for (Picture frame = side.next(); frame != null; frame = side.next()) {
                    video.accept(frame);
                }
                cancellation.whole(video::finish);
                cancellation.keep(video.partial());
            }
        }
    }

    private double seconds(Piece piece) {
        Measured measured = done.get(piece);
        return measured == null ? Double.NaN : measured.seconds();
    }

    private static Measured measured(Piece piece, double seconds, @Nullable Distance distance) {
        List<String> previews = Stream.iterate(0, stage -> stage < piece.previews(), stage -> stage + 1)
                .map(stage -> ResultFolder.preview(piece.file(), stage))
                .toList();
        return new Measured(piece.subject(), piece.entrant(), piece.file(), previews, seconds, distance);
    }

    /** What is done until now. */
    Comparison comparison() {
        return plan.with(List.copyOf(done.values()));
    }

    /** Writes all there is to write of what is done. */
    void finish() throws IOException {
        cancellation.whole(() -> {
            writeTables();
            writeSheets();
        });
    }

    private void writeTables() throws IOException {
        Comparison now = comparison();
        folder.write(ResultFolder.TABLE, ResultTable.text(now));
        folder.write(ResultFolder.CSV, ResultCsv.text(now));
        folder.write(ResultFolder.PAGE, ResultPage.html(now));
    }

    private void writeSheets() throws IOException {
        Plan any = pieces.get(0).request().plan();
        List<Picture> sheets = isVideo()
                ? ContactSheet.draw(
                        comparison(),
                        ContactSheet.STRIP,
                        Filmstrip.FRAMES * any.width(),
                        any.height(),
                        video -> Filmstrip.of(
                                folder.resolve(video.file()), any.frames().orElseThrow()))
                : ContactSheet.draw(
                        comparison(),
                        ContactSheet.PICTURE,
                        any.width(),
                        any.height(),
                        picture -> PngReader.read(folder.resolve(picture.file())));
        for (int i = 0; i < sheets.size(); i++) {
            folder.write(ResultFolder.sheet(i), sheets.get(i), Map.of());
        }
        for (int i = sheets.size(); Files.deleteIfExists(folder.resolve(ResultFolder.sheet(i))); i++) {
            // one of an earlier, longer comparison
        }
        sheetDrawn = System.nanoTime();
    }
}
