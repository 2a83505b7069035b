package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that is stopped in the middle of a phase leaves nothing behind, and another can follow. */
@Timeout(120)
class CancellationTest {
    private static final int ATTEMPTS = 200;

    @TempDir
    private Path temp;

    /**
     * What work throws that another thread cancels when it sees it inside a method. The work may be over before the other thread has
     * looked; then it is done again.
     *
     * @param type part of the class's name
     */
    private static CancellationException cancelledInside(String type, Consumer<Cancellation> work)
            throws InterruptedException {
        for (int i = 0; i < ATTEMPTS; i++) {
            Cancellation cancellation = new Cancellation();
            Thread worker = Thread.currentThread();
            CountDownLatch watching = new CountDownLatch(1);
            Thread watcher = new Thread(() -> {
                watching.countDown();
                while (!Thread.currentThread().isInterrupted()) {
                    if (isInside(worker.getStackTrace(), type)) {
                        cancellation.request();
                        return;
                    }
                }
            });
            watcher.start();
            watching.await();
            try {
                work.accept(cancellation);
            } catch (CancellationException e) {
                if (isInside(e.getStackTrace(), type)) {
                    return e;
                }
            } finally {
                watcher.interrupt();
                watcher.join();
            }
        }
        throw new AssertionError("never cancelled inside " + type);
    }

    private static boolean isInside(StackTraceElement[] stack, String type) {
        return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().contains("." + type));
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-a, T5EncoderModel",
        "tiny-a, ClipTextModel",
        "hunyuan-a, LlamaModel",
    })
    void encode_cancelledByAnotherThread_stopsBetweenLayers(String name, String type) throws InterruptedException {
        try (Pipeline pipeline = Tiny.pipeline(name, Residency.KEEP)) {
            Request request = Tiny.request(pipeline.model(), 1).toBuilder()
                    .prompt("a red fox ".repeat(60))
                    .maxSequenceLength(512)
                    .build();
            float[] states = pipeline.encode(request).positive().stateValues();
            long before = Libtorch.livePointers();
            CancellationException stopped =
                    cancelledInside(type, cancellation -> pipeline.encode(request, cancellation));
            assertThat(stopped).hasMessage("cancelled before anything was made");
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
            assertThat(pipeline.encode(request).positive().stateValues()).isEqualTo(states);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Tiny.PICTURES, Tiny.VIDEOS})
    void decode_cancelledByAnotherThread_stopsBetweenLayers(String name) throws InterruptedException {
        try (Pipeline pipeline = Tiny.pipeline(name, Residency.KEEP)) {
            Latents latents = Latents.zeros(new LatentShape(4, 1, 32, 32));
            byte[] still = pipeline.still(latents).rgb();
            long before = Libtorch.livePointers();
            CancellationException stopped =
                    cancelledInside("models.nn.Layer", cancellation -> pipeline.still(latents, 0, cancellation));
            assertThat(stopped).hasMessage("cancelled before anything was made");
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
            assertThat(pipeline.still(latents).rgb()).isEqualTo(still);
        }
    }

    @Test
    void decode_cancelledByItsSink_handsOutNoFurtherFrame() throws IOException {
        try (Pipeline pipeline = Tiny.pipeline(Tiny.VIDEOS, Residency.KEEP)) {
            Result whole = pipeline.generate(Tiny.request(pipeline.model(), 1));
            long before = Libtorch.livePointers();
            Cancellation cancellation = new Cancellation();
            List<byte[]> frames = new ArrayList<>();
            assertThatThrownBy(() -> pipeline.decode(
                            whole.latents(),
                            0,
                            frame -> {
                                frames.add(frame.rgb());
                                if (frames.size() == 2) {
                                    cancellation.request();
                                }
                            },
                            cancellation))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("cancelled before anything was made");
            assertThat(frames).hasSize(2);
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
            List<byte[]> again = new ArrayList<>();
            pipeline.decode(whole.latents(), frame -> again.add(frame.rgb()));
            assertThat(again).hasSize(5);
            assertThat(again.get(0)).isEqualTo(frames.get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Tiny.PICTURES, Tiny.VIDEOS})
    void denoise_cancelledWithinAStep_doesNotFinishIt(String name) {
        try (Pipeline pipeline = Tiny.pipeline(name, Residency.KEEP)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Prompts prompts = pipeline.encode(request);
            Latents whole = pipeline.denoise(request, prompts);
            long before = Libtorch.livePointers();
            Cancellation cancellation = new Cancellation();
            List<String> forwards = new ArrayList<>();
            pipeline.wrap(velocity -> (x, sigma) -> {
                forwards.add("begun");
                if (forwards.size() == 5) {
                    cancellation.request();
                }
                Latents v = velocity.velocity(x, sigma);
                forwards.add("ended");
                return v;
            });
            List<Step> steps = new ArrayList<>();
            assertThatThrownBy(() -> pipeline.denoise(request, prompts, steps::add, cancellation))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("cancelled after step 2 of 6");
            assertThat(forwards).containsExactly("begun", "ended", "begun", "ended", "begun");
            assertThat(steps).hasSize(2);
            steps.clear();
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
            assertThat(pipeline.denoise(request, prompts)).isEqualTo(whole);
        }
    }

    /** A preview has a cancellation of its own; that of the run that it is made in counts as well. */
    @Test
    void still_insideACancelledRun_isNotFinished() {
        try (Pipeline pipeline = Tiny.pipeline(Tiny.PICTURES, Residency.KEEP)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Cancellation cancellation = new Cancellation();
            List<String> previews = new ArrayList<>();
            SamplingListener listener = step -> {
                cancellation.request();
                pipeline.still(step.clean());
                previews.add("finished");
            };
            assertThatThrownBy(() -> pipeline.generate(request, listener, cancellation))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("cancelled after step 1 of 6");
            assertThat(previews).isEmpty();
        }
    }

    @Test
    void generate_cancelledBefore_doesNothing() {
        try (Pipeline pipeline = Tiny.pipeline(Tiny.PICTURES, Residency.KEEP)) {
            Cancellation cancellation = new Cancellation();
            cancellation.request();
            assertThat(cancellation.isRequested()).isTrue();
            assertThatThrownBy(() ->
                            pipeline.generate(Tiny.request(pipeline.model(), 1), SamplingListener.NONE, cancellation))
                    .isInstanceOf(CancellationException.class);
            assertThat(pipeline.timings().seconds(Timings.Phase.ENCODE)).isZero();
        }
    }

    @Test
    void check_saysHowFarTheRunCame() {
        Cancellation cancellation = new Cancellation();
        cancellation.check("after step 3 of 23");
        cancellation.request();
        assertThatThrownBy(cancellation::check).hasMessage("cancelled after step 3 of 23");
        assertThatThrownBy(() -> cancellation.check("before decoding")).hasMessage("cancelled before decoding");
    }

    @Test
    void abandon_removesWhatMustNotStayAndLetsNothingMoreBeWritten() throws IOException, InterruptedException {
        Cancellation cancellation = new Cancellation();
        Path gone = Files.createFile(temp.resolve("gone"));
        Path stays = Files.createFile(temp.resolve("stays"));
        cancellation.temporary(gone);
        cancellation.temporary(stays);
        cancellation.keep(stays);
        assertThat(cancellation.abandon()).isEmpty();
        assertThat(temp).isDirectoryContaining(stays::equals).isDirectoryNotContaining(gone::equals);

        Path late = temp.resolve("late");
        Thread writer = new Thread(() -> {
            try {
                cancellation.whole(() -> Files.createFile(late));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        writer.setDaemon(true); // it waits for good
        writer.start();
        writer.join(300);
        assertThat(late).doesNotExist();
        assertThat(writer.isAlive()).isTrue();
    }
}
