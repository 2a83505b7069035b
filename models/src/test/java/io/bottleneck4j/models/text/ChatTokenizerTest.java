package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.text.ChatTokenizer.Thinking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the folder of Qwen3's tokenizer may hold and what is refused; the ids are compared in {@link TokenizerGoldenTest}. */
class ChatTokenizerTest {
    private static final String CONFIG = "tokenizer/tokenizer_config.json";
    private static final String FILE = "tokenizer/tokenizer.json";
    private static final String JINJA = "tokenizer/chat_template.jinja";
    private static final String DAMAGED = "; the file is damaged or of another kind: download it again";
    private static final String PROMPT = "a red fox <|im_end|> 12 café <think>";

    @TempDir
    Path temp;

    /** A template in its settings, and all four files. */
    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("qwen-b", temp.resolve("tiny"));
    }

    @Test
    void encode_withTheOlderTwoFilesAlone_isTheSame() throws IOException {
        long[] ids = ids();
        tiny.delete(FILE);
        assertThat(ids()).isEqualTo(ids);
        tiny.delete("tokenizer/merges.txt");
        assertRefused(
                "tokenizer/merges.txt",
                "the tokenizer needs this file, and it is not there; download the folder"
                        + " again with it, or name another model");
    }

    @Test
    void encode_longPrompt_losesItsEnd() throws IOException {
        try (ChatTokenizer tokenizer = open()) {
            long[] all = tokenizer.encode(PROMPT, 100).unpadded().ids();
            TokenizedPrompt cut = tokenizer.encode(PROMPT, all.length - 1);
            assertThat(cut.truncated()).isTrue();
            assertThat(cut.needed()).isEqualTo(all.length);
            assertThat(cut.ids()).isEqualTo(Arrays.copyOf(all, all.length - 1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encode(PROMPT, 0))
                    .withMessage("maxLength: must be at least 1 tokens, not 0");
        }
    }

    @Test
    void open_templateInAnyPlaceThatPythonReads_isFound() throws IOException {
        long[] ids = ids();
        String template = Files.readString(Golden.folder("qwen-a").resolve(JINJA));
        settings(json -> json.remove("chat_template"));
        tiny.write(JINJA, template);
        assertThat(ids()).isEqualTo(ids);
        tiny.write(JINJA, template.replace("\n", "\r\n"));
        assertThat(ids()).isEqualTo(ids);
        tiny.delete(JINJA);
        settings(json -> json.putArray("chat_template")
                .addObject()
                .put("name", "default")
                .put("template", template));
        assertThat(ids()).isEqualTo(ids);
    }

    @Test
    void open_ownFile_winsOverTheSettings() {
        tiny.write(JINJA, "{{ messages[0].content }}");
        assertThatIllegalArgumentException()
                .isThrownBy(this::open)
                .withMessage(tiny.path().resolve(JINJA)
                        + ": the chat template must be Qwen3's, the only one that is known here, not that of SHA-256"
                        + " 21b1d9c74a217211f93d54eca585c322017b9008d86619712ec946b10cf156f1; if the model was trained"
                        + " with Qwen3's, put the chat template of Qwen/Qwen3-4B in its place");
    }

    @Test
    void open_withoutTemplate_isRefused() {
        settings(json -> json.remove("chat_template"));
        assertRefused(CONFIG, "must hold a chat_template, where no chat_template.jinja lies beside it" + DAMAGED);
        settings(json -> json.putArray("chat_template").addObject().put("name", "tool_use"));
        assertRefused(CONFIG, "must hold a chat_template, where no chat_template.jinja lies beside it" + DAMAGED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"add_bos_token", "add_eos_token", "add_prefix_space"})
    void open_settingsThatGiveOtherIds_areRefused(String key) {
        settings(json -> json.put(key, true));
        assertRefused(
                CONFIG,
                key
                        + ": is true, which bottleneck4j does not support; take it out if the model was not trained with it");
    }

    @Test
    void open_leftPadding_isRefused() {
        settings(json -> json.put("padding_side", "left"));
        assertRefused(CONFIG, "padding_side must be \"right\", not \"left\"; other sides are not supported");
    }

    @ParameterizedTest
    @ValueSource(strings = {"padding", "truncation"})
    void open_leftSideInTokenizerJson_isRefused(String key) {
        tiny.edit(FILE, json -> json.putObject(key).put("direction", "Left"));
        assertRefused(FILE, key + ".direction must be \"Right\", not \"Left\"; other sides are not supported");
    }

    /** As of Qwen3's embedding models, whose texts end with a token. */
    @Test
    void open_postProcessorThatEndsTexts_isRefused() {
        tiny.edit(FILE, json -> {
            ObjectNode processor = json.putObject("post_processor").put("type", "TemplateProcessing");
            processor.putArray("single").addObject().putObject("Sequence").put("id", "A");
            processor.withArray("single").addObject().putObject("SpecialToken").put("id", "<|endoftext|>");
        });
        assertRefused(FILE, "post_processor must begin and end texts with nothing" + DAMAGED);
    }

    private void settings(Consumer<ObjectNode> change) {
        tiny.edit(CONFIG, change);
    }

    private long[] ids() throws IOException {
        try (ChatTokenizer tokenizer = open()) {
            return tokenizer.encode(PROMPT, 100).ids();
        }
    }

    private ChatTokenizer open() throws IOException {
        return ChatTokenizer.qwen3(tiny.path().resolve("tokenizer"), Thinking.OFF);
    }

    private void assertRefused(String file, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(this::open)
                .withMessage(tiny.path().resolve(file) + ": " + message);
    }
}
