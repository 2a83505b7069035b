package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.eval.compare.Comparison;
import io.bottleneck4j.eval.compare.ComparisonFolder;
import io.bottleneck4j.eval.compare.ComparisonFolder.Found;
import io.bottleneck4j.eval.compare.ComparisonRecord;
import io.bottleneck4j.eval.compare.SideBySide;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.plan.ImagePlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the record of a comparison while its pictures are made: finds those that are there already, measures every new one, and writes
 * table, page and sheet, so that whatever ends the run leaves them right for what is done.
 */
final class ComparisonRun implements Onlooker {
    /** The PNG text that holds the settings of the picture a preview belongs to. */
    private static final String PREVIEW_KEY = "bottleneck4j-preview";

    private final Maker maker;
    private final ComparisonFolder folder;
    private final List<Piece> pieces;
    private final Cancellation cancellation;
    private final Notes notes;
    private final ComparisonRecord record;
    private final Map<Path, Piece> byOutput = new HashMap<>();
    private final List<Latents> stageEnds = new ArrayList<>();

    /**
     * Of a folder.
     *
     * @param plan what is compared, nothing of it made yet
     * @param pieces every picture, subject after subject, that of the reference first
     */
    ComparisonRun(
            Maker maker,
            ComparisonFolder folder,
            Comparison plan,
            List<Piece> pieces,
            Cancellation cancellation,
            Notes notes) {
        this.maker = maker;
        this.folder = folder;
        this.pieces = List.copyOf(pieces);
        this.cancellation = cancellation;
        this.notes = notes;
        ImagePlan any = pieces.get(0).request().plan();
        this.record = new ComparisonRecord(
                folder,
                plan,
                new ComparisonRecord.Frame(
                        any.width(), any.height(), isVideo() ? any.frames().orElseThrow() : 0));
    }

    /**
     * Looks what is there already, and returns the pictures to be made.
     *
     * @throws IllegalArgumentException if a file is in the way that is not ours to replace
     */
    List<Generation.Job> resume() throws IOException {
        folder.requireOwn();
        Map<String, Double> seconds = folder.seconds();
        List<Generation.Job> jobs = new ArrayList<>();
        for (Piece piece : pieces) {
            if (isMade(piece, seconds)) {
                add(piece, seconds.getOrDefault(piece.file(), Double.NaN));
            } else {
                folder.makeRoom(piece.file());
                Path output = folder.resolve(piece.file());
                byOutput.put(output, piece);
                jobs.add(new Generation.Job(piece.entrant(), piece.request(), output, null));
            }
        }
        return jobs;
    }

    /** Whether it need not be made again. */
    private boolean isMade(Piece piece, Map<String, Double> seconds) throws IOException {
        boolean made = isVideo()
                ? folder.hasVideo(piece.file(), piece.settings())
                : isSame(piece.file(), ImageMetadata.KEY, piece.settings());
        for (int stage = 0; stage < piece.previews(); stage++) {
            String preview = ComparisonFolder.preview(piece.file(), stage);
            made &= isSame(preview, PREVIEW_KEY, piece.settings());
        }
        if (made && !seconds.containsKey(piece.file())) {
            notes.note(folder.resolve(piece.file()) + ": " + ComparisonFolder.TABLE
                    + " does not know how long it took; it is made again");
            return false;
        }
        return made;
    }

    private boolean isVideo() {
        return maker.kind() == LatentsFile.Kind.VIDEO;
    }

    private boolean isSame(String name, String key, String settings) throws IOException {
        Found found = folder.find(name, key, settings);
        if (!found.damage().isEmpty()) {
            notes.warning(found.damage() + "; it is made again");
        }
        return found.isSame();
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
    public void made(Generation.Job job, double seconds) throws IOException {
        Piece piece = byOutput.get(job.output());
        if (piece == null) {
            throw new IllegalStateException(job.output() + ": is no picture of this comparison");
        }
        for (int stage = 0; stage < stageEnds.size(); stage++) {
            Picture preview = maker.still(stageEnds.get(stage));
            String name = ComparisonFolder.preview(piece.file(), stage);
            cancellation.whole(
                    () -> PngWriter.write(folder.resolve(name), preview, Map.of(PREVIEW_KEY, piece.settings())));
        }
        add(piece, seconds);
        sideBySide(piece);
        cancellation.whole(record::keepUp);
    }

    private void add(Piece piece, double seconds) throws IOException {
        record.add(piece.subject(), piece.entrant(), piece.file(), piece.previews(), seconds);
    }

    /** Writes the videos of a subject in one, once all are made. */
    private void sideBySide(Piece last) throws IOException {
        List<SideBySide.Panel> panels = record.panels(last.subject());
        if (panels == null) {
            return;
        }
        String name = ComparisonFolder.sideBySide(last.subject());
        folder.makeRoom(name);
        Path file = folder.resolve(name);
        ImagePlan any = last.request().plan();
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

    /** What is done until now. */
    Comparison comparison() {
        return record.comparison();
    }

    /** Writes all there is to write of what is done. */
    void finish() throws IOException {
        cancellation.whole(record::finish);
    }
}
