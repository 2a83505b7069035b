package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.flux2.Flux2Transformer2DConfig;
import io.bottleneck4j.models.flux2.Flux2Transformer2DModel;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoTransformer3DModel;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Config;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Transformer3DModel;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.models.text.LlamaConfig;
import io.bottleneck4j.models.text.LlamaModel;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.models.text.Qwen25VlTextConfig;
import io.bottleneck4j.models.text.Qwen25VlTextModel;
import io.bottleneck4j.models.text.Qwen3Config;
import io.bottleneck4j.models.text.Qwen3Model;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.text.Tokenizer;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.models.vae.AutoencoderKl;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2Config;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo15;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo15Config;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import io.bottleneck4j.models.zimage.ZImageTransformer2DConfig;
import io.bottleneck4j.models.zimage.ZImageTransformer2DModel;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers of others' files bound nothing before they are checked, and their texts do not fill a screen. */
class LimitsTest {
    private static final String SHORT = "(?s).{1,620}";
    private static final int WELL_ABOVE_A_SECOND = 20; // of a machine with much else to do

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("tiny-a", temp.resolve("tiny"));
    }

    static Stream<Arguments> models() {
        return Stream.of(
                model("FluxTransformer2DModel", FluxConfig::from, FluxTransformer2DModel::new),
                model("Flux2Transformer2DModel", Flux2Transformer2DConfig::from, Flux2Transformer2DModel::new),
                model("HunyuanVideoTransformer3DModel", HunyuanVideoConfig::from, HunyuanVideoTransformer3DModel::new),
                model(
                        "HunyuanVideo15Transformer3DModel",
                        HunyuanVideo15Config::from,
                        HunyuanVideo15Transformer3DModel::new),
                model(
                        "AutoencoderKLHunyuanVideo15",
                        AutoencoderKlHunyuanVideo15Config::from,
                        AutoencoderKlHunyuanVideo15::new),
                model("ZImageTransformer2DModel", ZImageTransformer2DConfig::from, ZImageTransformer2DModel::new),
                model("AutoencoderKL", AutoencoderKlConfig::from, AutoencoderKl::new),
                model("AutoencoderKLFlux2", AutoencoderKlFlux2Config::from, AutoencoderKlFlux2::new),
                model(
                        "AutoencoderKLHunyuanVideo",
                        AutoencoderKlHunyuanVideoConfig::from,
                        AutoencoderKlHunyuanVideo::new),
                model("CLIPTextConfig", ClipTextConfig::from, ClipTextModel::new),
                model("T5Config", T5Config::from, T5EncoderModel::new),
                model(
                        "LlamaConfig",
                        LlamaConfig::from,
                        (LlamaConfig config, Weights w) -> new LlamaModel(config, 1, w)),
                model(
                        "Qwen3Config",
                        Qwen3Config::from,
                        (Qwen3Config config, Weights w) -> new Qwen3Model(config, List.of(-2), w)),
                model(
                        "Qwen2_5_VLTextConfig",
                        Qwen25VlTextConfig::from,
                        (Qwen25VlTextConfig config, Weights w) -> new Qwen25VlTextModel(config, List.of(-1), w)));
    }

    private static <C> Arguments model(
            String className, Function<Config, C> reader, BiFunction<C, Weights, ?> constructor) {
        Function<Config, Object> built = config -> {
            C read = reader.apply(config);
            return Weights.blueprint(w -> constructor.apply(read, w)).size();
        };
        return Arguments.of(className, built);
    }

    /** Each number of each configuration, one after the other, at values that a damaged or hostile file may have. */
    @ParameterizedTest
    @MethodSource("models")
    void anyNumber_isRefusedByNameOrBuiltAtOnce(String className, Function<Config, ?> build) {
        Map<String, JsonNode> defaults = Signatures.of(className);
        assertTimeoutPreemptively(
                Duration.ofSeconds(10L * WELL_ABOVE_A_SECOND),
                () -> defaults.forEach((key, value) -> {
                    for (int number : new int[] {513, 65_537, 262_144, 536_870_912, Integer.MAX_VALUE, -1}) {
                        ObjectNode json = new ObjectMapper().createObjectNode();
                        defaults.forEach(json::set);
                        if (value.isInt() || value.isNull()) {
                            json.set(key, IntNode.valueOf(number));
                        } else if (value.isArray() && value.path(0).isInt()) {
                            json.putArray(key).add(number);
                        } else {
                            return;
                        }
                        long start = System.nanoTime();
                        try {
                            assertThat(build.apply(new Config(Path.of("config.json"), json, note -> {})))
                                    .isNotNull();
                        } catch (IllegalArgumentException | FolderException e) {
                            assertThat(e).as(key + " " + number).hasMessageMatching(SHORT);
                            assertThat(e).as(key + " " + number).message().containsAnyOf(key, String.valueOf(number));
                        }
                        assertThat(Duration.ofNanos(System.nanoTime() - start))
                                .as(key + " " + number)
                                .isLessThan(Duration.ofSeconds(WELL_ABOVE_A_SECOND));
                    }
                }));
    }

    @Test
    void theNumbersThatOnceHung_areRefusedNamingTheKey() {
        refused(
                () -> ClipTextConfig.from(edited("text_encoder", "num_hidden_layers", 65_537)),
                "num_hidden_layers: must be" + " at most 512, as no model of this kind has more, not 65537");
        refused(() -> ClipTextConfig.from(edited("text_encoder", "num_hidden_layers", 262_144)), "num_hidden_layers: ");
        refused(
                () -> AutoencoderKlConfig.from(edited("vae", "layers_per_block", 536_870_912)),
                "layers_per_block: must be" + " at most 64, as no model of this kind has more, not 536870912");
    }

    private static void refused(Runnable reading, String message) {
        assertThatThrownBy(reading::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    private Config edited(String component, String key, int value) {
        tiny.edit(component + "/config.json", json -> json.put(key, value));
        return new ComponentFolder(component, "", tiny.path().resolve(component)).config();
    }

    @ParameterizedTest
    @ValueSource(ints = {65_536, 1001})
    void extraIds_moreThanAnyModelHas_areRefused(int count) {
        Path settings = tiny.path().resolve("tokenizer_2/tokenizer_config.json");
        tiny.edit(
                "tokenizer_2/tokenizer_config.json",
                json -> json.retain("eos_token", "pad_token", "unk_token").put("extra_ids", count));
        assertThatThrownBy(() -> Tokenizers.t5(tiny.path().resolve("tokenizer_2")))
                .hasMessageStartingWith(settings + ": extra_ids must be 0 to 1000, not " + count);
    }

    @Test
    void addedTokens_moreThanAnyModelHas_areRefused() {
        tiny.edit("tokenizer_2/tokenizer_config.json", json -> {
            json.removeAll();
            for (int i = 0; i < 65_536; i++) {
                json.withArray("extra_special_tokens").add("<t" + i + ">");
            }
        });
        assertThatThrownBy(() -> Tokenizers.t5(tiny.path().resolve("tokenizer_2")))
                .hasMessageContaining("must add at most 10000 tokens to the vocabulary, not 6");
    }

    @Test
    void maxLength_thatTakesAllMemory_isRefused() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.clip(tiny.path().resolve("tokenizer"))) {
            assertThatThrownBy(() -> tokenizer.encode("a", Integer.MAX_VALUE))
                    .hasMessage("maxLength: must be at most 1048576 tokens, not 2147483647; is model_max_length in"
                            + " tokenizer_config.json right?");
        }
    }

    @Test
    void indexOfThousandsOfMissingShards_isToldShortly() throws IOException {
        String map = IntStream.range(0, 4000)
                .mapToObj(i -> "\"t" + i + "\": \"diffusion_pytorch_model-%05d-of-04000.safetensors\"".formatted(i))
                .collect(Collectors.joining(","));
        Path folder = Files.createDirectories(temp.resolve("sharded"));
        Path index = folder.resolve("diffusion_pytorch_model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\": {" + map + "}}");
        assertThatThrownBy(() -> new ComponentFolder("transformer", "", folder).weightFiles())
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(
                        index + ": names 4000 shards, of which 4000 do not exist (diffusion_pytorch_model-")
                .hasMessageEndingWith(" and 3995 more); fetch them again")
                .hasMessageMatching(SHORT);
    }

    @Test
    void damagedLongTexts_areToldShortly() throws IOException {
        String longLine = "x".repeat(100_000);
        tiny.write("tokenizer/merges.txt", "#version: 0.2\n" + longLine + "\n");
        assertShort(() -> Tokenizers.clip(tiny.path().resolve("tokenizer")), "merges.txt: line 2 must be two tokens");
        tiny.write("tokenizer/merges.txt", "#version: 0.2\n" + longLine + " y\n");
        assertShort(() -> Tokenizers.clip(tiny.path().resolve("tokenizer")), "the tokenizers library refuses it: ");
        tiny.write("tokenizer/vocab.json", "{\"" + "x".repeat(40_000) + "\": -1}");
        assertShort(() -> Tokenizers.clip(tiny.path().resolve("tokenizer")), "the id of \"xxx");
        tiny.write("tokenizer/tokenizer_config.json", "{\"padding_side\": \"" + longLine + "\"}");
        assertShort(() -> Tokenizers.clip(tiny.path().resolve("tokenizer")), "padding_side must be \"right\"");
        tiny.write("tokenizer_2/tokenizer.json", "{\"model\": {\"vocab\": [[\"" + longLine + "\"]]}}");
        assertShort(() -> Tokenizers.t5(tiny.path().resolve("tokenizer_2")), "tokenizer.json: ");
        tiny.write("tokenizer_2/tokenizer.json", longLine);
        assertShort(() -> Tokenizers.t5(tiny.path().resolve("tokenizer_2")), "tokenizer.json: must be JSON");
        tiny.write("tokenizer_2/tokenizer_config.json", "{\"eos_token\": {\"" + "x".repeat(40_000) + "\": 1}}");
        tiny.write("tokenizer_2/tokenizer.json", "{\"model\": {\"vocab\": [[\"a\", 0]]}}");
        assertShort(() -> Tokenizers.t5(tiny.path().resolve("tokenizer_2")), "a token must be a string or an object");
        tiny.write("vae/config.json", "{\"act_fn\": \"" + longLine + "\"}");
        Config vae = new ComponentFolder("vae", "", tiny.path().resolve("vae")).config();
        assertShort(() -> AutoencoderKlConfig.from(vae), "act_fn: is the text 'xxx");
        tiny.write("text_encoder/config.json", "{\"hidden_act\": \"" + longLine + "\"}");
        Config clip = new ComponentFolder("text_encoder", "", tiny.path().resolve("text_encoder")).config();
        assertShort(() -> ClipTextConfig.from(clip), "hidden_act: must be one of");
        tiny.edit(
                "model_index.json",
                json -> json.putArray("vae").add("diffusers").add(longLine));
        ModelFolder folder = ModelFolder.open(tiny.path());
        assertShort(() -> folder.component("vae", "AutoencoderKL"), "vae is of class xxx");
        assertShort(() -> new PromptTemplate(longLine, OptionalInt.empty()), "prompt-template: must hold {} once");
    }

    @Test
    void unknownKeys_areNotedShortly() {
        String key = "wibble".repeat(1000);
        tiny.edit("vae/config.json", json -> {
            for (int i = 0; i < 1000; i++) {
                json.put(key + i, 1);
            }
        });
        ModelFolder folder = ModelFolder.open(tiny.path());
        assertThat(AutoencoderKlConfig.from(
                        folder.component("vae", "AutoencoderKL").config()))
                .isNotNull();
        assertThat(folder.notes()).singleElement().asString().matches(SHORT).contains(" and 998 more are no keys of");
    }

    private interface Opening {
        Object open() throws IOException;
    }

    private static void assertShort(Opening opening, String message) {
        assertThatThrownBy(opening::open).hasMessageContaining(message).hasMessageMatching(SHORT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vae/config.json",
                "tokenizer_2/tokenizer.json",
                "tokenizer/vocab.json",
                "tokenizer/merges.txt",
                "model_index.json"
            })
    void pointersInPlaceOfText_areNamed(String file) {
        tiny.write(file, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1059962\n");
        assertThatThrownBy(() -> {
                    ModelFolder folder = ModelFolder.open(tiny.path());
                    folder.component("vae", "AutoencoderKL").config();
                    Tokenizers.clip(tiny.path().resolve("tokenizer")).close();
                    Tokenizers.t5(tiny.path().resolve("tokenizer_2")).close();
                })
                .hasMessageStartingWith(
                        tiny.path().resolve(file) + ": is a Git LFS pointer, which stands for the file of 1059962"
                                + " bytes and is not it; run 'git lfs install' and 'git lfs pull'");
    }
}
