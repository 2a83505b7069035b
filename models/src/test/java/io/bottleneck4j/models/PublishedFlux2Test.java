package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.flux.OriginalFlux;
import io.bottleneck4j.models.flux2.Flux2Transformer2DConfig;
import io.bottleneck4j.models.flux2.Flux2Transformer2DModel;
import io.bottleneck4j.models.flux2.OriginalFlux2;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2Config;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** At the size of FLUX.2-klein, each tensor of diffusers' classes is asked for, and no other. */
class PublishedFlux2Test {
    private static final Path MANIFEST = Path.of("../models/src/test/resources/manifests/flux2-klein.json");

    @ParameterizedTest
    @CsvSource({"4b, 169, 3875544576", "9b, 233, 9078581248"})
    void blueprint_ofTransformer_isItsManifest(String part, int count, long parameters) throws IOException {
        Map<String, List<Long>> listed = listed(part);
        assertThat(listed).hasSize(count);
        assertThat(listed.values().stream()
                        .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                        .sum())
                .isEqualTo(parameters);
        Flux2Transformer2DConfig config = config(part, Flux2Transformer2DConfig::from);
        assertThat(new TreeMap<>(Weights.blueprint(w -> new Flux2Transformer2DModel(config, w))))
                .isEqualTo(listed);
    }

    @Test
    void blueprint_ofAutoencoder_isItsManifestButForACount() throws IOException {
        Map<String, List<Long>> listed = listed("vae");
        assertThat(listed).hasSize(251);
        assertThat(listed.remove("bn.num_batches_tracked")).isEmpty();
        AutoencoderKlFlux2Config config = config("vae", AutoencoderKlFlux2Config::from);
        assertThat(new TreeMap<>(Weights.blueprint(w -> new AutoencoderKlFlux2(config, w))))
                .isEqualTo(listed);
    }

    /** As the layers of src/flux2/model.py of black-forest-labs/flux2@ab7cca6 are called, without guidance. */
    @ParameterizedTest
    @CsvSource({"4b, 5, 20, 24", "9b, 8, 24, 32"})
    void renamed_ofTheReleasedTransformer_isTheManifest(String part, int twoStreams, int single, long heads)
            throws IOException {
        long width = heads * 128;
        Map<String, List<Long>> file = new TreeMap<>();
        file.put("img_in.weight", List.of(width, 128L));
        file.put("txt_in.weight", List.of(width, part.equals("4b") ? 7680L : 12_288L));
        file.put("time_in.in_layer.weight", List.of(width, 256L));
        file.put("time_in.out_layer.weight", List.of(width, width));
        file.put("double_stream_modulation_img.lin.weight", List.of(6 * width, width));
        file.put("double_stream_modulation_txt.lin.weight", List.of(6 * width, width));
        file.put("single_stream_modulation.lin.weight", List.of(3 * width, width));
        file.put("final_layer.linear.weight", List.of(128L, width));
        file.put("final_layer.adaLN_modulation.1.weight", List.of(2 * width, width));
        for (int i = 0; i < twoStreams; i++) {
            for (String stream : List.of("img", "txt")) {
                String block = "double_blocks." + i + "." + stream;
                file.put(block + "_attn.qkv.weight", List.of(3 * width, width));
                file.put(block + "_attn.norm.query_norm.scale", List.of(128L));
                file.put(block + "_attn.norm.key_norm.scale", List.of(128L));
                file.put(block + "_attn.proj.weight", List.of(width, width));
                file.put(block + "_mlp.0.weight", List.of(6 * width, width));
                file.put(block + "_mlp.2.weight", List.of(width, 3 * width));
            }
        }
        for (int i = 0; i < single; i++) {
            String block = "single_blocks." + i;
            file.put(block + ".linear1.weight", List.of(9 * width, width));
            file.put(block + ".linear2.weight", List.of(width, 4 * width));
            file.put(block + ".norm.query_norm.scale", List.of(128L));
            file.put(block + ".norm.key_norm.scale", List.of(128L));
        }
        assertThat(OriginalFlux2.isIn(file.keySet())).isTrue();
        assertThat(OriginalFlux.isIn(file.keySet())).isFalse();
        try (TensorSource renamed = OriginalFlux2.LAYERS.renamed(Listing.of(file))) {
            assertThat(Listing.shapes(renamed)).isEqualTo(listed(part));
            assertThat(OriginalFlux2.isRenamedIn(renamed.infos().keySet())).isTrue();
            assertThat(OriginalFlux2.configuration(renamed.infos()))
                    .isEqualTo(Map.of(
                            "num_layers",
                            (long) twoStreams,
                            "num_single_layers",
                            (long) single,
                            "guidance_embeds",
                            false,
                            "in_channels",
                            128L,
                            "joint_attention_dim",
                            part.equals("4b") ? 7680L : 12_288L,
                            "attention_head_dim",
                            128L,
                            "num_attention_heads",
                            heads));
        }
    }

    private static Map<String, List<Long>> listed(String part) throws IOException {
        return Manifest.shapes(component(part).get("tensors"));
    }

    private static <C> C config(String part, Function<Config, C> reader) throws IOException {
        return reader.apply(new Config(MANIFEST, component(part).get("config"), note -> {
            throw new AssertionError(note);
        }));
    }

    private static JsonNode component(String part) throws IOException {
        return new ObjectMapper().readTree(MANIFEST.toFile()).get("components").get(part);
    }
}
