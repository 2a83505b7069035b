package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.emojijudge.EmojiJudge;
import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.MetricModel;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
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
                "saturation, colourfulness: of a picture's colours alone; neither end is better.",
                "Of a --run of the prompt suite: suite: 1 where a picture shows what is asked, else 0;",
                "background: the same of the background's colour.",
                "Of --reference: lpips, lpips-vgg: how unlike each picture looks to that of its name;",
                "ssim, ms-ssim: how alike both are in brightness, contrast and structure, 1 if equal;",
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

    /**
     * The metric.
     *
     * @throws IllegalArgumentException if there is none of the name
     */
    Metric chosen() {
        return Metric.named(metric);
    }

    /**
     * The metric with what computes it.
     *
     * @param run that is scored; null for a plain folder
     * @throws IllegalArgumentException if an option is wrong, or missing
     */
    MetricModel model(@Nullable RunFolder run, Surroundings surroundings) {
        return new MetricModel(chosen(), model, head, run, this::device, new MetricModel.BundledJudges() {
            @Override
            public Path clip() throws IOException {
                return EmojiJudge.clip(surroundings.cache());
            }

            @Override
            public Path detector() throws IOException {
                return EmojiJudge.detector(surroundings.cache());
            }
        });
    }

    private Device device() {
        if (threads != null) {
            Libtorch.setThreads(threads);
        }
        return RunOptions.device(device);
    }
}
