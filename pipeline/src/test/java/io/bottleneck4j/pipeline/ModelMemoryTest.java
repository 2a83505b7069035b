package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelMemoryTest {
    private static final Path FOLDERS = Path.of("..", "models", "src", "test", "resources", "golden", "folders");
    private static final int TEXT_TOKENS = 256;

    private final Model video = Model.open(FOLDERS.resolve("hunyuan-a"));
    private final Model flux = Model.open(FOLDERS.resolve("tiny-a"));

    private List<MemoryUse> ofVideo(String plan, int frames, DType dtype) {
        Plan planned = video.planner().named(plan, Planner.Size.of(128, 128).withFrames(frames));
        return video.memory(planned, new Execution(Device.CPU, dtype), Residency.RELEASE_TEXT_ENCODERS);
    }

    private static long parameters(Model model, String part) {
        return Model.component(model.folder(), part).infos().values().stream()
                .mapToLong(TensorInfo::numel)
                .sum();
    }

    @Test
    void of_video_hasOneLineForEachPartAndSize() {
        assertThat(ofVideo("paper", 5, DType.FLOAT32))
                .extracting(MemoryUse::part)
                .containsExactly("text encoders", "transformer, 128 x 128", "transformer, 96 x 96", "decoding");
    }

    /** Two latent frames of 8 × 8 tokens, 16 values each, in 19 activations; the transformer of 2 heads of 8. */
    @Test
    void of_video_countsWeightsAsTheFilesDoAndTokensByHand() {
        List<MemoryUse> parts = ofVideo("baseline", 5, DType.FLOAT32);

        assertThat(parts.get(0).weights())
                .isEqualTo(4 * (parameters(video, "text_encoder") + parameters(video, "text_encoder_2")));
        MemoryUse denoising = parts.get(1);
        assertThat(denoising.weights()).isEqualTo(4 * parameters(video, "transformer"));
        assertThat(denoising.working()).isEqualTo((2 * 8 * 8 + TEXT_TOKENS) * 16L * 19 * 4);
        assertThat(parts.get(2).weights()).isEqualTo(4 * (parameters(video, "transformer") + parameters(video, "vae")));
    }

    /** On a CPU the autoencoder computes in float32 all the same. */
    @Test
    void of_videoInBfloat16_isHalfButForTheAutoencoder() {
        List<MemoryUse> full = ofVideo("baseline", 17, DType.FLOAT32);
        List<MemoryUse> half = ofVideo("baseline", 17, DType.BFLOAT16);

        assertThat(half.get(0).bytes()).isEqualTo(full.get(0).bytes() / 2);
        assertThat(half.get(1).bytes()).isEqualTo(full.get(1).bytes() / 2);
        assertThat(half.get(2).working()).isEqualTo(full.get(2).working());
        assertThat(full.get(2).weights() - half.get(2).weights()).isEqualTo(2 * parameters(video, "transformer"));
    }

    @Test
    void of_picture_countsWeightsAsTheFilesDo() {
        Plan plan = flux.planner().named("baseline", Planner.Size.of(64, 64));

        List<MemoryUse> parts =
                flux.memory(plan, new Execution(Device.CPU, DType.FLOAT32), Residency.RELEASE_TEXT_ENCODERS);

        assertThat(parts)
                .extracting(MemoryUse::part)
                .containsExactly("text encoders", "transformer, 64 x 64", "decoding");
        assertThat(parts.get(1).weights()).isEqualTo(4 * parameters(flux, "transformer"));
        assertThat(parts.get(2).weights()).isEqualTo(4 * (parameters(flux, "transformer") + parameters(flux, "vae")));
    }

    /** What a cache holds counts: two activations of a block and stream, or two or three in all. */
    @Test
    void of_planWithCache_countsWhatTheCacheHolds() {
        Plan plan = flux.planner().named("baseline", Planner.Size.of(64, 64));
        long plain = working(plan);
        long first = working(plan.withCache(Caches.parse("firstblock"))) - plain;
        long activation = first / 2;

        assertThat(activation % flux.tokens(plan.stages().last().shape())).isZero();
        assertThat(working(plan.withCache(Caches.parse("taylor")))).isEqualTo(plain);
        assertThat(working(plan.withCache(Caches.parse("taylor:feature=hidden"))))
                .isEqualTo(plain + 3 * activation);
        long toca = working(plan.withCache(Caches.parse("toca"))) - plain;
        assertThat(toca % (2 * activation)).isZero();
        assertThat(toca).isGreaterThan(2 * activation);
        assertThat(working(plan.withCache(Caches.parse("duca")))).isEqualTo(plain + toca);
        assertThat(working(plan.withCache(Caches.parse("toca-paper")))).isGreaterThan(plain + toca);
    }

    private long working(Plan plan) {
        return flux.memory(plan, new Execution(Device.CPU, DType.FLOAT32), Residency.RELEASE_TEXT_ENCODERS)
                .get(1)
                .working();
    }
}
