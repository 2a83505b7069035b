package io.bottleneck4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.LoraWriter;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.models.flux.OriginalFlux;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of LoRA files, held against tiny-a and the published FLUX.1-dev, and what is refused. */
class LoraFileTest {
    private static final String QKV = "lora_unet_double_blocks_0_img_attn_qkv";

    @TempDir
    private Path temp;

    private static Map<String, TensorInfo> infos(String file) {
        try (SafetensorsFile weights =
                SafetensorsFile.open(Golden.folder("tiny-a").resolve(file))) {
            return weights.infos();
        }
    }

    private static Map<String, Map<String, TensorInfo>> tiny() {
        return Map.of(
                "transformer",
                infos("transformer/diffusion_pytorch_model.safetensors"),
                "text_encoder",
                infos("text_encoder/model.safetensors"),
                "text_encoder_2",
                infos("text_encoder_2/model.safetensors"));
    }

    private FittedLora fit(LoraWriter writer) {
        return LoraFile.read(writer.write(temp.resolve("x.safetensors"))).fit(0.5, false, tiny(), OriginalFlux.LAYERS);
    }

    private void refuses(LoraWriter writer, String... parts) {
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> fit(writer))
                .satisfies(e -> assertThat(e.getMessage())
                        .hasSizeLessThan(620)
                        .contains("x.safetensors")
                        .contains(parts));
    }

    @ParameterizedTest
    @CsvSource({
        "lora_unet_double_blocks_1_txt_attn_proj, transformer, transformer_blocks.1.attn.to_add_out, 16, 16",
        "lora_unet_single_blocks_2_linear2, transformer, single_transformer_blocks.2.proj_out, 80, 16",
        "lora_unet_final_layer_linear, transformer, proj_out, 16, 16",
        "lora_transformer_single_transformer_blocks_0_attn_to_k, transformer, single_transformer_blocks.0.attn.to_k,"
                + " 16, 16",
        "diffusion_model.double_blocks.0.img_mlp.2, transformer, transformer_blocks.0.ff.net.2, 64, 16",
        "diffusion_model.transformer_blocks.0.attn.to_out.0, transformer, transformer_blocks.0.attn.to_out.0, 16, 16",
        "base_model.model.time_in.in_layer, transformer, time_text_embed.timestep_embedder.linear_1, 256, 16",
        "transformer.context_embedder, transformer, context_embedder, 14, 16",
        "single_blocks.0.modulation.lin, transformer, single_transformer_blocks.0.norm.linear, 16, 48",
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj, text_encoder, encoder.layers.0.self_attn.q_proj,"
                + " 12, 12",
        "lora_te_text_model_encoder_layers_2_mlp_fc1, text_encoder, encoder.layers.2.mlp.fc1, 12, 24",
        "text_encoder.text_model.encoder.layers.1.mlp.fc2, text_encoder, encoder.layers.1.mlp.fc2, 24, 12",
        "text_encoder.encoder.layers.1.mlp.fc2, text_encoder, encoder.layers.1.mlp.fc2, 24, 12",
        "text_encoders.clip_l.transformer.text_model.encoder.layers.0.self_attn.out_proj, text_encoder,"
                + " encoder.layers.0.self_attn.out_proj, 12, 12",
        "lora_te3_encoder_block_1_layer_0_SelfAttention_q, text_encoder_2, encoder.block.1.layer.0.SelfAttention.q,"
                + " 14, 16",
        "text_encoders.t5xxl.transformer.encoder.block.0.layer.1.DenseReluDense.wo, text_encoder_2,"
                + " encoder.block.0.layer.1.DenseReluDense.wo, 24, 14"
    })
    void fit_moduleOfAnySpelling_findsItsLayer(String module, String component, String layer, long in, long out) {
        FittedLora lora = fit(new LoraWriter().kohya(module, in, out, 4).number(module + ".alpha", 2));
        assertThat(lora.updates()).containsOnlyKeys(component);
        assertThat(lora.of(component))
                .containsExactly(new LowRank(
                        layer + ".weight",
                        module + ".lora_down.weight",
                        module + ".lora_up.weight",
                        0,
                        out,
                        false,
                        0.25)); // of scale 0.5, alpha 2 and rank 4
        assertThat(lora.note())
                .isEqualTo("lora x.safetensors: applied 1 of 1 modules (" + component + " 1), scale 0.5");
        assertThat(fit(new LoraWriter().peft(module, in, out, 4)).of(component))
                .as("without alpha")
                .singleElement()
                .satisfies(it -> assertThat(it.factor()).isEqualTo(0.5));
    }

    /** As diffusers wrote them before peft, and reads them still. */
    @ParameterizedTest
    @CsvSource({
        "transformer.transformer_blocks.0.attn.to_q.lora, transformer_blocks.0.attn.to_q",
        "transformer.transformer_blocks.0.attn.processor.to_q_lora, transformer_blocks.0.attn.to_q",
        "transformer.transformer_blocks.1.attn.processor.to_out_lora, transformer_blocks.1.attn.to_out.0"
    })
    void fit_diffusersOlderNames_findTheirLayer(String named, String layer) {
        FittedLora lora =
                fit(new LoraWriter().tensor(named + ".down.weight", 4, 16).tensor(named + ".up.weight", 16, 4));
        assertThat(lora.of("transformer"))
                .containsExactly(new LowRank(
                        layer + ".weight", named + ".down.weight", named + ".up.weight", 0, 16, false, 0.5));
    }

    @Test
    void fit_fusedLayer_isCutByRows() {
        FittedLora lora = fit(new LoraWriter().kohya("lora_unet_single_blocks_1_linear1", 16, 112, 2));
        String block = "single_transformer_blocks.1.";
        assertThat(lora.of("transformer").stream()
                        .map(it -> it.key() + " " + it.row() + " " + it.rows())
                        .toList())
                .containsExactly(
                        block + "attn.to_q.weight 0 16",
                        block + "attn.to_k.weight 16 16",
                        block + "attn.to_v.weight 32 16",
                        block + "proj_mlp.weight 48 64");
    }

    @Test
    void fit_lastModulation_isSwapped() {
        assertThat(fit(new LoraWriter().kohya("lora_unet_final_layer_adaLN_modulation_1", 16, 32, 2))
                        .of("transformer"))
                .singleElement()
                .satisfies(it -> assertThat(it.swapped()).isTrue());
    }

    @Test
    void fit_convolutionOfOne_isAMatrix() {
        String module = "transformer.proj_out";
        assertThat(fit(new LoraWriter()
                                .tensor(module + ".lora_A.weight", 2, 16, 1, 1)
                                .tensor(module + ".lora_B.weight", 16, 2, 1, 1))
                        .of("transformer"))
                .hasSize(1);
        refuses(
                new LoraWriter()
                        .tensor(module + ".lora_A.weight", 2, 16, 3, 3)
                        .tensor(module + ".lora_B.weight", 16, 2, 1, 1),
                "transformer.proj_out (is of a convolution");
    }

    @Test
    void fit_metadataOfDiffusers_givesAlphas() {
        String q = "transformer.transformer_blocks.0.attn.to_q";
        String k = "transformer.transformer_blocks.0.attn.to_k";
        LoraWriter writer = new LoraWriter()
                .peft(q, 16, 16, 4)
                .peft(k, 16, 16, 4)
                .metadata(
                        "lora_adapter_metadata",
                        "{\"transformer.r\": 4, \"transformer.lora_alpha\": 8, \"transformer.use_rslora\": true,"
                                + " \"transformer.alpha_pattern\": {\"^transformer_blocks.0.attn.to_k\": 2}}");
        assertThat(fit(writer).of("transformer").stream().map(LowRank::factor).toList())
                .containsExactly(0.5 * 2 / 2, 0.5 * 8 / 2); // to_k, to_q: as the file has them
        refuses(
                new LoraWriter().peft(q, 16, 16, 4).metadata("lora_adapter_metadata", "{"),
                "lora_adapter_metadata in its header must be JSON");
        refuses(new LoraWriter().peft(q, 16, 16, 4).metadata("lora_adapter_metadata", "[]"), "must be a JSON object");
    }

    @Test
    void fit_ofAPeftFolder_takesItsConfigAndOfOthersNone() throws IOException {
        String q = "base_model.model.double_blocks.0.img_attn.proj";
        String k = "base_model.model.double_blocks.1.img_attn.proj";
        Path config = temp.resolve("adapter_config.json");
        Files.writeString(config, """
                {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "use_rslora": false,
                 "alpha_pattern": {"double_blocks.1.img_attn.proj": 2}}""");
        Path peft =
                new LoraWriter().peft(q, 16, 16, 4).peft(k, 16, 16, 4).write(temp.resolve("adapter_model.safetensors"));
        assertThat(factors(peft)).containsExactlyInAnyOrder(0.5 * 8 / 4, 0.5 * 2 / 4);
        assertThat(factors(new LoraWriter().peft(q, 16, 16, 4).write(temp.resolve("x.safetensors"))))
                .as("a file that lies beside it by chance")
                .containsExactly(0.5);
        Files.writeString(config, "{\"peft_type\": \"LORA\", \"lora_alpha\": 8, \"use_rslora\": true}");
        assertThat(factors(peft)).containsExactly(0.5 * 8 / 2, 0.5 * 8 / 2);
        Files.writeString(config, "{\"peft_type\": \"VERA\"}");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> LoraFile.read(peft))
                .withMessageStartingWith(config + ": peft_type: must be LORA, not 'VERA'");
        Files.writeString(config, "{");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> LoraFile.read(peft))
                .withMessageStartingWith(config + " must be JSON: ");
    }

    private static List<Double> factors(Path file) {
        return LoraFile.read(file).fit(0.5, false, tiny(), OriginalFlux.LAYERS).of("transformer").stream()
                .map(LowRank::factor)
                .toList();
    }

    @Test
    void fit_ofLorasThatDoNotFit_saysWhy() {
        refuses(
                new LoraWriter().kohya(QKV, 4096, 48, 4),
                "lora " + temp.resolve("x.safetensors") + ": none of its 1 modules fits the model: " + QKV
                        + " (its A has 4096 inputs, the layer 16); is it of another family? take a LoRA of this model");
        refuses(new LoraWriter().kohya(QKV, 16, 32, 4), "(its B has 32 outputs, the layer 48)");
        refuses(
                new LoraWriter().kohya("lora_unet_double_blocks_19_img_attn_proj", 16, 16, 4),
                "(the transformer has no layer transformer_blocks.19.attn.to_out.0)");
        refuses(new LoraWriter().kohya("lora_unet_mid_block_attn", 16, 16, 4), "Stable Diffusion's U-Net");
        refuses(
                new LoraWriter().kohya("lora_te2_text_model_encoder_layers_0_mlp_fc1", 12, 24, 2),
                "(the text_encoder_2 has no such layer)");
        refuses(
                new LoraWriter()
                        .kohya("lora_te1_text_model_encoder_layers_0_mlp_fc1", 12, 24, 2)
                        .kohya("lora_unet_double_blocks_0_img_norm", 16, 16, 2),
                "1 of its 2 modules does not fit the model: lora_unet_double_blocks_0_img_norm (the transformer has no"
                        + " such layer)",
                "take a LoRA of this model, or apply the other 1 alone by --lora-partial");
    }

    @Test
    void fit_ofHalvesAndStrangers_saysWhich() {
        String module = "transformer.proj_out";
        refuses(new LoraWriter().tensor(module + ".lora_A.weight", 2, 16), module + " (lacks B (up))");
        refuses(new LoraWriter().tensor(module + ".lora_B.weight", 16, 2), module + " (lacks A (down))");
        refuses(
                new LoraWriter().tensor(module + ".lora_A.weight", 2, 16).tensor(module + ".lora_B.weight", 16, 3),
                "(its A has rank 2, its B 3)");
        refuses(
                new LoraWriter().peft(module, 16, 16, 2).tensor(module + ".lora_B.bias", 16),
                module + " (holds lora_B.bias, which is not read)");
        refuses(
                new LoraWriter().peft(module, 16, 16, 2).tensor("transformer.norm_out.linear.diff", 32, 16),
                "transformer.norm_out.linear (holds diff, which is not read)");
        refuses(
                new LoraWriter().peft(module, 16, 16, 2).number(module + ".alpha", Double.NaN),
                "its alpha is not a number other than 0");
        refuses(new LoraWriter().peft(module, 16, 16, 2).number(module + ".alpha", 0), "its alpha is not");
        refuses(
                new LoraWriter().peft(module, 16, 16, 2).kohya("lora_unet_final_layer_linear", 16, 16, 2),
                "transformer.proj_out (changes proj_out again, after lora_unet_final_layer_linear)");
    }

    @Test
    void fit_partial_appliesWhatFitsAndNamesTheRest() {
        Path file = new LoraWriter()
                .kohya(QKV, 16, 48, 4)
                .kohya("lora_unet_double_blocks_19_img_attn_qkv", 16, 48, 4)
                .write(temp.resolve("half.safetensors"));
        assertThat(LoraFile.read(file).fit(1, true, tiny(), OriginalFlux.LAYERS).note())
                .isEqualTo(
                        "lora half.safetensors: applied 1 of 2 modules (transformer 1), scale 1; left out since they do"
                                + " not fit: lora_unet_double_blocks_19_img_attn_qkv (the transformer has no layer"
                                + " transformer_blocks.19.attn.to_q)");
        Path none = new LoraWriter()
                .kohya("lora_unet_double_blocks_19_img_attn_qkv", 16, 48, 4)
                .write(temp.resolve("none.safetensors"));
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> LoraFile.read(none).fit(1, true, tiny(), OriginalFlux.LAYERS))
                .withMessageContaining("none of its 1 modules fits");
    }

    @ParameterizedTest
    @CsvSource({
        "transformer.proj_out.dora_scale, is a DoRA",
        "transformer.proj_out.lora_magnitude_vector, is a DoRA",
        "lora_unet_double_blocks_0_img_attn_qkv.lokr_w1, is a LoKr",
        "lora_unet_double_blocks_0_img_attn_qkv.hada_w1_a, is a LoHa",
        "lora_unet_double_blocks_0_img_attn_qkv.oft_blocks, is an OFT",
        "double_blocks.0.img_attn.norm.query_norm.scale, is a control LoRA",
        "transformer.transformer_blocks.0.attn.norm_q.weight, is a control LoRA"
    })
    void read_ofOtherAdapters_namesThem(String key, String what) {
        refuses(
                new LoraWriter().peft("transformer.proj_out", 16, 16, 2).tensor(key, 16),
                what,
                "(tensor '" + key + "')");
    }

    @Test
    void read_ofWhatIsNoLora_saysWhatItIs() throws IOException {
        Path model = Golden.folder("tiny-a").resolve("transformer/diffusion_pytorch_model.safetensors");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> LoraFile.read(model))
                .withMessageContaining("is no LoRA: it holds ")
                .withMessageContaining("which are the weights of a whole model; name it by --model");
        refuses(new LoraWriter().tensor("emb_params", 4, 12), "none named lora_A and lora_B");
        refuses(new LoraWriter(), "is no LoRA: it holds no tensors");
        Path pointer = Files.writeString(
                temp.resolve("pointer.safetensors"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> LoraFile.read(pointer))
                .withMessageContaining("is a Git LFS pointer");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> LoraFile.read(temp.resolve("missing.safetensors")))
                .withMessageContaining("must be there, is not");
    }

    @Test
    void read_givesTheHashesOfOtherPrograms() throws Exception {
        Path file = new LoraWriter().kohya(QKV, 16, 48, 4).write(temp.resolve("x.safetensors"));
        byte[] all = Files.readAllBytes(file);
        int header = (all[0] & 0xff) | ((all[1] & 0xff) << 8); // shorter than 65536 bytes
        LoraFile lora = LoraFile.read(file);
        assertThat(lora.sha256()).isEqualTo(sha256(all));
        assertThat(lora.shortHash())
                .isEqualTo(
                        sha256(Arrays.copyOfRange(all, 8 + header, all.length)).substring(0, 12));
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /** What sd-scripts trains by default: attention, feed-forward and modulation of all blocks. */
    @ParameterizedTest
    @ValueSource(strings = {"flux1-dev", "flux1-schnell"})
    void fit_kohyaOfPublishedSize_appliesAllOf304(String name) throws IOException {
        JsonNode tensors = new ObjectMapper()
                .readTree(
                        Path.of("src/test/resources/manifests", name + ".json").toFile())
                .get("components")
                .get("transformer")
                .get("tensors");
        Map<String, TensorInfo> published = new LinkedHashMap<>();
        Manifest.shapes(tensors).forEach((key, shape) -> published.put(key, new TensorInfo(DType.BFLOAT16, shape)));
        LoraWriter writer = new LoraWriter().dtype(DType.BFLOAT16);
        List<String> ofDouble = List.of("attn.qkv", "attn.proj", "mlp.0", "mlp.2", "mod.lin");
        for (int i = 0; i < 19; i++) {
            for (String layer : ofDouble) {
                add(writer, "double_blocks." + i + ".img_" + layer, published);
                add(writer, "double_blocks." + i + ".txt_" + layer, published);
            }
        }
        for (int i = 0; i < 38; i++) {
            for (String layer : List.of("linear1", "linear2", "modulation.lin")) {
                add(writer, "single_blocks." + i + "." + layer, published);
            }
        }
        FittedLora lora = LoraFile.read(writer.write(temp.resolve("pixel-art.safetensors")))
                .fit(0.8, false, Map.of("transformer", published), OriginalFlux.LAYERS);
        assertThat(lora.note())
                .isEqualTo("lora pixel-art.safetensors: applied 304 of 304 modules (transformer 304), scale 0.8");
        assertThat(lora.of("transformer")).hasSize(19 * 14 + 38 * 6);
    }

    private static void add(LoraWriter writer, String original, Map<String, TensorInfo> published) {
        List<List<Long>> shapes = OriginalFlux.LAYERS.layers(original).stream()
                .map(layer ->
                        Objects.requireNonNull(published.get(layer + ".weight")).shape())
                .toList();
        long out = shapes.stream().mapToLong(shape -> shape.get(0)).sum();
        writer.kohya("lora_unet_" + original.replace('.', '_'), shapes.get(0).get(1), out, 1);
    }
}
