package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.TinyFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Llama tokenizer's folder may hold and what is refused; the ids are compared in {@link TokenizerGoldenTest}. */
class LlamaTokenizerTest {
    private static final String FILE = "tokenizer/tokenizer.json";
    private static final String CONFIG = "tokenizer/tokenizer_config.json";
    private static final String DAMAGED = "; the file is damaged or of another kind: download it again";

    @TempDir
    Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("hunyuan-b", temp.resolve("tiny"));
    }

    @Test
    void encode_longText_keepsTheFirstTokens() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.llama(tiny.path().resolve("tokenizer"))) {
            long[] all = tokenizer.ids("two owls<|eot_id|>");
            TokenizedPrompt cut = tokenizer.encode("two owls<|eot_id|>", all.length - 1);
            assertThat(cut.truncated()).isTrue();
            assertThat(cut.needed()).isEqualTo(all.length);
            assertThat(cut.ids()).isEqualTo(Arrays.copyOf(all, all.length - 1));
        }
    }

    @Test
    void encode_lengthBelowOne_isRefused() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.llama(tiny.path().resolve("tokenizer"))) {
            assertThat(tokenizer.encode("a", 1).ids()).hasSize(1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encode("a", 0))
                    .withMessage("maxLength: must be at least 1 tokens, not 0");
        }
    }

    @Test
    void open_withoutTokenizerJson_saysSo() {
        tiny.delete(FILE);
        assertRefused(
                FILE,
                "the tokenizer needs this file, and it is not there; download the folder again with it, or name another model");
    }

    @Test
    void open_leftPadding_isRefused() {
        tiny.edit(CONFIG, json -> json.put("padding_side", "left"));
        assertRefused(CONFIG, "padding_side must be \"right\", not \"left\"; other sides are not supported");
    }

    @Test
    void open_tokenThatTokenizerJsonLacks_isNamed() {
        tiny.edit(
                CONFIG,
                json -> ((ObjectNode) json.get("added_tokens_decoder"))
                        .putObject("700")
                        .put("content", "<image>"));
        assertRefused(FILE, "must list <image>, which the folder's settings name, as added" + DAMAGED);
        tiny.edit(CONFIG, json -> json.remove("added_tokens_decoder"));
        tiny.edit(CONFIG, json -> json.put("pad_token", "<nothing>"));
        assertRefused(FILE, "must list <nothing>, which the folder's settings name, as added" + DAMAGED);
        tiny.edit(CONFIG, json -> json.remove("pad_token"));
        assertRefused(CONFIG, "must name the pad_token" + DAMAGED);
    }

    @Test
    void open_otherFrame_isRefused() {
        String frame = "post_processor must begin texts with the bos_token and end them with nothing" + DAMAGED;
        edited(json -> json.putNull("post_processor"));
        assertRefused(FILE, frame);
        edited(json -> json.putObject("post_processor")
                .put("type", "RobertaProcessing")
                .put("trim_offsets", false)
                .put("add_prefix_space", false)
                .<ObjectNode>set("sep", json.arrayNode().add("<|end_of_text|>").add(637))
                .set("cls", json.arrayNode().add("<|begin_of_text|>").add(636)));
        assertRefused(FILE, frame);
    }

    @Test
    void open_otherModel_isRefusedByTheLibrary() {
        edited(json -> ((ObjectNode) json.get("model")).put("type", "Bigram"));
        assertThatIllegalArgumentException()
                .isThrownBy(this::open)
                .withMessageStartingWith(tiny.path().resolve(FILE) + ": the tokenizers library refuses it: ");
    }

    private void edited(Consumer<ObjectNode> change) {
        tiny.edit(FILE, change);
    }

    private void open() throws IOException {
        Tokenizers.llama(tiny.path().resolve("tokenizer")).close();
    }

    private void assertRefused(String file, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(this::open)
                .withMessage(tiny.path().resolve(file) + ": " + message);
    }
}
