package io.bottleneck4j.benchmarks;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.BottleneckSampler;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.models.flux.FluxFlops;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.flux.FluxVelocity;
import io.bottleneck4j.pipeline.Family;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;

/**
 * Denoising by FLUX's plans with random weights, in turn: plain steps (paper-baseline), x2, x3 and the paper's plan; prints a line of JSON per
 * plan and run.
 *
 * <p>Arguments: a model of {@link RandomFlux}, type, threads, runs, device, pixels of a side.
 */
public final class FluxPlansBenchmark {
    private FluxPlansBenchmark() {}

    public static void main(String[] args) {
        RandomFlux of = RandomFlux.named(args[0]);
        DType dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
        Libtorch.setThreads(Integer.parseInt(args[2]));
        int runs = Integer.parseInt(args[3]);
        Device device = Device.parse(args[4]).requireAvailable();
        Planner planner = Model.published(Family.FLUX).planner();
        Planner.Size size = Planner.Size.of(Integer.parseInt(args[5]), Integer.parseInt(args[5]));
        List<Plan> plans = List.of(
                planner.named(Planner.PAPER_BASELINE, size),
                planner.named("x2", size),
                planner.named("x3", size),
                planner.named(Planner.PAPER, size));
        try (Weights.Loaded<FluxTransformer2DModel> loaded = of.load(dtype, device, Quantization.NONE)) {
            double unused = seconds(plans.get(3), loaded.model(), of, dtype, device); // which prepares both sizes
            for (int run = 0; run < runs; run++) {
                for (Plan plan : plans) {
                    print(args[0], of, plan, dtype, seconds(plan, loaded.model(), of, dtype, device));
                }
            }
        }
    }

    private static void print(String model, RandomFlux of, Plan plan, DType dtype, double seconds) {
        PlanCost cost = PlanCost.of(plan.stages(), new FluxFlops(of.config(), of.text()));
        System.out.printf(
                Locale.ROOT,
                "{\"program\": \"bottleneck4j\", \"model\": \"%s\", \"plan\": \"%s\", \"dtype\": \"%s\", \"pixels\": %d,"
                        + " \"forwards\": %d, \"flops\": %.6g, \"seconds\": %.4f}%n",
                model,
                plan.name(),
                dtype,
                plan.spec().last().width(),
                cost.forwards(),
                cost.flops(),
                seconds);
    }

    private static double seconds(Plan plan, FluxTransformer2DModel model, RandomFlux of, DType dtype, Device device) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1)) {
            Tensor text = noise.randn(1, of.text(), of.config().jointAttentionDim());
            Tensor pooled = noise.randn(1, of.config().pooledProjectionDim());
            long start = System.nanoTime();
            try (FluxVelocity velocity =
                    new FluxVelocity(model, text, pooled, 3.5, plan.stages().sigmas(), dtype, device)) {
                Latents latents = new BottleneckSampler(
                                plan.stages(), plan.resampler(), (shape, stage) -> noise(noise, shape))
                        .sample(velocity, SamplingListener.NONE);
                if (!Float.isFinite(latents.asReadOnlyBuffer().get(0))) {
                    throw new IllegalStateException(plan.name() + ": latents are not finite");
                }
            }
            return (System.nanoTime() - start) / 1e9;
        }
    }

    private static Latents noise(Noise noise, LatentShape s) {
        try (Scope scope = Scope.open()) {
            float[] values = noise.randn(1, s.channels(), s.frames(), s.height(), s.width())
                    .toFloats();
            return Latents.copyOf(s, FloatBuffer.wrap(values));
        }
    }
}
