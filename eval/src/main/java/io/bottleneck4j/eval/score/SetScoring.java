package io.bottleneck4j.eval.score;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.models.vision.FeatureSet;
import io.bottleneck4j.models.vision.FrechetDistance;
import io.bottleneck4j.models.vision.InceptionEncoder;
import io.bottleneck4j.models.vision.KernelDistance;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How far all pictures of a folder, those in its folders too, are from all of another as a whole: pictures have no scores of their own. As
 * many as a batch holds are in memory, and 8 kB of each.
 *
 * <p>FID has no bootstrap interval: pictures drawn twice make a set's covariance another one, so FIDs of resampled sets lie around a larger
 * value than the FID itself.
 *
 * @param kernel of KID, the mean and standard deviation over random subsets; null for FID
 * @param batch pictures of one call of the network
 */
public record SetScoring(
        @Nullable KernelDistance kernel, InceptionEncoder inception, int batch, Fault.Handling faults) {

    /**
     * How far a set of pictures is from a reference: what computed it, as the user named it; the deviation over
     * subsets, null where there are none; how many were compared of how many; what must be said beside the distance,
     * null if nothing must; and pictures of both sides that were left out, and why.
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Report(
            String metric,
            String model,
            double distance,
            @Nullable Double deviation,
            int pictures,
            int expectedPictures,
            int references,
            int expectedReferences,
            @Nullable String caution,
            List<Fault> missing) {

        public Report {
            missing = List.copyOf(missing);
        }

        /** One line, and one for each picture left out, with the reason. */
        public String csv() {
            StringBuilder csv = new StringBuilder(
                    Csv.row("metric", "distance", "deviation", "pictures", "references", "caution", "missing"));
            csv.append(Csv.row(metric, distance, deviation, pictures, references, caution, ""));
            missing.forEach(fault -> csv.append(Csv.row("", "", "", "", "", "", fault)));
            return csv.toString();
        }

        /** Everything. */
        public ObjectNode json() {
            return JsonFile.MAPPER.valueToTree(this);
        }
    }

    public SetScoring {
        Scoring.requireBatch(batch);
    }

    /**
     * Runs it.
     *
     * @param model the report's name of what computed it
     * @param done told how many pictures of both folders were read; throwing ends the run
     * @throws IllegalArgumentException naming the fault, if there is one and faults are refused, or if a folder has too few pictures
     */
    public Report run(Path pictures, Path reference, String model, IntConsumer done) throws IOException {
        PictureSet all = PictureSet.all("pictures", pictures);
        PictureSet others = PictureSet.all("reference", reference);
        if (kernel == null) {
            FeatureSet.requireEnough(all.expected(), others.expected());
        } else {
            kernel.requireEnough(all.expected(), others.expected());
        }
        List<Fault> missing = new ArrayList<>();
        FeatureSet features = features(all, missing, done);
        FeatureSet references = features(others, missing, count -> done.accept(all.expected() + count));
        KernelDistance.Estimate estimate = kernel == null ? null : kernel.between(features, references);
        return new Report(
                kernel == null ? "fid" : "kid",
                model,
                estimate == null ? FrechetDistance.between(features, references) : estimate.mean(),
                estimate == null ? null : estimate.deviation(),
                features.size(),
                all.expected(),
                references.size(),
                others.expected(),
                caution(Math.min(features.size(), references.size()), features.width()),
                missing);
    }

    private @Nullable String caution(int fewer, int width) {
        return kernel != null || fewer > width
                ? null
                : fewer + " pictures do not determine a covariance of " + width
                        + " features: this FID is too large, the more so the fewer they are; compare it only with FIDs of"
                        + " as many pictures, or use kid";
    }

    private FeatureSet features(PictureSet set, List<Fault> missing, IntConsumer done) {
        FeatureSet features = new FeatureSet();
        List<PictureSet.Entry> entries = set.entries();
        for (int from = 0; from < entries.size(); from += batch) {
            int to = Math.min(from + batch, entries.size());
            List<Judged> read = List.copyOf(Scoring.read(entries.subList(from, to), one -> one, faults, missing)
                    .values());
            if (!read.isEmpty()) {
                inception.encode(Judged.pictures(read), features);
            }
            done.accept(to);
        }
        return features;
    }
}
