package io.bottleneck4j.eval.score;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.models.media.Picture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/** Scores a set of pictures batch by batch; as many as a batch holds are in memory. */
public record Scoring(Scorer scorer, int batch, Fault.Handling faults) {

    public Scoring {
        requireBatch(batch);
    }

    static void requireBatch(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch: must be at least 1 picture, not " + batch);
        }
    }

    /**
     * Runs it.
     *
     * @param model the report's name of what computed it
     * @param done told how many pictures have a score; throwing ends the run
     * @throws IllegalArgumentException naming the fault, if there is one and faults are refused, or if no picture is left
     */
    public ScoreReport run(PictureSet set, String model, IntConsumer done) {
        List<Fault> missing = new ArrayList<>();
        set.faults().forEach(fault -> note(fault, missing));
        List<ScoreReport.Row> rows = new ArrayList<>();
        List<PictureSet.Entry> entries = new ArrayList<>();
        List<Path> unasked = new ArrayList<>();
        for (PictureSet.Entry entry : set.entries()) {
            if (scorer.asks(entry.prompt())) {
                entries.add(entry);
            } else {
                unasked.add(entry.file());
            }
        }
        for (int from = 0; from < entries.size(); from += batch) {
            score(entries.subList(from, Math.min(from + batch, entries.size())), rows, missing);
            done.accept(rows.size());
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("pictures: none of " + set.expected() + " can be scored; "
                    + (missing.isEmpty() ? "no prompt asks for " + scorer.name() : "the first: " + missing.get(0)));
        }
        return new ScoreReport(scorer.name(), model, rows, missing, unasked);
    }

    private void score(List<PictureSet.Entry> entries, List<ScoreReport.Row> rows, List<Fault> missing) {
        List<PictureSet.Entry> read = new ArrayList<>();
        List<Judged> pictures = new ArrayList<>();
        for (PictureSet.Entry entry : entries) {
            try {
                pictures.add(requireSide(Judged.read(entry)));
                read.add(entry);
            } catch (IOException | IllegalArgumentException e) {
                note(Fault.of(entry.file(), e), missing);
            }
        }
        if (read.isEmpty()) {
            return;
        }
        List<Double> scores = scorer.scores(pictures);
        for (int i = 0; i < read.size(); i++) {
            PictureSet.Entry entry = read.get(i);
            if (Double.isFinite(scores.get(i))) {
                rows.add(new ScoreReport.Row(entry.file(), entry.prompt(), scores.get(i)));
            } else {
                note(new Fault(entry.file().toString(), "its score is not a finite number"), missing);
            }
        }
    }

    private Judged requireSide(Judged judged) {
        Picture picture = judged.picture();
        if (Math.min(picture.width(), picture.height()) < scorer.smallestSide()) {
            throw new IllegalArgumentException("is %s x %s px; %s needs at least %s px on both sides"
                    .formatted(picture.width(), picture.height(), scorer.name(), scorer.smallestSide()));
        }
        return judged;
    }

    private void note(Fault fault, List<Fault> missing) {
        faults.note(fault, missing);
    }
}
