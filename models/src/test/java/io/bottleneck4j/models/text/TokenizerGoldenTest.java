package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.text.ChatTokenizer.Thinking;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids of many prompts, against the Python tokenizers that the pipelines load; see tools/golden/make_tokens.py and make_qwen.py. */
class TokenizerGoldenTest {
    private static final Path GOLDEN = Path.of("../models/src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b", "emoji-flux"})
    void clip_everyPrompt_equalsPython(String name) throws IOException {
        JsonNode golden = golden(name);
        try (Tokenizer tokenizer = Tokenizers.clip(folder(golden).resolve("tokenizer"))) {
            assertThat(tokenizer.modelMaxLength()).isEqualTo(OptionalInt.of(77));
            check(prompts(), golden.get("clip"), tokenizer::encode);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b", "emoji-flux"})
    void t5_everyPrompt_equalsPython(String name) throws IOException {
        JsonNode golden = golden(name);
        try (Tokenizer tokenizer = Tokenizers.t5(folder(golden).resolve("tokenizer_2"))) {
            assertThat(tokenizer.modelMaxLength())
                    .isEqualTo(OptionalInt.of(golden.at("/t5/model_max_length").asInt()));
            check(prompts(), golden.get("t5"), tokenizer::encode);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunyuan-a", "hunyuan-b"})
    void llama_everyPrompt_equalsPython(String name) throws IOException {
        JsonNode golden = golden(name);
        try (Tokenizer tokenizer = Tokenizers.llama(folder(golden).resolve("tokenizer"))) {
            List<String> prompts = prompts();
            prompts.addAll(texts(golden.get("more")));
            check(prompts, golden.get("llama"), tokenizer::encode);
            List<String> inTemplate = texts(golden.get("in_template")).stream()
                    .map(PromptTemplate.HUNYUAN_VIDEO::around)
                    .toList();
            check(inTemplate, golden.get("template"), tokenizer::encode);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen-a", "qwen-b"})
    void qwen2_everyPrompt_equalsPython(String name) throws IOException {
        JsonNode golden = golden(name);
        List<String> prompts = prompts();
        prompts.addAll(texts(golden.get("more")));
        try (Tokenizer tokenizer = Tokenizers.qwen2(folder(golden).resolve("tokenizer"))) {
            assertThat(tokenizer.modelMaxLength())
                    .isEqualTo(
                            OptionalInt.of(golden.at("/qwen/model_max_length").asInt()));
            check(prompts, golden.get("qwen"), tokenizer::encode);
        }
    }

    @ParameterizedTest
    @CsvSource({"qwen-a, ON, thinking", "qwen-a, OFF, not_thinking", "qwen-b, ON, thinking", "qwen-b, OFF, not_thinking"
    })
    void chat_everyPrompt_equalsPython(String name, Thinking thinking, String rows) throws IOException {
        JsonNode golden = golden(name);
        try (ChatTokenizer tokenizer = ChatTokenizer.qwen3(folder(golden).resolve("tokenizer"), thinking)) {
            check(texts(golden.get("in_template")), golden.get(rows), tokenizer::encode);
        }
    }

    private static List<String> prompts() throws IOException {
        List<String> prompts =
                texts(JSON.readTree(GOLDEN.resolve("tokenizers/prompts.json").toFile())
                        .get("prompts"));
        assertThat(prompts.size()).isGreaterThan(150);
        return prompts;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static JsonNode golden(String name) throws IOException {
        return JSON.readTree(GOLDEN.resolve("tokenizers/" + name + ".json").toFile());
    }

    private static Path folder(JsonNode golden) {
        String folder = golden.get("folder").asText();
        return folder.startsWith("golden/") ? Path.of("../models/src/test/resources", folder) : Path.of("..", folder);
    }

    private static void check(
            List<String> prompts, JsonNode golden, BiFunction<String, Integer, TokenizedPrompt> encode) {
        for (JsonNode row : golden.get("rows")) {
            int length = row.get("length").asInt();
            List<Integer> truncated = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                long[] expected = JSON.convertValue(row.get("ids").get(i), long[].class);
                long[] padded = Arrays.copyOf(expected, length);
                Arrays.fill(
                        padded, expected.length, length, golden.get("pad_id").asLong());
                TokenizedPrompt actual = encode.apply(prompts.get(i), length);
                assertThat(actual.ids()).as("prompt %d: %s", i, prompts.get(i)).containsExactly(padded);
                assertThat(actual.tokens()).as("prompt %d", i).isEqualTo(expected.length);
                if (actual.truncated()) {
                    truncated.add(i);
                }
            }
            assertThat(truncated).isEqualTo(JSON.convertValue(row.get("truncated"), List.class));
        }
    }
}
