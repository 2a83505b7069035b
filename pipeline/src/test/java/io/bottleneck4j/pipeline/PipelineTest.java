package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.SamplingListener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for pictures and videos alike. */
class PipelineTest {
    private static final LatentShape CELLS = new LatentShape(4, 1, 8, 8);

    private static Pipeline open(String name) {
        return Tiny.pipeline(name, Residency.KEEP);
    }

    private static boolean isWaiting(Thread thread) {
        return thread.getState() == Thread.State.TIMED_WAITING;
    }

    @ParameterizedTest
    @ValueSource(strings = {Tiny.PICTURES, Tiny.VIDEOS})
    @Timeout(60)
    void generate_fromTwoThreads_takesTurnsAndMakesTheSameBits(String name)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Pipeline pipeline = open(name)) {
            Result five = pipeline.generate(Tiny.request(pipeline.model(), 5));
            Result six = pipeline.generate(Tiny.request(pipeline.model(), 6));
            List<Long> forwards = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch both = new CountDownLatch(2);
            pipeline.wrap(velocity -> (x, sigma) -> {
                forwards.add(Thread.currentThread().getId());
                return velocity.velocity(x, sigma);
            });

            List<Future<Result>> made = new ArrayList<>();
            for (long seed : new long[] {5, 6}) {
                made.add(threads.submit(() -> {
                    both.countDown();
                    both.await();
                    return pipeline.generate(Tiny.request(pipeline.model(), seed));
                }));
            }

            assertThat(made.get(0).get().latents()).isEqualTo(five.latents());
            assertThat(made.get(0).get().picture().rgb())
                    .isEqualTo(five.picture().rgb());
            assertThat(made.get(1).get().latents()).isEqualTo(six.latents());
            assertThat(forwards)
                    .hasSize(five.request().forwards() + six.request().forwards());
            List<Long> first = forwards.subList(0, five.request().forwards());
            List<Long> second = forwards.subList(five.request().forwards(), forwards.size());
            assertThat(first).as("one after the other").containsOnly(first.get(0));
            assertThat(second).containsOnly(second.get(0)).doesNotContain(first.get(0));
        } finally {
            threads.shutdown();
        }
    }

    @Test
    @Timeout(60)
    void generate_thatWaitsItsTurn_leavesAtOnceWhenCancelled() throws InterruptedException {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            pipeline.wrap(velocity -> (x, sigma) -> {
                running.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return velocity.velocity(x, sigma);
            });
            Thread first = new Thread(() -> pipeline.generate(Tiny.request(pipeline.model(), 1)));
            first.start();
            running.await();

            Cancellation cancellation = new Cancellation();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread second = new Thread(() -> {
                try {
                    pipeline.generate(Tiny.request(pipeline.model(), 2), SamplingListener.NONE, cancellation);
                } catch (CancellationException e) {
                    thrown.set(e);
                }
            });
            second.start();
            while (!isWaiting(second)) {
                Thread.onSpinWait();
            }
            cancellation.request();
            second.join();

            assertThat(first.isAlive()).as("still at its first step").isTrue();
            assertThat(thrown.get()).hasMessage("cancelled before anything was made");
            goOn.countDown();
            first.join();
        }
    }

    @Test
    @Timeout(60)
    void encode_thatWaitsItsTurn_leavesWhenInterrupted() throws InterruptedException {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            AtomicReference<Boolean> interrupted = new AtomicReference<>(false);
            Thread waiting = new Thread(() -> {
                try {
                    running.await();
                    pipeline.encode(Tiny.request(pipeline.model(), 2));
                } catch (CancellationException e) {
                    thrown.set(e);
                    interrupted.set(Thread.currentThread().isInterrupted());
                    goOn.countDown();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            waiting.start();
            pipeline.generate(
                    Tiny.request(pipeline.model(), 1),
                    step -> {
                        running.countDown();
                        while (goOn.getCount() > 0 && !isWaiting(waiting)) {
                            Thread.onSpinWait();
                        }
                        waiting.interrupt();
                        try {
                            assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    },
                    new Cancellation());
            waiting.join();
            assertThat(thrown.get()).hasMessage("interrupted");
            assertThat(interrupted.get()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Tiny.PICTURES, Tiny.VIDEOS})
    @Timeout(60)
    void generate_onAnotherThread_makesTheSameBits(String name) throws InterruptedException, ExecutionException {
        try (Pipeline pipeline = open(name)) {
            Result here = pipeline.generate(Tiny.request(pipeline.model(), 7));
            FutureTask<Result> there = new FutureTask<>(() -> pipeline.generate(Tiny.request(pipeline.model(), 7)));
            new Thread(there).start();
            assertThat(there.get().latents()).isEqualTo(here.latents());
            assertThat(there.get().picture().rgb()).isEqualTo(here.picture().rgb());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 2})
    void wrap_standsAroundGuidanceAndCountsTheStepsOfEachRun(double trueCfgScale) {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            AtomicInteger runs = new AtomicInteger();
            AtomicInteger steps = new AtomicInteger();
            assertThat(pipeline.wrap(velocity -> {
                        runs.incrementAndGet();
                        return (x, sigma) -> {
                            steps.incrementAndGet();
                            return velocity.velocity(x, sigma);
                        };
                    }))
                    .isSameAs(pipeline);
            Request request = Tiny.request(pipeline.model(), 1).toBuilder()
                    .trueCfgScale(trueCfgScale)
                    .build();

            Latents wrapped = pipeline.generate(request).latents();
            assertThat(steps).hasValue(request.plan().stages().forwards());
            assertThat(request.forwards()).isEqualTo((int) (trueCfgScale * steps.get()));
            pipeline.generate(request);
            assertThat(runs).hasValue(2);
            try (Pipeline plain = pipeline.model().pipeline(Tiny.FLOAT32, Residency.KEEP)) {
                assertThat(plain.generate(request).latents()).isEqualTo(wrapped);
            }
        }
    }

    @Test
    void wrap_severalTimes_nestsWithTheLastOutermost() {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            List<String> calls = new ArrayList<>();
            for (String name : List.of("inner", "outer")) {
                pipeline.wrap(velocity -> (x, sigma) -> {
                    calls.add(name);
                    Latents v = velocity.velocity(x, sigma);
                    calls.add("/" + name);
                    return v;
                });
            }
            pipeline.generate(Tiny.request(pipeline.model(), 1));
            assertThat(calls.subList(0, 4)).containsExactly("outer", "inner", "/inner", "/outer");
        }
    }

    @Test
    void wrap_thatChangesTheVelocity_changesTheResult() {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Latents plain = pipeline.generate(request).latents();
            pipeline.wrap(velocity -> (x, sigma) -> velocity.velocity(x, sigma).times(0.5));
            assertThat(pipeline.generate(request).latents()).isNotEqualTo(plain);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Tiny.PICTURES, Tiny.VIDEOS})
    void encode_taken_outAndIn_isTheSamePrompt(String name) {
        try (Pipeline pipeline = open(name)) {
            Request request = Tiny.request(pipeline.model(), 3).toBuilder()
                    .trueCfgScale(2)
                    .negativePrompt("blurry")
                    .build();
            Prompts prompts = pipeline.encode(request);
            PromptEmbeds negative = prompts.negative();
            assertThat(negative).isNotNull();
            Latents latents = pipeline.denoise(request, prompts);

            Prompts own = new Prompts(copy(prompts.positive()), negative == null ? null : copy(negative));
            assertThat(pipeline.denoise(request, own)).isEqualTo(latents);
            assertThat(pipeline.denoise(request, new Prompts(own.positive(), own.positive())))
                    .isNotEqualTo(latents);
        }
    }

    private static PromptEmbeds copy(PromptEmbeds embeds) {
        PromptEmbeds copy =
                PromptEmbeds.of(embeds.stateValues(), embeds.tokens(), embeds.attended(), embeds.pooledValues());
        assertThat(copy.truncations()).isEmpty();
        return copy;
    }

    @Test
    void denoise_withoutTheNegativePromptItNeeds_saysSo() {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            Request request = Tiny.request(pipeline.model(), 3);
            Prompts prompts = pipeline.encode(request);
            Request guided = request.toBuilder().trueCfgScale(2).build();
            assertThatThrownBy(() -> pipeline.denoise(guided, prompts))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("prompts: true-cfg-scale 2.0 needs the negative prompt encoded too; take the prompts of"
                            + " encode");
        }
    }

    @Test
    void denoise_fromOwnNoise_takesItOnceAStage() {
        try (Pipeline pipeline = open(Tiny.PICTURES);
                TorchNoise seeded = new TorchNoise(5)) {
            Request request = Tiny.request(pipeline.model(), 5);
            Latents expected = pipeline.generate(request).latents();
            List<Integer> stages = new ArrayList<>();
            Request own = request.toBuilder()
                    .seed(1)
                    .noise((shape, stage) -> {
                        stages.add(stage);
                        return seeded.standardNormal(shape, stage);
                    })
                    .build();
            assertThat(pipeline.generate(own).latents()).isEqualTo(expected);
            assertThat(stages).containsExactly(0, 1, 2);
        }
    }

    @Test
    void denoise_fromInitialLatents_drawsTheOtherStagesNoiseAsEver() {
        try (Pipeline pipeline = open(Tiny.PICTURES);
                TorchNoise seeded = new TorchNoise(5)) {
            Request request = Tiny.request(pipeline.model(), 5);
            Latents expected = pipeline.generate(request).latents();
            Latents first = seeded.standardNormal(CELLS, 0);
            assertThat(pipeline.generate(
                                    request.toBuilder().initialLatents(first).build())
                            .latents())
                    .isEqualTo(expected);
            Request other = request.toBuilder().initialLatents(first.times(0.9)).build();
            assertThat(pipeline.generate(other).latents()).isNotEqualTo(expected);
        }
    }

    @Test
    void close_insideARun_isRefusedAndTheRunGoesOn() {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            Request request = Tiny.request(pipeline.model(), 1);
            List<String> refusals = new ArrayList<>();
            pipeline.generate(
                    request,
                    step -> {
                        try {
                            pipeline.close();
                        } catch (IllegalStateException e) {
                            refusals.add(String.valueOf(e.getMessage()));
                        }
                    },
                    new Cancellation());
            assertThat(refusals)
                    .hasSize(request.forwards())
                    .containsOnly("pipeline: is running; cancel the run, and close it afterwards");
        }
    }

    @Test
    void generate_ofAnotherModelsRequest_isRefused() {
        try (Pipeline pipeline = open(Tiny.PICTURES)) {
            Request other = Tiny.request(Tiny.model(Tiny.VIDEOS), 1);
            assertThatThrownBy(() -> pipeline.generate(other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("request: is of ")
                    .hasMessageEndingWith("; make it with pipeline.model().request(...)");
        }
    }

    @Test
    void generate_onAClosedPipeline_saysSo() {
        Pipeline pipeline = open(Tiny.PICTURES);
        pipeline.close();
        assertThatThrownBy(() -> pipeline.generate(Tiny.request(pipeline.model(), 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("pipeline: is closed; open it again with model.pipeline()");
    }
}
