package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.eval.page.ResultPage;
import io.bottleneck4j.eval.result.Comparison;
import io.bottleneck4j.eval.result.Measured;
import io.bottleneck4j.eval.result.Subject;
import io.bottleneck4j.eval.sheet.ContactSheet;
import io.bottleneck4j.eval.store.Found;
import io.bottleneck4j.eval.store.ResultCsv;
import io.bottleneck4j.eval.store.ResultFolder;
import io.bottleneck4j.eval.store.ResultTable;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.pipeline.FluxPipeline;
import io.bottleneck4j.models.pipeline.ImageMetadata;
import io.bottleneck4j.models.pipeline.ImagePlan;
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
final class ComparisonRun implements Onlooker {
    /** The PNG text that holds the settings of the picture a preview belongs to. */
    private static final String PREVIEW_KEY = "bottleneck4j-preview";

    /** Sheets take longer to draw than tables and pages, so that they lag behind by so much at most. */
    private static final long SHEET_NANOS = 30_000_000_000L;

    private final FluxPipeline flux;
    private final ResultFolder folder;
    private final Comparison plan;
    private final List<Piece> pieces;
    private final Cancellation cancellation;
    private final Notes notes;
    private final Map<Piece, Measured> done = new LinkedHashMap<>();
    private final Map<Path, Piece> byOutput = new HashMap<>();
    private final List<Latents> stageEnds = new ArrayList<>();
    private long sheetDrawn = System.nanoTime();
    private @Nullable Subject referenceSubject;
    private @Nullable Picture referencePicture;

    /**
     * Of a folder.
     *
     * @param plan what is compared, nothing of it made yet
     * @param pieces every picture, subject after subject, that of the reference first
     */
    ComparisonRun(
            FluxPipeline flux,
            ResultFolder folder,
            Comparison plan,
            List<Piece> pieces,
            Cancellation cancellation,
            Notes notes) {
        this.flux = flux;
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
    List<Generation.Job> resume() throws IOException {
        folder.requireOwn();
        Map<String, Double> seconds = ResultTable.seconds(folder.resolve(ResultFolder.TABLE));
        List<Generation.Job> jobs = new ArrayList<>();
        for (Piece piece : pieces) {
            Picture picture = find(piece, seconds);
            if (picture != null) {
                record(piece, picture, seconds.getOrDefault(piece.file(), Double.NaN));
            } else {
                folder.makeRoom(piece.file());
                Path output = folder.resolve(piece.file());
                byOutput.put(output, piece);
                jobs.add(new Generation.Job(piece.entrant(), piece.request(), output, null));
            }
        }
        return jobs;
    }

    /** The picture, if it need not be made again. */
    private @Nullable Picture find(Piece piece, Map<String, Double> seconds) throws IOException {
        Picture picture = same(piece.file(), ImageMetadata.KEY, piece.settings());
        boolean previewed = true;
        for (int stage = 0; stage < piece.previews(); stage++) {
            String preview = ResultFolder.preview(piece.file(), stage);
            previewed &= same(preview, PREVIEW_KEY, piece.settings()) != null;
        }
        if (picture == null || !previewed) {
            return null;
        }
        if (!seconds.containsKey(piece.file())) {
            notes.note(folder.resolve(piece.file()) + ": " + ResultFolder.TABLE
                    + " does not know how long it took; it is made again");
            return null;
        }
        return picture;
    }

    private @Nullable Picture same(String name, String key, String settings) throws IOException {
        Found found = folder.find(name, key, settings);
        if (found instanceof Found.Damaged damaged) {
            notes.warning(damaged.message() + "; it is made again");
        }
        return found instanceof Found.Same same ? same.picture() : null;
    }

    @Override
    public void begin(Generation.Job job) {
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
    public void made(Generation.Job job, Picture picture, double seconds) throws IOException {
        Piece piece = byOutput.get(job.output());
        if (piece == null) {
            throw new IllegalStateException(job.output() + ": is no picture of this comparison");
        }
        for (int stage = 0; stage < stageEnds.size(); stage++) {
            Picture preview = flux.decode(stageEnds.get(stage));
            String name = ResultFolder.preview(piece.file(), stage);
            cancellation.whole(() -> folder.write(name, preview, Map.of(PREVIEW_KEY, piece.settings())));
        }
        record(piece, picture, seconds);
        cancellation.whole(this::writeTables);
        if (System.nanoTime() - sheetDrawn > SHEET_NANOS) {
            cancellation.whole(this::writeSheets);
        }
    }

    private void record(Piece piece, Picture picture, double seconds) throws IOException {
        if (!piece.entrant().equals(plan.reference())) {
            Picture reference = reference(piece.subject());
            done.put(piece, measured(piece, seconds, reference == null ? null : Distance.between(picture, reference)));
            return;
        }
        referenceSubject = piece.subject();
        referencePicture = picture;
        done.put(piece, measured(piece, seconds, null));
        for (Piece other : List.copyOf(done.keySet())) { // found before their reference was made again
            if (other.subject().equals(piece.subject()) && !other.equals(piece)) {
                record(other, PngReader.read(folder.resolve(other.file())), seconds(other));
            }
        }
    }

    /** The reference's picture; null if it is not there yet. */
    private @Nullable Picture reference(Subject subject) throws IOException {
        if (!subject.equals(referenceSubject)) {
            Measured measured = comparison().find(subject, plan.reference());
            referenceSubject = subject;
            referencePicture = measured == null ? null : PngReader.read(folder.resolve(measured.file()));
        }
        return referencePicture;
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
        ImagePlan any = pieces.get(0).request().plan();
        List<Picture> sheets = ContactSheet.draw(
                comparison(), any.width(), any.height(), picture -> PngReader.read(folder.resolve(picture.file())));
        for (int i = 0; i < sheets.size(); i++) {
            folder.write(ResultFolder.sheet(i), sheets.get(i), Map.of());
        }
        for (int i = sheets.size(); Files.deleteIfExists(folder.resolve(ResultFolder.sheet(i))); i++) {
            // one of an earlier, longer comparison
        }
        sheetDrawn = System.nanoTime();
    }
}
