package io.bottleneck4j.models.qwenimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layer of the transformer against diffusers, in float32; see tools/golden/make_qwenimage.py. */
class QwenImageTransformerGoldenTest {
    private static final double TOLERANCE = 1e-4;

    static Weights.Loaded<QwenImageTransformer2DModel> load(Golden golden, DType dtype) {
        QwenImageTransformer2DConfig config = QwenImageTransformer2DConfig.from(
                new Config(Path.of("config.json"), golden.json().get("config"), note -> {
                    throw new AssertionError(note);
                }));
        return Weights.load(
                "transformer",
                GoldenTensors.of(
                        "golden/qwenimage/" + golden.json().get("weights").asText() + ".safetensors"),
                dtype,
                Device.CPU,
                w -> new QwenImageTransformer2DModel(config, w));
    }

    @ParameterizedTest
    @ValueSource(strings = {"odd", "tall", "noise"})
    void forward_perLayer_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("qwenimage/" + name);
                Weights.Loaded<QwenImageTransformer2DModel> loaded = load(golden, DType.FLOAT32);
                Scope scope = Scope.open()) {
            QwenImageTransformer2DModel model = loaded.model();
            double sigma = sigma(golden);
            golden.assertClose("out.time_text_embed", model.timestepEmbedder.forward(List.of(sigma)), TOLERANCE);
            Conditioning conditioning = model.conditioning(golden.tensor("in.states"), List.of(0.5, sigma));
            golden.assertClose("out.txt_in", conditioning.txt(), TOLERANCE);
            Latents latents = latents(golden);
            Tensor img = model.imgIn.forward(QwenImageTransformer2DConfig.PATCHES.pack(latents));
            golden.assertClose("out.img_in", img, TOLERANCE);
            Streams first = new Streams(img, conditioning.txt());
            Tensor rows = conditioning.modulations().at(sigma);
            int lt = (int) conditioning.txt().size(1);
            Attending attending =
                    Attending.by(model.rotations(lt, QwenImageTransformer2DConfig.PATCHES.grid(latents.shape())));
            Streams streams = first;
            for (int i = 0; i < model.config().numLayers(); i++) {
                streams = model.blocks.doubleStreamBlock(i, streams, rows, attending);
                golden.assertClose("out.transformer_blocks." + i + ".txt", streams.txt(), TOLERANCE);
                golden.assertClose("out.transformer_blocks." + i + ".img", streams.img(), TOLERANCE);
            }
            golden.assertClose("out.norm_out", model.blocks.normOut(streams.img(), rows), TOLERANCE);
            Tensor hidden = model.blocks.hidden(first, rows, attending);
            assertThat(hidden.toFloats())
                    .containsExactly(streams.img().contiguous().toFloats(), within(1e-6f));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"odd", "tall", "noise"})
    void velocity_inFloat32_equalsDiffusers(String name) {
        assertClose(name, DType.FLOAT32, TOLERANCE);
    }

    /** Eight bits of mantissa: values of up to 4 that went through all layers. */
    @ParameterizedTest
    @ValueSource(strings = {"odd", "tall", "noise"})
    void velocity_inBfloat16_isCloseToDiffusersInFloat32(String name) {
        assertClose(name, DType.BFLOAT16, 0.15);
    }

    private static void assertClose(String name, DType dtype, double tolerance) {
        try (Golden golden = Golden.open("qwenimage/" + name);
                Weights.Loaded<QwenImageTransformer2DModel> loaded = load(golden, dtype);
                Scope scope = Scope.open();
                BoundVelocity model = bound(golden, loaded.model(), dtype)) {
            golden.assertClose(
                    "out.sample", model.velocity(latents(golden), sigma(golden)).values(), tolerance);
        }
    }

    /** Steps that a cache computes in full say what all blocks say: by the first block, and token by token. */
    @ParameterizedTest
    @ValueSource(strings = {"firstblock:threshold=0.01", "toca", "duca", "taylor:feature=hidden"})
    void velocity_throughACache_isThatOfAllBlocks(String cache) {
        try (Golden golden = Golden.open("qwenimage/odd");
                Weights.Loaded<QwenImageTransformer2DModel> loaded = load(golden, DType.FLOAT32);
                Scope scope = Scope.open();
                BoundVelocity model = bound(golden, loaded.model(), DType.FLOAT32)) {
            Latents x = latents(golden);
            TimestepSchedule schedule = TimestepSchedule.shifted(9, new Shift.Constant(1), x.shape());
            float[] through = Caches.parse(cache)
                    .start(model, schedule)
                    .velocity(x, sigma(golden))
                    .values();
            golden.assertClose("out.sample", through, TOLERANCE);
        }
    }

    @Test
    void velocity_ofTwoSizesInTurn_isThatOfEachAlone_andLeavesNothingBehind() {
        try (Golden golden = Golden.open("qwenimage/tall");
                Weights.Loaded<QwenImageTransformer2DModel> loaded = load(golden, DType.FLOAT32);
                Scope scope = Scope.open()) {
            golden.tensor("in.states");
            long start = Libtorch.livePointers();
            try (Scope inner = Scope.open();
                    BoundVelocity model = bound(golden, loaded.model(), DType.FLOAT32)) {
                Latents small = Latents.zeros(new LatentShape(8, 1, 4, 6));
                assertThat(model.velocity(small, 0.5).shape()).isEqualTo(small.shape());
                golden.assertClose(
                        "out.sample",
                        model.velocity(latents(golden), sigma(golden)).values(),
                        TOLERANCE);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> model.velocity(small, 0.123))
                        .withMessageStartingWith("sigma: 0.123 is none of the conditioning's 2 levels");
            }
            assertThat(Libtorch.livePointers()).isEqualTo(start);
        }
    }

    private static BoundVelocity bound(Golden golden, QwenImageTransformer2DModel model, DType dtype) {
        return model.velocity(golden.tensor("in.states"), List.of(0.5, sigma(golden)), dtype, Device.CPU);
    }

    private static double sigma(Golden golden) {
        return golden.json().get("sigma").asDouble();
    }

    private static Latents latents(Golden golden) {
        long[] shape = golden.tensor("in.latents").shape(); // [1, C, h, w]
        return Latents.copyOf(
                new LatentShape((int) shape[1], 1, (int) shape[2], (int) shape[3]), golden.floats("in.latents"));
    }
}
