package io.bottleneck4j.benchmarks;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Prompts;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/**
 * The parts of a picture in a process that goes on: loading, text, denoising and decoding, each on its own. Prints a line of JSON per part;
 * tools/bench_pipeline.py times diffusers the same way.
 *
 * <p>Arguments: model folder, type, threads, counted runs.
 */
public final class PipelineBenchmark {
    private static final int STEPS = 30;
    private static final int WARM_UPS = 2;
    private static final String PROMPT = "a red fox on a blue background, 3d style ";

    private PipelineBenchmark() {}

    public static void main(String[] args) {
        Libtorch.setThreads(Integer.parseInt(args[2]));
        DType dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
        int runs = Integer.parseInt(args[3]);
        Libtorch.load();
        long start = System.nanoTime();
        Model model = Model.open(Path.of(args[0]));
        try (Pipeline pipeline = model.pipeline(new Execution(Device.CPU, dtype))) {
            pipeline.load();
            pipeline.encode(request(model, 0)); // what loads the text encoders
            print("load", dtype, List.of((System.nanoTime() - start) / 1e9));
            List<Prompts> prompts = new ArrayList<>();
            print("text", dtype, times(runs, i -> prompts.add(pipeline.encode(request(model, i)))));
            List<Latents> latents = new ArrayList<>();
            print(
                    "denoise",
                    dtype,
                    times(runs, i -> latents.add(pipeline.denoise(request(model, i), prompts.get(i + WARM_UPS)))));
            print("decode", dtype, times(runs, i -> pipeline.still(latents.get(i + WARM_UPS))));
        }
    }

    /** Each run has another prompt, so that none is found encoded. */
    private static Request request(Model model, int i) {
        return model.request(PROMPT + i)
                .plan(model.planner().baseline(Planner.Size.DEFAULT, OptionalInt.of(STEPS), OptionalDouble.empty()))
                .build();
    }

    private static List<Double> times(int runs, IntConsumer part) {
        Double[] seconds = new Double[runs];
        for (int i = -WARM_UPS; i < runs; i++) {
            long start = System.nanoTime();
            part.accept(i);
            if (i >= 0) {
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        return Arrays.asList(seconds);
    }

    private static void print(String part, DType dtype, List<Double> seconds) {
        System.out.printf(
                Locale.ROOT,
                "{\"program\": \"bottleneck4j\", \"part\": \"%s\", \"dtype\": \"%s\", \"threads\": %d, \"seconds\": %s}%n",
                part,
                dtype,
                Libtorch.threads(),
                seconds);
    }
}
