package io.bottleneck4j.models.zimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layer of the transformer against diffusers, in float32, with token counts that need filling up and others. */
class ZImageTransformerGoldenTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"padded", "padded-twice", "full"})
    void forward_perLayer_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("zimage/" + name);
                Weights.Loaded<ZImageTransformer2DModel> loaded = TinyZImage.load(golden, DType.FLOAT32);
                Scope scope = Scope.open()) {
            ZImageTransformer2DModel model = loaded.model();
            double sigma = golden.json().get("sigma").asDouble();
            golden.assertClose("out.t_embedder", model.tEmbedder.forward(List.of(1 - sigma)), TOLERANCE);
            Conditioning conditioning =
                    text(golden, model, golden.tensor("in.states").unsqueeze(0), sigma);

            Latents latents = latents(golden);
            Tensor tokens = ZImageTransformer2DConfig.PATCHES.pack(latents);
            long count = tokens.size(1);
            start(golden, "out.x_embedder", model.xEmbedder.forward(tokens));
            Streams streams = new Streams(model.embedImage(tokens), conditioning.txt());
            Tensor rows = conditioning.modulations().at(sigma);
            long lt = streams.txt().size(1);
            Attending attending =
                    Attending.by(model.rotations((int) lt, ZImageTransformer2DConfig.PATCHES.grid(latents.shape())));
            Tensor x = layers(golden, model, streams, rows, attending);
            Tensor hidden = model.trunk.hidden(streams, rows, attending);
            assertThat(hidden.toFloats()).containsExactly(x.from(1, lt).toFloats(), within(1e-6f));

            TokenTransformer bound = model.bound(conditioning);
            Tensor out = bound.velocity(tokens, sigma, attending).narrow(1, 0, count);
            start(golden, "out.final_layer", out.mul(-1));
            assertClose(golden, ZImageTransformer2DConfig.PATCHES.unpack(out, latents.shape()), TOLERANCE);
        }
    }

    private static Conditioning text(Golden golden, ZImageTransformer2DModel model, Tensor states, double sigma) {
        start(golden, "out.cap_embedder", model.embedText(states).narrow(1, 0, states.size(1)));
        Conditioning conditioning = model.conditioning(states, List.of(0.5, sigma));
        int last = model.contextRefiner.size() - 1;
        golden.assertClose("out.context_refiner." + last, conditioning.txt(), TOLERANCE);
        return conditioning;
    }

    /** Joined tokens, the text first, after all layers. */
    private static Tensor layers(
            Golden golden, ZImageTransformer2DModel model, Streams in, Tensor rows, Attending attending) {
        long lt = in.txt().size(1);
        Attending alone = Attending.by(attending.rotations().from(0, lt));
        Tensor img = in.img();
        for (int i = 0; i < model.config().nRefinerLayers(); i++) {
            img = model.trunk.refiner(i, img, rows, alone);
            golden.assertClose("out.noise_refiner." + i, img, TOLERANCE);
        }
        Tensor x = Ops.cat(1, in.txt(), img);
        for (int i = 0; i < model.config().nLayers(); i++) {
            x = model.trunk.layer(i, x, rows, attending);
            golden.assertClose("out.layers." + i, Ops.cat(1, x.from(1, lt), x.until(1, lt)), TOLERANCE);
        }
        return x;
    }

    /** The tokens there are against the first of diffusers', behind which its padding comes. */
    private static void start(Golden golden, String key, Tensor actual) {
        Tensor all = golden.tensor(key);
        float[] expected =
                all.view(1, -1, all.size(-1)).until(1, actual.size(1)).toFloats();
        assertThat(actual.toFloats()).as(key).containsExactly(expected, within((float) TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"padded", "padded-twice", "full"})
    void velocity_inFloat32_equalsDiffusers(String name) {
        assertClose(name, DType.FLOAT32, TOLERANCE);
    }

    /** Eight bits of mantissa: values of up to 4 that went through all layers. */
    @ParameterizedTest
    @ValueSource(strings = {"padded", "padded-twice", "full"})
    void velocity_inBfloat16_isCloseToDiffusersInFloat32(String name) {
        assertClose(name, DType.BFLOAT16, 0.15);
    }

    private static void assertClose(String name, DType dtype, double tolerance) {
        try (Golden golden = Golden.open("zimage/" + name);
                Weights.Loaded<ZImageTransformer2DModel> loaded = TinyZImage.load(golden, dtype);
                Scope scope = Scope.open()) {
            double sigma = golden.json().get("sigma").asDouble();
            Tensor states = golden.tensor("in.states").unsqueeze(0);
            try (BoundVelocity model = loaded.model().velocity(states, List.of(0.5, sigma), dtype, Device.CPU)) {
                assertClose(golden, model.velocity(latents(golden), sigma), tolerance);
            }
        }
    }

    /** diffusers' pipeline turns the sign of what its transformer says. */
    private static void assertClose(Golden golden, Latents velocity, double tolerance) {
        golden.assertClose("out.sample", velocity.times(-1).values(), tolerance);
    }

    private static Latents latents(Golden golden) {
        long[] shape = golden.tensor("in.latents").shape(); // [C, 1, h, w]
        return Latents.copyOf(
                new LatentShape((int) shape[0], (int) shape[1], (int) shape[2], (int) shape[3]),
                golden.floats("in.latents"));
    }
}
