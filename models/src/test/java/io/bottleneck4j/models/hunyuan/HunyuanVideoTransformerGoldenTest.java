package io.bottleneck4j.models.hunyuan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.models.mmdit.TokenRefiner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layer of the transformer against diffusers, in float32; the padding of the text is in diffusers' run alone. */
class HunyuanVideoTransformerGoldenTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"published-patch", "no-guidance", "two-frames-a-patch", "single-stream-only"})
    void forward_perLayer_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("hunyuan/" + name);
                Weights.Loaded<HunyuanVideoTransformer3DModel> loaded =
                        TinyHunyuanVideo.load(name, golden, DType.FLOAT32);
                Scope scope = Scope.open()) {
            HunyuanVideoTransformer3DModel model = loaded.model();
            double sigma = golden.json().get("sigma").asDouble();
            double guidance = golden.json().get("guidance").asDouble();
            List<Double> sigmas = List.of(1.0, sigma, 0.0);
            Tensor pooled = golden.tensor("in.pooled_projections");
            Tensor states = HunyuanVideoVelocity.unpadded(
                    golden.tensor("in.encoder_hidden_states"), golden.tensor("in.encoder_attention_mask"));
            refiner(golden, model.contextEmbedder, states, sigma);
            golden.assertClose(
                    "out.time_text_embed", model.timeTextEmbed.forward(List.of(sigma), guidance, pooled), TOLERANCE);

            Latents latents = latents(golden);
            Tensor patches = model.patches().pack(latents);
            Tensor img = model.xEmbedder.forward(patches);
            golden.assertClose("out.x_embedder", img, TOLERANCE);
            Tensor rotations =
                    model.rotations((int) states.size(1), model.patches().grid(latents.shape()));
            Conditioning conditioning = model.conditioning(states, pooled, guidance, sigmas);
            Tensor table = conditioning.modulations().at(sigma);
            Streams streams = new Streams(img, conditioning.txt(sigma));
            text(golden, "out.context_embedder", streams.txt());
            blocks(golden, model, streams, table, rotations);
            Tensor normed = model.blocks.forward(streams, table, Attending.by(rotations));
            golden.assertClose("out.norm_out", normed, TOLERANCE);
            Tensor out = model.forward(patches, conditioning, sigma, rotations);
            assertClose(golden, model.patches().unpack(out, latents.shape()), TOLERANCE);
        }
    }

    private static void refiner(Golden golden, TokenRefiner refiner, Tensor states, double sigma) {
        golden.assertClose(
                "out.context_embedder.time_text_embed",
                refiner.timeTextEmbed.forward(List.of(sigma), 0, states.mean(1)),
                TOLERANCE);
        Tensor steering = refiner.steering(states, List.of(sigma));
        Tensor x = refiner.projIn.forward(states);
        text(golden, "out.context_embedder.proj_in", x);
        for (int i = 0; i < refiner.blocks().size(); i++) {
            x = refiner.blocks().get(i).forward(x, steering);
            text(golden, "out.context_embedder.refiner_blocks." + i, x);
        }
    }

    private static void blocks(
            Golden golden, HunyuanVideoTransformer3DModel model, Streams in, Tensor table, Tensor rotations) {
        Streams streams = in;
        for (int i = 0; i < model.config().numLayers(); i++) {
            streams = model.blocks.doubleStreamBlock(i, streams, table, Attending.by(rotations));
            golden.assertClose("out.transformer_blocks." + i + ".hidden_states", streams.img(), TOLERANCE);
            text(golden, "out.transformer_blocks." + i + ".encoder_hidden_states", streams.txt());
        }
        long textTokens = streams.txt().size(1);
        Tensor x = Ops.cat(1, streams.txt(), streams.img());
        for (int i = 0; i < model.config().numSingleLayers(); i++) {
            x = model.blocks.singleStreamBlock(i, x, table, Attending.by(rotations));
            String key = "out.single_transformer_blocks." + i;
            golden.assertClose(key + ".hidden_states", x.from(1, textTokens), TOLERANCE);
            text(golden, key + ".encoder_hidden_states", x.until(1, textTokens));
        }
    }

    /** The text's tokens against the first of diffusers', behind which its padding comes. */
    private static void text(Golden golden, String key, Tensor actual) {
        float[] expected = golden.tensor(key).until(1, actual.size(1)).toFloats();
        assertThat(actual.toFloats()).as(key).containsExactly(expected, within((float) TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"published-patch", "no-guidance", "two-frames-a-patch"})
    void velocity_inFloat32_equalsDiffusers(String name) {
        assertClose(name, DType.FLOAT32, TOLERANCE);
    }

    /** Eight bits of mantissa: values of up to 5 that went through all layers. */
    @ParameterizedTest
    @ValueSource(strings = {"published-patch", "no-guidance", "two-frames-a-patch"})
    void velocity_inBfloat16_isCloseToDiffusersInFloat32(String name) {
        assertClose(name, DType.BFLOAT16, 0.15);
    }

    private static void assertClose(String name, DType dtype, double tolerance) {
        try (Golden golden = Golden.open("hunyuan/" + name);
                Weights.Loaded<HunyuanVideoTransformer3DModel> loaded = TinyHunyuanVideo.load(name, golden, dtype);
                Scope scope = Scope.open()) {
            double sigma = golden.json().get("sigma").asDouble();
            try (HunyuanVideoVelocity model = new HunyuanVideoVelocity(
                    loaded.model(),
                    golden.tensor("in.encoder_hidden_states"),
                    golden.tensor("in.encoder_attention_mask"),
                    golden.tensor("in.pooled_projections"),
                    golden.json().get("guidance").asDouble(),
                    List.of(0.5, sigma),
                    dtype,
                    Device.CPU)) {
                assertClose(golden, model.velocity(latents(golden), sigma), tolerance);
            }
        }
    }

    private static void assertClose(Golden golden, Latents actual, double tolerance) {
        golden.assertClose("out.sample", actual.values(), tolerance);
    }

    private static Latents latents(Golden golden) {
        long[] shape = golden.tensor("in.hidden_states").shape(); // [1, C, F, h, w]
        return Latents.copyOf(
                new LatentShape((int) shape[1], (int) shape[2], (int) shape[3], (int) shape[4]),
                golden.floats("in.hidden_states"));
    }
}
