package io.bottleneck4j.cli;

import io.bottleneck4j.eval.score.AestheticScore;
import io.bottleneck4j.eval.score.ClipScore;
import io.bottleneck4j.eval.score.ImageReward;
import io.bottleneck4j.eval.score.Lpips;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.models.vision.AestheticHead;
import io.bottleneck4j.models.vision.ClipEncoder;
import io.bottleneck4j.models.vision.ClipFolder;
import io.bottleneck4j.models.vision.ImageRewardEncoder;
import io.bottleneck4j.models.vision.InceptionEncoder;
import io.bottleneck4j.models.vision.LpipsBackbone;
import io.bottleneck4j.models.vision.LpipsEncoder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which metric, and what computes it. */
final class MetricOptions {
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
                "Of --reference: lpips, lpips-vgg: how unlike each picture looks to that of its name;",
                "fid, kid: how far all are from all references, one number."
            })
    private String metric = "";

    @Option(
            names = "--metric-model",
            required = true,
            paramLabel = "PATH",
            description =
                    "The metric's model, a folder, or a file of lpips, fid, kid; nothing is downloaded. See docs/metrics.md.")
    private Path model = Path.of("");

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
        return model.toString();
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
     * @throws IllegalArgumentException if an option is wrong, or missing
     */
    Scorer open() {
        Metric chosen = chosen();
        requireHead(chosen);
        Device where = device();
        return switch (chosen) {
            case CLIP_SCORE -> new ClipScore(clip(where), ClipScore.Scale.PERCENT);
            case CLIP_COSINE -> new ClipScore(clip(where), ClipScore.Scale.COSINE);
            case HPSV2 ->
                new ClipScore(ClipEncoder.openHps(ClipFolder.read(model), DType.FLOAT32, where), ClipScore.Scale.HPS);
            case AESTHETIC -> aesthetic(clip(where));
            case IMAGE_REWARD -> new ImageReward(ImageRewardEncoder.open(model, where));
            case LPIPS -> lpips(LpipsBackbone.ALEX, where);
            case LPIPS_VGG -> lpips(LpipsBackbone.VGG, where);
            case FID, KID -> throw new IllegalStateException(chosen + ": gives single pictures no score");
        };
    }

    /**
     * Loads what metrics of sets look with, in float32.
     *
     * @throws IllegalArgumentException if an option is wrong
     */
    InceptionEncoder openInception() {
        requireHead(chosen());
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
        Libtorch.setThreads(threads != null ? threads : Processors.cores());
        return RunOptions.device(device);
    }

    private ClipEncoder clip(Device where) {
        return ClipEncoder.open(ClipFolder.read(model), DType.FLOAT32, where);
    }

    private Lpips lpips(LpipsBackbone backbone, Device where) {
        return new Lpips(LpipsEncoder.open(requireFile(), backbone, where), backbone);
    }

    private Path requireFile() {
        if (!Files.isRegularFile(model)) {
            throw new IllegalArgumentException("metric-model: " + model
                    + " is not a file; give the safetensors file that tools/convert_metric.py has made for "
                    + chosen());
        }
        return model;
    }

    private AestheticScore aesthetic(ClipEncoder clip) {
        try {
            return new AestheticScore(clip, AestheticHead.open(given(head), clip.width()));
        } catch (RuntimeException e) {
            clip.close();
            throw e;
        }
    }

    private static Path given(@Nullable Path path) {
        if (path == null) {
            throw new IllegalStateException("metric-head: was checked");
        }
        return path;
    }
}
