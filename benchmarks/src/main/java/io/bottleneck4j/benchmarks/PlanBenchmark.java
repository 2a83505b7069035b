package io.bottleneck4j.benchmarks;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Prompts;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Denoising time of a model's bottleneck plan against its baseline, in turn, and what the FLOP count predicts: one line of
 * JSON per type.
 *
 * <p>Arguments: model folder, threads, counted runs.
 */
public final class PlanBenchmark {
    private PlanBenchmark() {}

    public static void main(String[] args) {
        Libtorch.setThreads(Integer.parseInt(args[1]));
        int runs = Integer.parseInt(args[2]);
        Model model = Model.open(Path.of(args[0]));
        for (DType dtype : new DType[] {DType.BFLOAT16, DType.FLOAT32}) {
            try (Pipeline flux = model.pipeline(new Execution(Device.CPU, dtype))) {
                compare(flux, dtype, runs);
            }
        }
    }

    private static void compare(Pipeline flux, DType dtype, int runs) {
        Planner planner = flux.model().planner();
        Plan baseline = planner.baseline(Planner.Size.DEFAULT, OptionalInt.empty(), OptionalDouble.empty());
        Plan bottleneck = planner.named(Planner.BOTTLENECK, Planner.Size.DEFAULT);
        double[] ratios = new double[runs];
        double[] baselineSeconds = new double[runs];
        double[] bottleneckSeconds = new double[runs];
        for (int i = -2; i < runs; i++) {
            double a = seconds(flux, baseline);
            double b = seconds(flux, bottleneck);
            if (i >= 0) {
                baselineSeconds[i] = a;
                bottleneckSeconds[i] = b;
                ratios[i] = b / a;
            }
        }
        double predicted = 1 / flux.model().estimate(bottleneck).speedUp();
        System.out.printf(
                Locale.ROOT,
                "{\"dtype\": \"%s\", \"threads\": %d, \"runs\": %d, \"baseline_s\": %.3f, \"bottleneck_s\": %.3f,"
                        + " \"ratio\": %.3f, \"flop_ratio\": %.3f}%n",
                dtype,
                Libtorch.threads(),
                runs,
                median(baselineSeconds),
                median(bottleneckSeconds),
                median(ratios),
                predicted);
    }

    private static double seconds(Pipeline flux, Plan plan) {
        Request request = flux.model()
                .request("a red fox on a blue background")
                .plan(plan)
                .build();
        Prompts prompts = flux.encode(request);
        long start = System.nanoTime();
        flux.denoise(request, prompts);
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
