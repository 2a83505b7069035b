package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.Listing;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.models.flux.OriginalFlux;
import io.bottleneck4j.models.hunyuan.OriginalHunyuanVideo;
import io.bottleneck4j.models.text.LlamaModel;
import io.bottleneck4j.models.text.Qwen3Model;
import io.bottleneck4j.models.vae.OriginalAutoencoder;
import io.bottleneck4j.models.zimage.OriginalZImage;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every tensor of the published full-size folders is asked for, in its shape, and nothing else; see tools/README.md. */
class PublishedFoldersTest {
    private static final Path MANIFESTS = Path.of("../models/src/test/resources/manifests");

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"flux1-dev", "flux1-schnell", "hunyuan-video", "z-image", "qwen-image"})
    void blueprint_ofPublishedFolder_isItsManifest(String name) throws IOException {
        JsonNode manifest = json(name);
        Model model = Model.open(withTokenizers(name));
        assertThat(model.components()).hasSize(manifest.get("components").size());
        for (Component<?, ?> component : model.components()) {
            String part = component.files().name();
            JsonNode listed = manifest.get("components").get(part);
            Map<String, TensorInfo> published = expanded(listed.get("tensors"));
            assertThat(published).as(part).hasSize(listed.get("count").asInt());
            assertThat(published.values().stream().mapToLong(TensorInfo::numel).sum())
                    .as(part)
                    .isEqualTo(listed.get("parameters").asLong());
            Map<String, List<Long>> asked = new TreeMap<>(Weights.blueprint(component.model()));
            assertThat(asked).as(part).isEqualTo(shapes(component, published));
            // Names and copies that a file may hold beside them change nothing.
            JsonNode aliases = manifest.path("aliases").path(part);
            aliases.properties()
                    .forEach(alias -> published.put(
                            alias.getKey(), published.get(alias.getValue().asText())));
            manifest.path("optional")
                    .path(part)
                    .forEach(extra -> published.put(extra.asText(), new TensorInfo(DType.INT64, List.of(1L, 77L))));
            assertThat(asked).as(part + " with aliases").isEqualTo(shapes(component, published));
        }
    }

    /** ComfyUI's file of HunyuanVideo's autoencoder holds the tensors of the published folder under other names. */
    @Test
    void renamed_ofComfysAutoencoder_isThePublishedOne() throws IOException {
        Map<String, TensorInfo> file = listed("hunyuan-video-files", "vae");
        assertThat(OriginalAutoencoder.isOfVideosIn(file.keySet())).isTrue();
        assertThat(OriginalAutoencoder.isIn(file.keySet())).isFalse();
        assertThat(OriginalAutoencoder.renamed(new Listing(file)).infos())
                .isEqualTo(published("vae"))
                .hasSize(248);
    }

    /** So does its file of the transformer, whose layers hold several of diffusers'. */
    @Test
    void renamed_ofComfysTransformer_isThePublishedOne() throws IOException {
        Map<String, TensorInfo> file = listed("hunyuan-video-files", "transformer");
        assertThat(OriginalHunyuanVideo.isIn(file.keySet())).isTrue();
        assertThat(OriginalFlux.isIn(file.keySet())).isFalse();
        assertThat(OriginalHunyuanVideo.LAYERS.renamed(new Listing(file)).infos())
                .isEqualTo(published("transformer"))
                .hasSize(1264);
    }

    /** ComfyUI's file of Z-Image holds the published transformer, its queries, keys and values in one, and a norm without use. */
    @Test
    void renamed_ofComfysZImage_isThePublishedOne() throws IOException {
        Map<String, TensorInfo> published = listed("z-image", "transformer");
        Map<String, TensorInfo> file = new TreeMap<>();
        published.forEach((name, info) -> {
            String old = name.replace("all_x_embedder.2-1.", "x_embedder.")
                    .replace("all_final_layer.2-1.", "final_layer.")
                    .replace(".attention.to_out.0.", ".attention.out.")
                    .replace(".attention.norm_q.", ".attention.q_norm.")
                    .replace(".attention.norm_k.", ".attention.k_norm.");
            if (old.contains(".attention.to_q.")) {
                file.put(
                        old.replace("to_q", "qkv"),
                        new TensorInfo(
                                info.dtype(),
                                List.of(3 * info.shape().get(0), info.shape().get(1))));
            } else if (!old.contains(".attention.to_k.") && !old.contains(".attention.to_v.")) {
                file.put(old, info);
            }
        });
        file.put("norm_final.weight", new TensorInfo(DType.BFLOAT16, List.of(3840L)));
        assertThat(OriginalZImage.isIn(file.keySet())).isTrue();
        TensorSource renamed = OriginalZImage.LAYERS.renamed(new Listing(file));
        assertThat(renamed.infos()).isEqualTo(published).hasSize(521);
        assertThat(OriginalZImage.isRenamedIn(published.keySet())).isTrue();
        assertThat(OriginalZImage.configuration(published))
                .isEqualTo(Map.of(
                        "n_layers", 30L,
                        "n_refiner_layers", 2L,
                        "cap_feat_dim", 2560L,
                        "in_channels", 16L,
                        "dim", 3840L,
                        "n_heads", 30L,
                        "n_kv_heads", 30L));
    }

    /** A file of Qwen3 tells its widths; that of FLUX.2-klein-9B differs from 4B's. */
    @Test
    void configuration_ofQwen3_isThePublishedOne() throws IOException {
        Map<String, TensorInfo> published = listed("z-image", "text_encoder");
        Map<String, TensorInfo> file = new TreeMap<>();
        published.forEach((name, info) -> file.put("model." + name, info));
        assertThat(Qwen3Model.isIn(file.keySet())).isTrue();
        assertThat(Qwen3Model.configuration(file))
                .isEqualTo(Map.of(
                        "vocab_size", 151_936L,
                        "hidden_size", 2560L,
                        "intermediate_size", 9728L,
                        "head_dim", 128L,
                        "num_attention_heads", 32L,
                        "num_key_value_heads", 8L,
                        "num_hidden_layers", 36L));
    }

    /** What a Llama's file calls its tensors: as its folder, a LlamaForCausalLM, or a Llava of an older or a newer transformers. */
    @ParameterizedTest
    @ValueSource(strings = {"", "model.", "language_model.model.", "model.language_model."})
    void checkpoint_ofALlamaInAFile_isThePublishedOne(String prefix) throws IOException {
        Map<String, TensorInfo> published = published("text_encoder");
        Map<String, TensorInfo> file = new TreeMap<>();
        published.forEach((name, info) -> file.put(prefix + name, info));
        String head = prefix.startsWith("language_model.") ? "language_model.lm_head.weight" : "lm_head.weight";
        file.put(head, new TensorInfo(DType.BFLOAT16, List.of(128320L, 4096L)));
        assertThat(LlamaModel.isIn(file.keySet())).isTrue();
        TensorSource checkpoint = LlamaModel.checkpoint(new Listing(file));
        assertThat(checkpoint.infos()).isEqualTo(published).hasSize(290);
        assertThat(checkpoint.leftOut()).containsExactly(head);
    }

    private static JsonNode json(String name) throws IOException {
        return new ObjectMapper().readTree(MANIFESTS.resolve(name + ".json").toFile());
    }

    private static Map<String, TensorInfo> published(String part) throws IOException {
        return listed("hunyuan-video", part);
    }

    private static Map<String, TensorInfo> listed(String manifest, String part) throws IOException {
        return expanded(json(manifest).get("components").get(part).get("tensors"));
    }

    /** The manifests hold no tokenizers; the index names their folders. */
    private Path withTokenizers(String name) throws IOException {
        Path from = MANIFESTS.resolve(name);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path to = temp.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        }
        Files.createDirectories(temp.resolve("tokenizer"));
        Files.createDirectories(temp.resolve("tokenizer_2"));
        if (name.equals("z-image")) { // whose chat template is checked, and is the tiny folder's too
            String template = "tokenizer/chat_template.jinja";
            Files.copy(Golden.folder("z-image-a").resolve(template), temp.resolve(template));
        }
        return temp;
    }

    private static Map<String, List<Long>> shapes(Component<?, ?> component, Map<String, TensorInfo> published) {
        return Listing.shapes(component.checkpoint().apply(new Listing(published)));
    }

    private static Map<String, TensorInfo> expanded(JsonNode tensors) {
        Map<String, TensorInfo> infos = new TreeMap<>();
        Manifest.shapes(tensors).forEach((name, shape) -> infos.put(name, new TensorInfo(DType.BFLOAT16, shape)));
        return infos;
    }
}
