package io.bottleneck4j.cli;

import io.bottleneck4j.eval.score.AestheticScore;
import io.bottleneck4j.eval.score.ClipScore;
import io.bottleneck4j.eval.score.ImageReward;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.models.vision.AestheticHead;
import io.bottleneck4j.models.vision.ClipEncoder;
import io.bottleneck4j.models.vision.ClipFolder;
import io.bottleneck4j.models.vision.ImageRewardEncoder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
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
                "clip-cosine: the cosine itself, the paper's scale; also HPSv2, with its model;",
                "image-reward: how much people prefer a picture for its prompt, 0 in the mean;",
                "aesthetic: how pleasing a picture is, needs --metric-head; prompts are not looked at."
            })
    private String metric = "";

    @Option(
            names = "--metric-model",
            required = true,
            paramLabel = "DIR",
            description = "The metric's model, a folder; nothing is downloaded. See docs/metrics.md.")
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
     * Loads the metric, in float32.
     *
     * @throws IllegalArgumentException if an option is wrong, or missing
     */
    Scorer open() {
        Metric chosen = Metric.named(metric);
        if ((chosen == Metric.AESTHETIC) != (head != null)) {
            throw new IllegalArgumentException(
                    head == null
                            ? "metric-head: is missing; aesthetic needs it"
                            : "metric-head: only aesthetic has one; leave it out for " + chosen);
        }
        Libtorch.setThreads(threads != null ? threads : Processors.cores());
        Device where = RunOptions.device(device);
        return chosen == Metric.IMAGE_REWARD
                ? new ImageReward(ImageRewardEncoder.open(model, where))
                : ofClip(chosen, ClipEncoder.open(ClipFolder.read(model), DType.FLOAT32, where));
    }

    private Scorer ofClip(Metric chosen, ClipEncoder clip) {
        try {
            return switch (chosen) {
                case CLIP_SCORE -> new ClipScore(clip, ClipScore.Scale.PERCENT);
                case CLIP_COSINE -> new ClipScore(clip, ClipScore.Scale.COSINE);
                case AESTHETIC -> new AestheticScore(clip, AestheticHead.open(given(head), clip.width()));
                case IMAGE_REWARD -> throw new IllegalStateException(chosen + ": is not of CLIP");
            };
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
