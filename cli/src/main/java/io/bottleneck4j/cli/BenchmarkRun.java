package io.bottleneck4j.cli;

import io.bottleneck4j.eval.benchmark.RunMaking;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Timings;
import java.io.IOException;
import java.util.Map;

/** Puts pictures of a benchmark into their run as they are made, with the seconds each took to denoise and decode. */
record BenchmarkRun(RunMaking making, Map<Job, Slot> slots, Cancellation cancellation) implements JobListener {
    @Override
    public void made(Job job, Timings took) throws IOException {
        Slot slot = slots.get(job);
        if (slot == null) {
            throw new IllegalStateException(job.output() + ": is no picture of this run");
        }
        double seconds = took.seconds(Timings.Phase.DENOISE) + took.seconds(Timings.Phase.DECODE);
        cancellation.whole(() -> making.add(slot, job.request().seed(), seconds));
    }
}
