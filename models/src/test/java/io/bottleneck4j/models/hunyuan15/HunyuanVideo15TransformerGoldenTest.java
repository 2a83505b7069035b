package io.bottleneck4j.models.hunyuan15;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyHunyuanVideo15;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.ShardedSafetensors;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layer against diffusers, in float32; padding of both texts, and the tokens of no picture, are in diffusers' run alone. */
class HunyuanVideo15TransformerGoldenTest {
    private static final double TOLERANCE = 1e-4;

    @TempDir
    private Path temp;

    private Weights.Loaded<HunyuanVideo15Transformer3DModel> load(Golden golden, DType dtype) {
        Path wide = temp.resolve("wide.safetensors");
        TinyHunyuanVideo15.write(wide, golden.json().get("config"));
        String folder =
                String.valueOf(Path.of(golden.json().get("weights").asText()).getFileName());
        Path stored = Golden.folder(folder).resolve("transformer/diffusion_pytorch_model-00001-of-00002.safetensors");
        HunyuanVideo15Config config = HunyuanVideo15Config.from(
                new Config(Path.of("config.json"), golden.json().get("config"), note -> {
                    throw new AssertionError(note);
                }));
        return Weights.load(
                "transformer",
                ShardedSafetensors.open(List.of(stored, wide)),
                dtype,
                Device.CPU,
                w -> new HunyuanVideo15Transformer3DModel(config, w));
    }

    private static Tensor glyphs(Golden golden) {
        return golden.tensor("in.glyphs").until(1, golden.json().get("glyphs").asInt());
    }

    private static Latents latents(Golden golden) {
        long[] shape = golden.tensor("in.latents").shape(); // [1, C, F, h, w]
        return Latents.copyOf(
                new LatentShape((int) shape[1], (int) shape[2], (int) shape[3], (int) shape[4]),
                golden.floats("in.latents"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"quoted", "unquoted", "patches"})
    void forward_perLayer_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("hunyuan15/" + name);
                Weights.Loaded<HunyuanVideo15Transformer3DModel> loaded = load(golden, DType.FLOAT32);
                Scope scope = Scope.open()) {
            HunyuanVideo15Transformer3DModel model = loaded.model();
            double sigma = golden.json().get("sigma").asDouble();
            List<Double> sigmas = List.of(0.5, sigma);
            golden.assertClose("out.time_embed", model.timeEmbed.forward(List.of(sigma)), TOLERANCE);
            Tensor states = golden.tensor("in.states");
            close(golden, "out.context_embedder", model.contextEmbedder.forward(states, List.of(sigma)));
            if (glyphs(golden).size(1) > 0) {
                close(golden, "out.context_embedder_2", model.embedGlyphs(glyphs(golden)));
            }
            Latents latents = latents(golden);
            Tensor patches = model.config().patches().pack(latents);
            golden.assertClose("out.x_embedder", model.embedVideo(patches), TOLERANCE);

            Conditioning conditioning = model.conditioning(states, glyphs(golden), sigmas);
            TokenTransformer bound = model.bound(conditioning);
            Attending attending =
                    Attending.by(bound.rotations().of(model.config().patches().grid(latents.shape()), null));
            Tensor rows = conditioning.modulations().at(sigma);
            Streams streams = bound.embed(patches, sigma);
            for (int i = 0; i < model.config().numLayers(); i++) {
                streams = model.blocks.doubleStreamBlock(i, streams, rows, attending);
                golden.assertClose("out.transformer_blocks." + i + ".hidden_states", streams.img(), TOLERANCE);
                close(golden, "out.transformer_blocks." + i + ".encoder_hidden_states", streams.txt());
            }
            golden.assertClose("out.norm_out", model.blocks.normOut(streams.img(), rows), TOLERANCE);
        }
    }

    /** The tokens there are, against the first of diffusers'. */
    private static void close(Golden golden, String key, Tensor actual) {
        float[] expected = golden.tensor(key).until(1, actual.size(1)).toFloats();
        assertThat(actual.toFloats()).as(key).containsExactly(expected, within((float) TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"quoted", "unquoted", "patches"})
    void velocity_inFloat32_equalsDiffusers(String name) {
        assertClose(name, DType.FLOAT32, TOLERANCE);
    }

    /** Eight bits of mantissa through all layers. */
    @ParameterizedTest
    @ValueSource(strings = {"quoted", "patches"})
    void velocity_inBfloat16_isCloseToDiffusersInFloat32(String name) {
        assertClose(name, DType.BFLOAT16, 0.15);
    }

    private void assertClose(String name, DType dtype, double tolerance) {
        try (Golden golden = Golden.open("hunyuan15/" + name);
                Weights.Loaded<HunyuanVideo15Transformer3DModel> loaded = load(golden, dtype);
                Scope scope = Scope.open()) {
            double sigma = golden.json().get("sigma").asDouble();
            try (BoundVelocity model = loaded.model()
                    .velocity(golden.tensor("in.states"), glyphs(golden), List.of(1.0, sigma), dtype, Device.CPU)) {
                golden.assertClose(
                        "out.sample", model.velocity(latents(golden), sigma).values(), tolerance);
            }
        }
    }
}
