package io.bottleneck4j.cli;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.pipeline.Cancellation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C: the command stops, and nothing half-written stays.
 *
 * <p>The JVM answers a signal by running its shutdown hooks beside the main thread. {@link #onShutdown} is such a hook: it asks the
 * command to stop and waits for it. A layer that takes longer than the command's patience is not waited for, as nobody wants to; a file
 * being written is.
 */
final class InterruptHook {
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Cancellation cancellation;

    InterruptHook(Cancellation cancellation) {
        this.cancellation = cancellation;
    }

    /** The command has ended, by itself or because it was asked to. */
    void finish() {
        finished.countDown();
    }

    /** The shutdown hook. It also runs at an ordinary end, and then does nothing. */
    void onShutdown() {
        if (finished.getCount() == 0) {
            return;
        }
        cancellation.request();
        try {
            if (!finished.await(cancellation.patience().toMillis(), TimeUnit.MILLISECONDS)) {
                cancellation.abandon().forEach(left -> System.err.println("bottleneck4j: " + left));
                System.err.println("bottleneck4j: cancelled in the middle of a step");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // The JVM would return 143 for SIGTERM; halting here makes both signals return the same.
        Runtime.getRuntime().halt(ExitCode.CANCELLED);
    }
}
