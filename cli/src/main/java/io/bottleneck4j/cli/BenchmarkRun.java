package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.eval.benchmark.RunMaking;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.pipeline.Timings;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Puts pictures of a benchmark into their run as they are made, with the time each took. */
final class BenchmarkRun implements Onlooker {
    private final Maker maker;
    private final RunMaking making;
    private final Map<Generation.Job, Slot> slots;
    private final Cancellation cancellation;
    private boolean warm;
    private double before;

    /** Of these pictures. */
    BenchmarkRun(Maker maker, RunMaking making, Map<Generation.Job, Slot> slots, Cancellation cancellation) {
        this.maker = maker;
        this.making = making;
        this.slots = Map.copyOf(slots);
        this.cancellation = cancellation;
    }

    @Override
    public void begin(Generation.Job job) {
        if (!warm) {
            List<ResolutionStage> stages = job.request().plan().stages().stages();
            maker.still(Latents.zeros(stages.get(stages.size() - 1).shape())); // the first decoding loads its weights
            warm = true;
        }
        before = seconds();
    }

    /** Denoising and decoding until now. */
    private double seconds() {
        return maker.timings().seconds(Timings.Phase.DENOISE) + maker.timings().seconds(Timings.Phase.DECODE);
    }

    @Override
    public void onStep(Step step) {}

    @Override
    public void made(Generation.Job job, double denoising) throws IOException {
        Slot slot = slots.get(job);
        if (slot == null) {
            throw new IllegalStateException(job.output() + ": is no picture of this run");
        }
        double seconds = seconds() - before;
        cancellation.whole(() -> making.add(slot, job.request().seed(), seconds));
    }
}
