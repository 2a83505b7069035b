package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.Signatures;
import io.bottleneck4j.models.folder.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every key that transformers looks at in a text encoder's or a tokenizer's settings is used, refused, or has a reason for neither. */
class EncoderKeysTest {
    private static final Path TINY = Path.of("../models/src/test/resources/golden/folders");

    @TempDir
    private Path temp;

    static Stream<Arguments> readers() {
        return Stream.of(
                reader("CLIPTextConfig", ClipTextConfig::from, "projection_dim"),
                reader("T5Config", T5Config::from, "eos_token_id"),
                reader("LlamaConfig", LlamaConfig::from, "eos_token_id", "max_position_embeddings"),
                reader(
                        "Qwen3Config",
                        Qwen3Config::from,
                        "eos_token_id",
                        "max_position_embeddings",
                        "sliding_window",
                        "max_window_layers"),
                reader(
                        "Qwen2_5_VLTextConfig",
                        Qwen25VlTextConfig::from,
                        "eos_token_id",
                        "max_position_embeddings",
                        "sliding_window",
                        "max_window_layers"));
    }

    private static Arguments reader(String className, Function<Config, ?> reader, String... passed) {
        return Arguments.of(className, reader, Set.of(passed));
    }

    @ParameterizedTest
    @MethodSource("readers")
    void everyKey_isUsedRefusedOrWithoutEffect(String className, Function<Config, ?> reader, Set<String> passed) {
        Map<String, JsonNode> keys = new LinkedHashMap<>(Signatures.of("PreTrainedConfig"));
        Signatures.names("dropped_by_PreTrainedConfig").forEach(key -> keys.put(key, NullNode.getInstance()));
        if (!Set.of("LlamaConfig", "Qwen3Config", "Qwen2_5_VLTextConfig").contains(className)) {
            keys.keySet().removeAll(Set.of("rope_scaling", "rope_theta")); // for which these have no field
        }
        keys.putAll(Signatures.of(className));
        assertThat(Signatures.fates(keys, reader)).allSatisfy((key, fate) -> {
            boolean without = TransformersKeys.WITHOUT_EFFECT.contains(key) || passed.contains(key);
            assertThat(fate).as(key).isIn(without ? Set.of("passed over") : Set.of("used", "refused"));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"hidden_size", "num_attention_heads", "num_hidden_layers", "head_dim"})
    void t5_otherNamesOfItsNumbers_mustAgree(String alias) throws IOException {
        assertThatThrownBy(() -> T5Config.from(parsed("{'" + alias + "': 7}")))
                .hasMessageStartingWith("config.json: " + alias + ": is 7, but ")
                .hasMessageEndingWith("; make them agree");
        assertThat(T5Config.from(parsed("{'hidden_size': 512, 'head_dim': 64}")))
                .isEqualTo(T5Config.from(parsed("{}")));
    }

    @ParameterizedTest
    @CsvSource({
        "flux1-dev/text_encoder, clip",
        "flux1-dev/text_encoder_2, t5",
        "flux1-schnell/text_encoder_2, t5",
        "hunyuan-video/text_encoder, llama",
        "hunyuan-video/text_encoder_2, clip",
        "clip-vit-large-patch14, clip",
        "qwen3-4b, qwen3"
    })
    void publishedConfig_holdsOnlyKnownKeys(String folder, String kind) {
        List<String> notes = new ArrayList<>();
        Config config = Config.read(
                GoldenTensors.json("manifests/" + folder + "/config.json").file(), notes::add);
        Object read = switch (kind) {
            case "clip" -> ClipTextConfig.from(config);
            case "t5" -> T5Config.from(config);
            case "qwen3" -> Qwen3Config.from(config);
            default -> LlamaConfig.from(config);
        };
        assertThat(read).isNotNull();
        assertThat(notes).isEmpty();
    }

    @Test
    void unknownKeys_areNoted() throws IOException {
        List<String> notes = new ArrayList<>();
        JsonNode json = new ObjectMapper().readTree("{\"wibble\": 1, \"_mine\": 2, \"wobble\": 3}");
        ClipTextConfig.from(new Config(Path.of("config.json"), json, notes::add));
        assertThat(notes)
                .containsExactly("config.json: wibble, wobble are no keys of CLIPTextConfig; ignored, as Python does");
    }

    @Test
    void llama_partOfAHeadTurned_isRefused() throws IOException {
        assertThatThrownBy(() -> LlamaConfig.from(parsed("{'rope_parameters': {'partial_rotary_factor': 0.5}}")))
                .hasMessageContaining("partial_rotary_factor: is 0.5, which bottleneck4j does not support");
    }

    /** Keys that give tokens or lengths. The tests of the tokenizers say what each does. */
    private static final Set<String> READ = Set.of(
            "added_tokens_decoder",
            "additional_special_tokens",
            "bos_token",
            "cls_token",
            "eos_token",
            "extra_ids",
            "extra_special_tokens",
            "mask_token",
            "max_len",
            "model_max_length",
            "pad_token",
            "sep_token",
            "unk_token");

    static Stream<Arguments> tokenizers() {
        return Stream.of(
                Arguments.of("CLIPTokenizer", "tiny-a/tokenizer"),
                Arguments.of("T5Tokenizer", "tiny-a/tokenizer_2"),
                Arguments.of("TokenizersBackend", "hunyuan-a/tokenizer"),
                Arguments.of("Qwen2Tokenizer", "qwen-a/tokenizer"),
                Arguments.of("Qwen2Tokenizer", "qwen-b/tokenizer"));
    }

    /** What is neither read nor refused must leave the ids as they are. */
    @ParameterizedTest
    @MethodSource("tokenizers")
    void everyKeyOfATokenizer_isReadRefusedOrWithoutEffect(String className, String folder) throws IOException {
        Set<String> refused = new TreeSet<>();
        long[] ids = ids(className, TINY.resolve(folder), temp.resolve("as-is"), "", "");
        for (String key : Signatures.names("tokenizers", className)) {
            if (READ.contains(key)) {
                continue;
            }
            for (String value : List.of("true", "\"left\"")) {
                Path copy = temp.resolve(key + value.length());
                try {
                    assertThat(ids(className, TINY.resolve(folder), copy, key, value))
                            .as(key)
                            .isEqualTo(ids);
                } catch (IllegalArgumentException e) {
                    assertThat(e)
                            .hasMessageContaining("tokenizer_config.json: ")
                            .hasMessageContaining(key);
                    refused.add(key);
                }
            }
        }
        assertThat(refused)
                .contains(
                        "padding_side",
                        "truncation_side",
                        "split_special_tokens",
                        "fix_mistral_regex",
                        "model_specific_special_tokens",
                        "vocab");
    }

    private static long[] ids(String className, Path from, Path to, String key, String value) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
            }
        }
        if (!key.isEmpty()) {
            Path settings = to.resolve("tokenizer_config.json");
            ObjectMapper json = new ObjectMapper();
            ObjectNode changed = (ObjectNode) json.readTree(settings.toFile());
            Files.writeString(settings, changed.set(key, json.readTree(value)).toString());
        }
        String prompt = "a Red fox, 12 <|endoftext|> <pad> times";
        Tokenizers.Reader<Tokenizer> reader = switch (className) {
            case "CLIPTokenizer" -> Tokenizers::clip;
            case "T5Tokenizer" -> Tokenizers::t5;
            case "Qwen2Tokenizer" -> Tokenizers::qwen2;
            default -> Tokenizers::llama;
        };
        try (Tokenizer tokenizer = reader.read(to)) {
            return tokenizer.encode(prompt, 77).ids();
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, true", "absent, false", "false, absent"})
    void llamaTokenizer_anotherFrame_isRefused(String begin, String end) throws IOException {
        String settings = (begin.equals("absent") ? "" : "\"add_bos_token\": " + begin)
                + (begin.equals("absent") || end.equals("absent") ? "" : ", ")
                + (end.equals("absent") ? "" : "\"add_eos_token\": " + end);
        Path copy = temp.resolve("llama");
        ids("TokenizersBackend", TINY.resolve("hunyuan-a/tokenizer"), copy, "", "");
        Path file = copy.resolve("tokenizer_config.json");
        String text = Files.readString(file);
        Files.writeString(file, "{" + settings + "," + text.substring(text.indexOf('{') + 1));
        assertThatThrownBy(() -> Tokenizers.llama(copy))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": add_bos_token must be true and add_eos_token false");
    }

    private static Config parsed(String json) throws IOException {
        return new Config(Path.of("config.json"), new ObjectMapper().readTree(json.replace('\'', '"')), note -> {});
    }
}
