package io.bottleneck4j.eval.score;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.models.media.Picture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;

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
        set.faults().forEach(fault -> faults.note(fault, missing));
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
        Map<PictureSet.Entry, Judged> read = read(entries, this::requireSide, faults, missing);
        if (read.isEmpty()) {
            return;
        }
        Iterator<Double> scores = scorer.scores(List.copyOf(read.values())).iterator();
        for (PictureSet.Entry entry : read.keySet()) {
            double score = scores.next();
            if (Double.isFinite(score)) {
                rows.add(new ScoreReport.Row(entry.file(), entry.prompt(), score));
            } else {
                faults.note(new Fault(entry.file().toString(), "its score is not a finite number"), missing);
            }
        }
    }

    /** Those of entries that can be read and are right, in their order; the others are faults. */
    static Map<PictureSet.Entry, Judged> read(
            List<PictureSet.Entry> entries, UnaryOperator<Judged> checked, Fault.Handling faults, List<Fault> missing) {
        Map<PictureSet.Entry, Judged> read = new LinkedHashMap<>();
        for (PictureSet.Entry entry : entries) {
            try {
                read.put(entry, checked.apply(Judged.read(entry)));
            } catch (IOException | IllegalArgumentException e) {
                faults.note(Fault.of(entry.file(), e), missing);
            }
        }
        return read;
    }

    private Judged requireSide(Judged judged) {
        Picture picture = judged.picture();
        if (Math.min(picture.width(), picture.height()) < scorer.smallestSide()) {
            throw new IllegalArgumentException("is %s x %s px; %s needs at least %s px on both sides"
                    .formatted(picture.width(), picture.height(), scorer.name(), scorer.smallestSide()));
        }
        return judged;
    }
}
