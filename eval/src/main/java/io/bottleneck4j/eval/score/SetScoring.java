package io.bottleneck4j.eval.score;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vision.FeatureSet;
import io.bottleneck4j.models.vision.InceptionEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Compares all pictures of a folder, those in its folders too, with all of another; as many as a batch holds are in memory, and 8 kB of each.
 *
 * @param batch pictures of one call of the network
 */
public record SetScoring(SetMetric metric, InceptionEncoder inception, int batch, Fault.Handling faults) {

    public SetScoring {
        Scoring.requireBatch(batch);
    }

    /**
     * Runs it.
     *
     * @param model the report's name of what computed it
     * @param done told how many pictures of both folders were read; throwing ends the run
     * @throws IllegalArgumentException naming the fault, if there is one and faults are refused, or if a folder has too few pictures
     * @throws IOException if a folder cannot be listed
     */
    public SetReport run(Path pictures, Path reference, String model, IntConsumer done) throws IOException {
        PictureSet all = PictureSet.all("pictures", pictures);
        PictureSet others = PictureSet.all("reference", reference);
        metric.requireEnough(all.expected(), others.expected());
        List<Fault> missing = new ArrayList<>();
        FeatureSet features = features(all, missing, done);
        FeatureSet references = features(others, missing, count -> done.accept(all.expected() + count));
        SetMetric.Value value = metric.of(features, references);
        return new SetReport(
                metric.name(),
                model,
                value,
                new SetReport.Counts(features.size(), all.expected(), references.size(), others.expected()),
                metric.caution(features.size(), references.size(), features.width()),
                missing);
    }

    private FeatureSet features(PictureSet set, List<Fault> missing, IntConsumer done) {
        FeatureSet features = new FeatureSet();
        List<PictureSet.Entry> entries = set.entries();
        for (int from = 0; from < entries.size(); from += batch) {
            int to = Math.min(from + batch, entries.size());
            List<Picture> read = new ArrayList<>();
            for (PictureSet.Entry entry : entries.subList(from, to)) {
                try {
                    read.add(Judged.read(entry).picture());
                } catch (IOException | IllegalArgumentException e) {
                    faults.note(Fault.of(entry.file(), e), missing);
                }
            }
            if (!read.isEmpty()) {
                inception.encode(read, features);
            }
            done.accept(to);
        }
        return features;
    }
}
