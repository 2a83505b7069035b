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
    @Option(names = "--metric", required = true, paramLabel = "M")
    private String metric = "";

    @Option(names = "--metric-model", paramLabel = "PATH")
    private @Nullable Path model;

    @Option(names = "--metric-head", paramLabel = "F")
    private @Nullable Path head;

    @Option(names = "--device", paramLabel = "D")
    private String device = "auto";

    @Option(names = "--threads", paramLabel = "T")
    private @Nullable Integer threads;

    /** The metric; IllegalArgumentException if there is none of the name. */
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
