package io.bottleneck4j.models.hunyuan15;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.text.ByT5Tokenizer;
import io.bottleneck4j.models.text.TokenizedPrompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What prompts quote, and byT5's ids of it, against HunyuanVideo15Pipeline and transformers. */
class QuotedTextsTest {
    private static final int LENGTH = 256;

    @TempDir
    private Path temp;

    /** b adds tokens of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void encode_ofQuotedTexts_equalsPython(String name) throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(
                        Golden.ROOT.resolve("tokenizers/byt5-" + name + ".json").toFile());
        ByT5Tokenizer tokenizer =
                ByT5Tokenizer.read(Golden.folder("hunyuan15-" + name).resolve("tokenizer_2"));
        int longest = 0;
        for (JsonNode row : golden.get("rows")) {
            Optional<String> quoted = QuotedTexts.of(row.get("prompt").asText());
            assertThat(quoted.orElse(null))
                    .isEqualTo(
                            row.get("glyphs").isNull()
                                    ? null
                                    : row.get("glyphs").asText());
            if (quoted.isPresent()) {
                long[] ids =
                        row.get("ids").valueStream().mapToLong(JsonNode::asLong).toArray();
                TokenizedPrompt read = tokenizer.encode(quoted.get(), LENGTH);
                assertThat(read.ids()).as(quoted.get()).isEqualTo(ids);
                longest = Math.max(longest, read.needed());
            }
        }
        assertThat(longest).isGreaterThan(LENGTH); // one was cut
    }

    /** As transformers' class has it: 125 extra ids behind the bytes. */
    @Test
    void read_ofAnEmptyFolder_isThePythonClassItself() throws IOException {
        long[] ids = ByT5Tokenizer.read(temp)
                .encode("é<extra_id_124> <pad> z", LENGTH)
                .ids();
        assertThat(ids)
                .isEqualTo(LongStream.of(0xC3 + 3, 0xA9 + 3, 259 + 124, 0, 'z' + 3, 1)
                        .toArray());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"padding_side\": \"left\"}|padding_side must be \"right\", not \"left\"",
                "{\"added_tokens_decoder\": {\"x\": \"<a>\"}}|added_tokens_decoder: a key must be a token id, not 'x'",
                "{\"added_tokens_decoder\": {\"7\": {\"content\": \"<a>\", \"single_word\": true}}}|added_tokens_decoder: an added token must not be empty or single_word, as 7 is",
                "{\"added_tokens_decoder\": {\"7\": \"<a>\"}}|added_tokens_decoder: must be at most 10000 tokens, <pad> of id 0 and </s> of id 1 among them"
            })
    void read_whatIsNotFollowed_isRefusedByName(String settings, String message) throws IOException {
        Files.writeString(temp.resolve("tokenizer_config.json"), settings);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByT5Tokenizer.read(temp))
                .withMessageStartingWith(temp.resolve("tokenizer_config.json") + ": " + message);
    }
}
