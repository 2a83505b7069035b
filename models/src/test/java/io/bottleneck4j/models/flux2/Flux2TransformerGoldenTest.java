package io.bottleneck4j.models.flux2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layer of the transformer against diffusers, in float32: with guidance, without it, and of a model that has none. */
class Flux2TransformerGoldenTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"guided", "unguided", "klein"})
    void forward_perLayer_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("flux2/" + name);
                Weights.Loaded<Flux2Transformer2DModel> loaded = TinyFlux2.load(golden, DType.FLOAT32);
                Scope scope = Scope.open()) {
            Flux2Transformer2DModel model = loaded.model();
            double sigma = sigma(golden);
            golden.assertClose("out.time_guidance_embed", model.embed(guidance(golden), List.of(sigma)), TOLERANCE);
            Conditioning conditioning =
                    model.conditioning(golden.tensor("in.states"), guidance(golden), List.of(0.5, sigma));
            golden.assertClose("out.context_embedder", conditioning.txt(), TOLERANCE);
            Latents latents = latents(golden);
            Tensor tokens = Flux2Transformer2DConfig.PATCHES.pack(latents);
            Tensor img = model.xEmbedder.forward(tokens);
            golden.assertClose("out.x_embedder", img, TOLERANCE);
            Streams streams = new Streams(img, conditioning.txt());
            Tensor rows = conditioning.modulations().at(sigma);
            int lt = (int) conditioning.txt().size(1);
            Attending attending =
                    Attending.by(model.rotations(lt, Flux2Transformer2DConfig.PATCHES.grid(latents.shape())));
            Tensor x = blocks(golden, model, streams, rows, attending).from(1, lt);
            golden.assertClose("out.norm_out", model.trunk.normOut(x, rows), TOLERANCE);
            Tensor hidden = model.trunk.hidden(streams, rows, attending);
            assertThat(hidden.toFloats()).containsExactly(x.contiguous().toFloats(), within(1e-6f));
        }
    }

    private static Tensor blocks(
            Golden golden, Flux2Transformer2DModel model, Streams in, Tensor rows, Attending attending) {
        Streams streams = in;
        for (int i = 0; i < model.config().numLayers(); i++) {
            streams = model.trunk.doubleBlock(i, streams, rows, attending);
            golden.assertClose("out.transformer_blocks." + i + ".txt", streams.txt(), TOLERANCE);
            golden.assertClose("out.transformer_blocks." + i + ".img", streams.img(), TOLERANCE);
        }
        Tensor x = Ops.cat(1, streams.txt(), streams.img());
        for (int i = 0; i < model.config().numSingleLayers(); i++) {
            x = model.trunk.singleBlock(i, x, rows, attending);
            golden.assertClose("out.single_transformer_blocks." + i, x, TOLERANCE);
        }
        return x;
    }

    @ParameterizedTest
    @ValueSource(strings = {"guided", "unguided", "klein"})
    void velocity_inFloat32_equalsDiffusers(String name) {
        assertClose(name, DType.FLOAT32, TOLERANCE);
    }

    /** Eight bits of mantissa: values of up to 4 that went through all layers. */
    @ParameterizedTest
    @ValueSource(strings = {"guided", "unguided", "klein"})
    void velocity_inBfloat16_isCloseToDiffusersInFloat32(String name) {
        assertClose(name, DType.BFLOAT16, 0.15);
    }

    private static void assertClose(String name, DType dtype, double tolerance) {
        try (Golden golden = Golden.open("flux2/" + name);
                Weights.Loaded<Flux2Transformer2DModel> loaded = TinyFlux2.load(golden, dtype);
                Scope scope = Scope.open();
                BoundVelocity model = bound(golden, loaded.model(), dtype)) {
            golden.assertClose(
                    "out.sample", model.velocity(latents(golden), sigma(golden)).values(), tolerance);
        }
    }

    /** A cache that never finds a change small runs all blocks, the first on its own. */
    @Test
    void velocity_throughFirstBlockCache_isThatOfAllBlocks() {
        try (Golden golden = Golden.open("flux2/guided");
                Weights.Loaded<Flux2Transformer2DModel> loaded = TinyFlux2.load(golden, DType.FLOAT32);
                Scope scope = Scope.open();
                BoundVelocity model = bound(golden, loaded.model(), DType.FLOAT32)) {
            Latents x = latents(golden);
            TimestepSchedule schedule = TimestepSchedule.shifted(3, new Shift.Constant(1), x.shape());
            float[] through = Caches.parse("firstblock:threshold=0.01")
                    .start(model, schedule)
                    .velocity(x, sigma(golden))
                    .values();
            golden.assertClose("out.sample", through, TOLERANCE);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Caches.parse("toca").start(model, schedule))
                    .withMessageContaining("knows blocks of two streams alone, as those of FLUX.1");
        }
    }

    private static BoundVelocity bound(Golden golden, Flux2Transformer2DModel model, DType dtype) {
        return model.velocity(
                golden.tensor("in.states"), guidance(golden), List.of(0.5, sigma(golden)), dtype, Device.CPU);
    }

    private static double sigma(Golden golden) {
        return golden.json().get("sigma").asDouble();
    }

    private static OptionalDouble guidance(Golden golden) {
        JsonNode guidance = golden.json().get("guidance");
        return guidance.isNull() ? OptionalDouble.empty() : OptionalDouble.of(guidance.asDouble());
    }

    private static Latents latents(Golden golden) {
        long[] shape = golden.tensor("in.latents").shape(); // [1, C, h, w]
        return Latents.copyOf(
                new LatentShape((int) shape[1], 1, (int) shape[2], (int) shape[3]), golden.floats("in.latents"));
    }
}
