package io.bottleneck4j.examples;

import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Stops a run from another thread. The pipeline can be used again afterwards. */
public final class Cancel {
    private Cancel() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        System.out.println(stopAfterTheFirstStep());
    }

    /** How the run ended. */
    static String stopAfterTheFirstStep() throws IOException, InterruptedException {
        Model model = Model.open(EmojiFlux.folder());
        Cancellation cancellation = new Cancellation();
        CountDownLatch begun = new CountDownLatch(1);
        ExecutorService worker = Executors.newSingleThreadExecutor();
        try (Pipeline pipeline = model.pipeline()) {
            Request request = model.request("a whale").plan("baseline").build();
            SamplingListener listener = step -> begun.countDown();
            Future<?> run = worker.submit(() -> pipeline.generate(request, listener, cancellation));
            begun.await();
            cancellation.request(); // heeded between two layers
            run.get();
            return "finished before it was cancelled";
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CancellationException cancelled) {
                return String.valueOf(cancelled.getMessage());
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            worker.shutdown();
        }
    }
}
