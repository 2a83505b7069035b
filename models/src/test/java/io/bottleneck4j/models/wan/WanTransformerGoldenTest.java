package io.bottleneck4j.models.wan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
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

/** Every layer of the transformer against diffusers, in float32; "expanded" has a timestep for each token in diffusers. */
class WanTransformerGoldenTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"video", "expanded", "frame"})
    void forward_perLayer_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("wan/" + name);
                Weights.Loaded<WanTransformer3DModel> loaded = load(golden, DType.FLOAT32);
                Scope scope = Scope.open()) {
            WanTransformer3DModel model = loaded.model();
            double sigma = golden.json().get("sigma").asDouble();
            Conditioning conditioning = model.conditioning(golden.tensor("in.states"), List.of(0.5, sigma));
            golden.assertClose("out.text", conditioning.txt(), TOLERANCE);
            golden.assertClose("out.time", model.timeEmbedder.forward(List.of(sigma)), TOLERANCE);
            Tensor rows = conditioning.modulations().at(sigma);
            Latents latents = latents(golden);
            Attending attending = Attending.by(model.rotations(WanTransformer3DConfig.PATCHES.grid(latents.shape())));
            Tensor x = model.patchEmbedding.forward(WanTransformer3DConfig.PATCHES.pack(latents));
            golden.assertClose("out.patches", x, TOLERANCE);
            for (int i = 0; i < model.config().numLayers(); i++) {
                x = model.trunk.block(i, x, conditioning.txt(), rows, attending);
                golden.assertClose("out.blocks." + i, x, TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"video", "expanded", "frame"})
    void velocity_inFloat32_equalsDiffusers(String name) {
        assertClose(name, DType.FLOAT32, TOLERANCE);
    }

    /** Eight bits of mantissa: values of up to 4 that went through all layers. */
    @ParameterizedTest
    @ValueSource(strings = {"video", "expanded", "frame"})
    void velocity_inBfloat16_isCloseToDiffusersInFloat32(String name) {
        assertClose(name, DType.BFLOAT16, 0.15);
    }

    private static void assertClose(String name, DType dtype, double tolerance) {
        try (Golden golden = Golden.open("wan/" + name);
                Weights.Loaded<WanTransformer3DModel> loaded = load(golden, dtype);
                Scope scope = Scope.open()) {
            double sigma = golden.json().get("sigma").asDouble();
            Latents latents = latents(golden);
            try (BoundVelocity bound =
                    loaded.model().velocity(golden.tensor("in.states"), List.of(sigma, 0.25), dtype, Device.CPU)) {
                for (int i = 0; i < 2; i++) { // the same again
                    LatentShape s = latents.shape();
                    Tensor v = Tensor.of(
                            bound.velocity(latents, sigma).asReadOnlyBuffer(),
                            1,
                            s.channels(),
                            s.frames(),
                            s.height(),
                            s.width());
                    golden.assertClose("out.sample", v, tolerance);
                }
            }
        }
    }

    @Test
    void velocity_tenTimes_leavesNothingBehind() {
        try (Golden golden = Golden.open("wan/video");
                Weights.Loaded<WanTransformer3DModel> loaded = load(golden, DType.FLOAT32)) {
            Latents latents = latents(golden);
            try (Scope scope = Scope.open();
                    BoundVelocity bound = loaded.model()
                            .velocity(golden.tensor("in.states"), List.of(0.25), DType.FLOAT32, Device.CPU)) {
                bound.velocity(latents, 0.25);
                long before = Libtorch.livePointers();
                for (int i = 0; i < 10; i++) {
                    bound.velocity(latents, 0.25);
                }
                assertThat(Libtorch.livePointers()).isEqualTo(before);
            }
        }
    }

    @Test
    void rotations_beyondThePositionsThereAre_areRefused() {
        try (Golden golden = Golden.open("wan/frame");
                Weights.Loaded<WanTransformer3DModel> loaded = load(golden, DType.FLOAT32)) {
            assertThatThrownBy(() -> loaded.model().rotations(new LatentPatches.Grid(1, 33, 2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tokens: frames, rows and columns must be at most rope_max_seq_len 32 of the"
                            + " transformer's config.json each, not 33; use a smaller or shorter video");
        }
    }

    private static Latents latents(Golden golden) {
        try (Scope scope = Scope.open()) {
            long[] s = golden.tensor("in.latents").shape();
            return Latents.copyOf(
                    new LatentShape((int) s[1], (int) s[2], (int) s[3], (int) s[4]), golden.floats("in.latents"));
        }
    }

    private static Weights.Loaded<WanTransformer3DModel> load(Golden golden, DType dtype) {
        WanTransformer3DConfig config = WanTransformer3DConfig.from(
                new Config(Path.of("config.json"), golden.json().get("config"), note -> {}));
        return Weights.load(
                "transformer",
                GoldenTensors.of("golden/wan/" + golden.json().get("weights").asText() + ".safetensors"),
                dtype,
                Device.CPU,
                w -> new WanTransformer3DModel(config, w));
    }
}
