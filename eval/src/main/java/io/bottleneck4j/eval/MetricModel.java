package io.bottleneck4j.eval;

import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.score.Judged;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.eval.suite.PromptSuite;
import io.bottleneck4j.models.vision.ClipEncoder;
import io.bottleneck4j.models.vision.ClipFolder;
import io.bottleneck4j.models.vision.InceptionEncoder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A metric, and the files and the device that it is computed with.
 *
 * @param model the file or folder of its network; null where it needs none, or has a bundled one
 * @param head of {@link Metric#AESTHETIC}; null for others
 * @param run that is scored, which says what pictures are to show; null for a plain folder
 * @param place the device, asked for when a network is opened
 * @param bundled the judges that come with the program
 */
public record MetricModel(
        Metric metric,
        @Nullable Path model,
        @Nullable Path head,
        @Nullable RunFolder run,
        Supplier<Device> place,
        BundledJudges bundled) {
    /** What stands for the bundled judges; a file or folder of that name comes first. */
    private static final String BUNDLED = "emoji";

    /** Judges of emoji-flux's pictures, unpacked where they are needed. */
    public interface BundledJudges {
        /** A folder of a small CLIP. */
        Path clip() throws IOException;

        /** A detector's file. */
        Path detector() throws IOException;
    }

    /**
     * Checks that what the metric needs is given, and nothing else; complains of the option that is missing or too
     * much.
     */
    public MetricModel {
        if ((metric == Metric.AESTHETIC) != (head != null)) {
            throw new IllegalArgumentException(
                    head == null
                            ? "metric-head: is missing; aesthetic needs it"
                            : "metric-head: only aesthetic has one; leave it out for " + metric);
        }
        if (!metric.hasNetwork() && model != null) {
            throw new IllegalArgumentException("metric-model: " + metric + " looks at pixels alone; leave it out");
        }
        if (metric.hasNetwork() && metric != Metric.SUITE && model == null) {
            throw new IllegalArgumentException("metric-model: is missing; " + metric + " needs one");
        }
    }

    /** The model as reports name it. */
    public String name() {
        return model == null ? (metric == Metric.SUITE ? BUNDLED : "none") : model.toString();
    }

    /**
     * Loads a metric of single pictures, in float32; IllegalArgumentException if a file is missing or of another kind,
     * or a run is missing, IOException if a bundled model cannot be unpacked, or the run's prompts cannot be read.
     */
    public Scorer open() throws IOException {
        return metric.open(this);
    }

    /**
     * Loads what metrics of sets look with, in float32; IllegalArgumentException if its file is missing or of another
     * kind.
     */
    public InceptionEncoder openInception() {
        return InceptionEncoder.open(requireFile(), device());
    }

    /** One that computes batches of any pictures by functions of networks, which it takes over. */
    Scorer scorer(Function<List<Judged>, List<Double>> scores, AutoCloseable... networks) {
        return Scorer.of(metric.toString(), 1, prompt -> true, scores, networks);
    }

    Device device() {
        return place.get();
    }

    private boolean isBundled() {
        return model == null || (model.equals(Path.of(BUNDLED)) && !Files.exists(model));
    }

    /** What the run's prompts are to show. */
    PromptSuite suite() throws IOException {
        if (run == null) {
            throw new IllegalArgumentException(
                    "run: is missing; " + metric
                            + " must know what pictures should show; give a run of 'evaluate generate --benchmark emoji' with --run");
        }
        return PromptSuite.of(run);
    }

    ClipEncoder clip() throws IOException {
        boolean unpacked = isBundled() && metric != Metric.AESTHETIC;
        return ClipEncoder.open(ClipFolder.read(unpacked ? bundled.clip() : requireModel()), DType.FLOAT32, device());
    }

    Path detector() throws IOException {
        return isBundled() ? bundled.detector() : requireFile();
    }

    /** The network's file or folder. */
    Path requireModel() {
        if (model == null || isBundled()) {
            throw new IllegalArgumentException("metric-model: " + BUNDLED
                    + " is a small CLIP and a detector, for clip-score, clip-cosine and suite; give the model of "
                    + metric);
        }
        return model;
    }

    /** The network's file. */
    Path requireFile() {
        Path file = requireModel();
        if (!Files.isRegularFile(file)) {
            String maker = metric == Metric.SUITE ? "tools/train-emoji-flux" : "tools/convert_metric.py";
            throw new IllegalArgumentException("metric-model: " + file
                    + " is not a file; give the safetensors file that " + maker + " has made for " + metric);
        }
        return file;
    }

    Path requireHead() {
        if (head == null) {
            throw new IllegalStateException("metric-head: was checked");
        }
        return head;
    }
}
