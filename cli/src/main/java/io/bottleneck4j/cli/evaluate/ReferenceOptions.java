package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.models.vision.KernelDistance;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What pictures are compared with, by the metrics that compare. */
final class ReferenceOptions {
    private static final long SEED = 0;

    @Option(names = "--reference", paramLabel = "DIR")
    private @Nullable Path reference;

    @Option(names = "--kid-subset-size", paramLabel = "N")
    private @Nullable Integer subsetSize;

    /**
     * The folder, null for a metric that compares nothing.
     *
     * @throws IllegalArgumentException if an option is missing, or has no meaning for the metric
     */
    @Nullable
    Path folder(Metric metric, @Nullable Path prompts) {
        if (metric.hasReference() != (reference != null)) {
            throw new IllegalArgumentException(
                    reference == null
                            ? "reference: is missing; " + metric + " compares pictures with those of another folder"
                            : "reference: only " + Metric.comparing() + " have one; leave it out for " + metric);
        }
        if (metric.hasReference() && prompts != null) {
            throw new IllegalArgumentException("prompts: " + metric + " looks at none; leave them out");
        }
        if (metric != Metric.KID && subsetSize != null) {
            throw new IllegalArgumentException("kid-subset-size: only kid has subsets; leave it out for " + metric);
        }
        return reference;
    }

    /** What KID is computed by; null for FID. */
    @Nullable
    KernelDistance kernel(Metric metric) {
        int size = subsetSize == null ? KernelDistance.SIZE : subsetSize;
        return metric == Metric.FID ? null : new KernelDistance(KernelDistance.SUBSETS, size, SEED);
    }
}
