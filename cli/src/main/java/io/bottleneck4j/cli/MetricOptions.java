package io.bottleneck4j.cli;

import io.bottleneck4j.emojijudge.EmojiJudge;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.score.AestheticScore;
import io.bottleneck4j.eval.score.ClipScore;
import io.bottleneck4j.eval.score.ImageReward;
import io.bottleneck4j.eval.score.Lpips;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.eval.suite.BackgroundScore;
import io.bottleneck4j.eval.suite.PromptSuite;
import io.bottleneck4j.eval.suite.SuiteScore;
import io.bottleneck4j.models.vision.AestheticHead;
import io.bottleneck4j.models.vision.ClipEncoder;
import io.bottleneck4j.models.vision.ClipFolder;
import io.bottleneck4j.models.vision.Detector;
import io.bottleneck4j.models.vision.ImageRewardEncoder;
import io.bottleneck4j.models.vision.InceptionEncoder;
import io.bottleneck4j.models.vision.LpipsBackbone;
import io.bottleneck4j.models.vision.LpipsEncoder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which metric, and what computes it. */
final class MetricOptions {
    /** What stands for the bundled judges; a file or folder of that name comes first. */
    private static final String BUNDLED = "emoji";

    @Option(
            names = "--metric",
            required = true,
            paramLabel = "M",
            description = {
                "clip-score: 100 x the cosine of picture and prompt, at least 0, as torchmetrics has it;",
                "clip-cosine: the cosine itself, the paper's scale;",
                "image-reward: how much people prefer a picture for its prompt, 0 in the mean;",
                "hpsv2: the same by HPSv2's model, 100 x the cosine;",
                "aesthetic: how pleasing a picture is, needs --metric-head; prompts are not looked at.",
                "Of a --run of the prompt suite: suite: 1 where a picture shows what is asked, else 0;",
                "background: the same of the background's colour.",
                "Of --reference: lpips, lpips-vgg: how unlike each picture looks to that of its name;",
                "fid, kid: how far all are from all references, one number."
            })
    private String metric = "";

    @Option(
            names = "--metric-model",
            paramLabel = "PATH",
            description = {
                "The metric's model, a folder, or a file of lpips, fid, kid; nothing is downloaded. See docs/metrics.md.",
                "emoji: the bundled judges of emoji-flux's pictures, a small CLIP or, for suite, a detector (its default)."
            })
    private @Nullable Path model;

    @Option(
            names = "--metric-head",
            paramLabel = "F",
            description = "Of aesthetic: the head, a safetensors file made by tools/convert_metric.py.")
    private @Nullable Path head;

    @Option(names = "--device", paramLabel = "D", description = "auto (default): a GPU if there is one; cpu, cuda:0.")
    private String device = "auto";

    @Option(names = "--threads", paramLabel = "T", description = "Threads on the CPU. Default: one a processor core.")
    private @Nullable Integer threads;

    /** The model as the user named it. */
    String modelName() {
        return model == null ? (chosen() == Metric.SUITE ? BUNDLED : "none") : model.toString();
    }

    /**
     * The metric.
     *
     * @throws IllegalArgumentException if there is none of the name
     */
    Metric chosen() {
        return Metric.named(metric);
    }

    /**
     * Loads a metric of single pictures, in float32.
     *
     * @param run that is scored; null for a plain folder
     * @throws IllegalArgumentException if an option is wrong, or missing
     * @throws IOException if a bundled model cannot be unpacked, or the run's prompts cannot be read
     */
    Scorer open(@Nullable RunFolder run, Surroundings surroundings) throws IOException {
        Metric chosen = chosen();
        requireHead(chosen);
        requireModel(chosen);
        PromptSuite suite = chosen.hasTruth() ? suite(chosen, run) : null;
        if (chosen == Metric.BACKGROUND) {
            return new BackgroundScore(given(suite));
        }
        Device where = device();
        if (chosen == Metric.SUITE) {
            return suite(given(suite), surroundings, where);
        }
        Path network = isBundled() ? bundledClip(chosen, surroundings) : given(model);
        return switch (chosen) {
            case CLIP_SCORE -> new ClipScore(clip(network, where), ClipScore.Scale.PERCENT);
            case CLIP_COSINE -> new ClipScore(clip(network, where), ClipScore.Scale.COSINE);
            case HPSV2 ->
                new ClipScore(ClipEncoder.openHps(ClipFolder.read(network), DType.FLOAT32, where), ClipScore.Scale.HPS);
            case AESTHETIC -> aesthetic(clip(network, where));
            case IMAGE_REWARD -> new ImageReward(ImageRewardEncoder.open(network, where));
            case LPIPS -> lpips(LpipsBackbone.ALEX, where);
            case LPIPS_VGG -> lpips(LpipsBackbone.VGG, where);
            case SUITE, BACKGROUND, FID, KID -> throw new IllegalStateException(chosen + ": is not opened here");
        };
    }

    private boolean isBundled() {
        return model == null || (model.equals(Path.of(BUNDLED)) && !Files.exists(model));
    }

    private static PromptSuite suite(Metric metric, @Nullable RunFolder run) throws IOException {
        if (run == null) {
            throw new IllegalArgumentException(
                    "run: is missing; " + metric
                            + " must know what pictures are to show, give a run of 'evaluate generate --benchmark emoji' with --run");
        }
        return PromptSuite.of(run);
    }

    private SuiteScore suite(PromptSuite suite, Surroundings surroundings, Device where) throws IOException {
        Path file = isBundled() ? EmojiJudge.detector(surroundings.cache()) : requireFile();
        Detector detector = Detector.open(file, where);
        try {
            return new SuiteScore(suite, detector);
        } catch (RuntimeException e) {
            detector.close();
            throw e;
        }
    }

    private static Path bundledClip(Metric chosen, Surroundings surroundings) throws IOException {
        if (chosen != Metric.CLIP_SCORE && chosen != Metric.CLIP_COSINE) {
            throw new IllegalArgumentException("metric-model: " + BUNDLED
                    + " is a small CLIP and a detector, for clip-score, clip-cosine and suite; give the model of "
                    + chosen);
        }
        return EmojiJudge.clip(surroundings.cache());
    }

    private void requireModel(Metric chosen) {
        if (chosen == Metric.BACKGROUND && model != null) {
            throw new IllegalArgumentException("metric-model: background looks at pixels alone; leave it out");
        }
        if (!chosen.hasTruth() && model == null) {
            throw new IllegalArgumentException("metric-model: is missing; " + chosen + " is computed by one");
        }
    }

    /**
     * Loads what metrics of sets look with, in float32.
     *
     * @throws IllegalArgumentException if an option is wrong
     */
    InceptionEncoder openInception() {
        requireHead(chosen());
        requireModel(chosen());
        return InceptionEncoder.open(requireFile(), device());
    }

    private void requireHead(Metric chosen) {
        if ((chosen == Metric.AESTHETIC) != (head != null)) {
            throw new IllegalArgumentException(
                    head == null
                            ? "metric-head: is missing; aesthetic needs it"
                            : "metric-head: only aesthetic has one; leave it out for " + chosen);
        }
    }

    private Device device() {
        if (threads != null) {
            Libtorch.setThreads(threads);
        }
        return RunOptions.device(device);
    }

    private static ClipEncoder clip(Path folder, Device where) {
        return ClipEncoder.open(ClipFolder.read(folder), DType.FLOAT32, where);
    }

    private Lpips lpips(LpipsBackbone backbone, Device where) {
        return new Lpips(LpipsEncoder.open(requireFile(), backbone, where), backbone);
    }

    private Path requireFile() {
        Path file = given(model);
        if (!Files.isRegularFile(file)) {
            String maker = chosen() == Metric.SUITE ? "tools/train-emoji-flux" : "tools/convert_metric.py";
            throw new IllegalArgumentException("metric-model: " + file
                    + " is not a file; give the safetensors file that " + maker + " has made for " + chosen());
        }
        return file;
    }

    private AestheticScore aesthetic(ClipEncoder clip) {
        try {
            return new AestheticScore(clip, AestheticHead.open(given(head), clip.width()));
        } catch (RuntimeException e) {
            clip.close();
            throw e;
        }
    }

    private static <T> T given(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("metric: its options were checked");
        }
        return value;
    }
}
