package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelinePartsTest {
    private static final LatentShape SHAPE = new LatentShape(1, 1, 1, 2);

    private static Latents latents(float... values) {
        return Latents.copyOf(SHAPE, FloatBuffer.wrap(values));
    }

    @Test
    void trueGuidance_stepsBeyondThePositive() {
        List<Double> sigmas = new ArrayList<>();
        VelocityModel positive = (x, sigma) -> {
            sigmas.add(sigma);
            return latents(3, -1);
        };
        VelocityModel negative = (x, sigma) -> latents(1, 1);
        assertThat(new TrueGuidance(positive, negative, 2.5)
                        .velocity(latents(0, 0), 0.7)
                        .values())
                .containsExactly(1 + 2.5f * 2, 1 + 2.5f * -2);
        assertThat(sigmas).containsExactly(0.7);
    }

    /** Both cells of 1 × 1 are tokens of two channels: what is guided points elsewhere, as long as the positive. */
    @Test
    void trueGuidance_withAPatch_keepsTheLengthOfEachToken() {
        LatentShape shape = new LatentShape(2, 1, 1, 2);
        VelocityModel positive = (x, sigma) -> Latents.copyOf(shape, new float[] {3, 0, 4, 0});
        VelocityModel negative = (x, sigma) -> Latents.copyOf(shape, new float[] {1, 0, 4, 0});
        float[] guided = new TrueGuidance(positive, negative, sigma -> 3, 1)
                .velocity(Latents.zeros(shape), 0.7)
                .values();
        // (1 + 3 · 2, 4) = (7, 4), brought from √65 to 5; the token of zeros stays.
        float part = (float) (5 / Math.sqrt(65));
        assertThat(guided).containsExactly(new float[] {7 * part, 0, 4 * part, 0}, within(1e-6f));
    }

    /** All of 2 × 2 cells make one token. */
    @Test
    void trueGuidance_withAPatchOfFourCells_countsThemTogether() {
        LatentShape shape = new LatentShape(1, 1, 2, 4);
        VelocityModel positive = (x, sigma) -> Latents.copyOf(shape, new float[] {1, 1, 2, 2, 1, 1, 2, 2});
        VelocityModel negative = (x, sigma) -> Latents.copyOf(shape, new float[] {0, 1, 2, 0, 1, 1, 2, 2});
        // Left (2, 1, 1, 1) of length √7, to be 2; right (2, 4, 2, 2) of length √28, to be 4.
        float left = (float) (2 / Math.sqrt(7));
        float right = (float) (4 / Math.sqrt(28));
        assertThat(new TrueGuidance(positive, negative, sigma -> 2, 2)
                        .velocity(Latents.zeros(shape), 0.7)
                        .values())
                .containsExactly(
                        new float[] {2 * left, left, 2 * right, 4 * right, left, left, 2 * right, 2 * right},
                        within(1e-6f));
    }

    @Test
    void torchNoise_isOneSequenceInStageOrder() {
        try (Golden golden = Golden.open("pipeline/tiny-a-lanczos");
                TorchNoise noise = new TorchNoise(golden.json().get("seed").asLong())) {
            for (int i = 0; i < golden.json().get("stages").size(); i++) {
                int width = golden.json().get("stages").get(i).get("width").asInt() / 8;
                int height = golden.json().get("stages").get(i).get("height").asInt() / 8;
                Latents drawn = noise.standardNormal(new LatentShape(4, 1, height, width), i);
                golden.assertClose("noise." + i, drawn.values(), 0);
            }
        }
    }

    @Test
    void truncations_nameClipOnlyWhereT5CutToo() {
        String words = "fox ".repeat(100).strip();
        try (Pipeline flux = Model.open(Golden.folder("tiny-a")).pipeline(new Execution(Device.CPU, DType.FLOAT32))) {
            assertThat(truncations(flux, "a fox", 64)).isEmpty();
            assertThat(truncations(flux, "", 64)).isEmpty();
            assertThat(truncations(flux, words, 512)).as("CLIP alone cuts").isEmpty();
            assertThat(truncations(flux, "a fox on a blue background", 3))
                    .as("T5 alone cuts")
                    .singleElement()
                    .satisfies(cut -> {
                        assertThat(cut.encoder()).isEqualTo("T5");
                        assertThat(cut.tokens()).isEqualTo(3);
                        assertThat(cut.needed()).isGreaterThan(3);
                        assertThat(cut).hasToString("T5 read 3 of the prompt's " + cut.needed() + " tokens");
                    });
            assertThat(truncations(flux, words, 20))
                    .as("both cut")
                    .extracting(PromptEmbeds.Truncation::encoder, PromptEmbeds.Truncation::tokens)
                    .containsExactly(tuple("T5", 20), tuple("CLIP", 77));
        }
    }

    private static List<PromptEmbeds.Truncation> truncations(Pipeline flux, String prompt, int tokens) {
        return flux.encode(
                        flux.model().request(prompt).maxSequenceLength(tokens).build())
                .positive()
                .truncations();
    }

    @Test
    void timings_addUpByPhase() {
        Timings timings = new Timings();
        assertThat(timings.seconds(Timings.Phase.DECODE)).isZero();
        assertThat(timings.time(Timings.Phase.ENCODE, () -> 5)).isEqualTo(5);
        double once = timings.seconds(Timings.Phase.ENCODE);
        timings.time(Timings.Phase.ENCODE, () -> 6);
        assertThat(timings.seconds(Timings.Phase.ENCODE)).isGreaterThan(once).isLessThan(60);
        assertThat(timings.seconds(Timings.Phase.LOAD)).isZero();
    }

    /** As a preview is decoded while denoising. */
    @Test
    void timings_aPhaseInsideAnother_countsAsItselfAlone() {
        Timings timings = new Timings();
        timings.time(Timings.Phase.DENOISE, () -> {
            timings.time(Timings.Phase.DECODE, () -> pause(200));
            return timings.time(Timings.Phase.DECODE, () -> pause(200));
        });
        assertThat(timings.seconds(Timings.Phase.DECODE)).isGreaterThanOrEqualTo(0.4);
        assertThat(timings.seconds(Timings.Phase.DENOISE)).isBetween(0.0, 0.2);
        assertThat(timings.seconds())
                .isCloseTo(
                        timings.seconds(Timings.Phase.DECODE) + timings.seconds(Timings.Phase.DENOISE), within(1e-9));

        Timings before = timings.copy();
        timings.time(Timings.Phase.LOAD, () -> pause(1));
        assertThat(timings.since(before).seconds()).isEqualTo(timings.seconds(Timings.Phase.LOAD));
    }

    @Test
    void timings_aside_countsAsNothing() {
        Timings timings = new Timings();
        timings.time(Timings.Phase.DENOISE, () -> {
            timings.aside(() -> timings.time(Timings.Phase.DECODE, () -> pause(400)));
            return timings.time(Timings.Phase.LOAD, () -> pause(50));
        });
        assertThat(timings.seconds(Timings.Phase.DECODE)).isZero();
        assertThat(timings.seconds(Timings.Phase.DENOISE)).isBetween(0.0, 0.2);
        assertThat(timings.seconds(Timings.Phase.LOAD)).isGreaterThanOrEqualTo(0.05);
    }

    private static boolean pause(long millis) {
        try {
            Thread.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
