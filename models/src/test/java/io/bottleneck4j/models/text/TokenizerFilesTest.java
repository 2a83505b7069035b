package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tokenizer's folder may hold, as it varies between published ones, and what is refused. */
class TokenizerFilesTest {
    private static final Path TINY = Path.of("../models/src/test/resources/golden/folders/tiny-a");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DAMAGED = "; the file is damaged or of another kind: download it again";

    @TempDir
    Path folder;

    private Path clip;
    private Path t5;
    private Path qwen;

    @BeforeEach
    void copyFolders() throws IOException {
        clip = copy("tokenizer");
        t5 = copy("tokenizer_2");
        qwen = copy("../qwen-b/tokenizer", "qwen");
    }

    @Test
    void modelMaxLength_absentOrHuge_isEmpty() throws IOException {
        write(t5, "tokenizer_config.json", "{\"model_max_length\": 1000000000000000019884624838656}");
        assertThat(maxLength()).isEqualTo(-1);
        Files.delete(t5.resolve("tokenizer_config.json"));
        assertThat(maxLength()).isEqualTo(-1);
        write(t5, "tokenizer_config.json", "{\"model_max_length\": 0}");
        refused(t5, "tokenizer_config.json: model_max_length must be a positive integer, not 0" + DAMAGED);
    }

    private int maxLength() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.t5(t5)) {
            return tokenizer.modelMaxLength().orElse(-1);
        }
    }

    @Test
    void clip_padTokenOfTheMap_pads() throws IOException {
        ObjectNode map = (ObjectNode)
                JSON.readTree(clip.resolve("special_tokens_map.json").toFile());
        write(clip, "special_tokens_map.json", map.put("pad_token", "!").toString());
        try (Tokenizer tokenizer = Tokenizers.clip(clip)) {
            assertThat(tokenizer.encode("", 5).ids()).containsExactly(692, 693, 0, 0, 0);
        }
    }

    /** Expected ids from transformers 5.23.0. */
    @Test
    void t5_tableOfAddedTokens_countsInPlaceOfTokenizerJson() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.t5(t5)) {
            assertThat(tokenizer.encode("x<extra_id_0>y", 7).ids()).containsExactly(3, 65, 537, 3, 23, 1, 0);
        }
        write(
                t5,
                "tokenizer_config.json",
                "{\"added_tokens_decoder\": {\"537\": {\"content\": \"<extra_id_0>\","
                        + " \"single_word\": true, \"normalized\": false, \"special\": true}}}");
        try (Tokenizer tokenizer = Tokenizers.t5(t5)) {
            assertThat(tokenizer.encode("x<extra_id_0>y", 7).ids()).containsExactly(3, 65, 537, 23, 1, 0, 0);
        }
    }

    @Test
    void open_missingFile_namesItAndWhatToDo() throws IOException {
        Files.delete(clip.resolve("merges.txt"));
        refused(
                clip,
                "merges.txt: the tokenizer needs this file, and it is not there; download the folder again with"
                        + " it, or name another model");
        Files.delete(t5.resolve("tokenizer.json"));
        refused(
                t5,
                "tokenizer.json: the tokenizer needs this file, and it is not there; download the folder again"
                        + " with it, or name another model");
    }

    @Test
    void open_malformedClipFiles_areRefused() throws IOException {
        write(clip, "merges.txt", "#version: 0.2\nt h\na b c\n");
        refused(clip, "merges.txt: line 3 must be two tokens with a space between, not \"a b c\"" + DAMAGED);
        write(clip, "merges.txt", "qq zz\n");
        refused(
                clip,
                "vocab.json and merges.txt: the tokenizers library refuses it: Token `qq` out of vocabulary" + DAMAGED);
        write(clip, "vocab.json", "{\"a\": -1}");
        refused(clip, "vocab.json: the id of \"a\" must be an integer from 0" + DAMAGED);
        write(clip, "vocab.json", "[1]");
        refused(clip, "vocab.json: the vocabulary must be a JSON object of ids" + DAMAGED);
        Files.write(clip.resolve("vocab.json"), new byte[] {'{', (byte) 0xff});
        refused(clip, "vocab.json: must be UTF-8 text, and is not" + DAMAGED);
    }

    @Test
    void open_malformedT5Files_areRefused() throws IOException {
        write(t5, "tokenizer.json", "{\"model\": {}}");
        refused(t5, "tokenizer.json: must have model.vocab" + DAMAGED);
        write(t5, "tokenizer.json", "{\"model\": {\"vocab\": [[\"a\", 0], [1]]}}");
        refused(t5, "tokenizer.json: entry 1 of the vocabulary must be [token, score]" + DAMAGED);
        write(t5, "tokenizer.json", "{\"model\": {\"vocab\": [[\"a\", 0]]}}");
        refused(
                t5,
                "tokenizer.json: the tokenizers library refuses it: Unable to load vocab UnkIdNotInVocabulary"
                        + DAMAGED);
        write(t5, "tokenizer_config.json", "{\"extra_ids\": 2000000000}");
        refused(t5, "tokenizer_config.json: extra_ids must be 0 to 1000, not 2000000000" + DAMAGED);
        write(t5, "tokenizer_config.json", "{\"padding_side\": \"left\"}");
        refused(
                t5,
                "tokenizer_config.json: padding_side must be \"right\", not \"left\"; other sides are not supported");
    }

    @Test
    void open_damagedCharacterMap_isRefusedBeforeTheNativeLibrarySeesIt() throws IOException {
        ObjectNode json =
                (ObjectNode) JSON.readTree(t5.resolve("tokenizer.json").toFile());
        ((ObjectNode) json.get("normalizer")).put("precompiled_charsmap", "AAAA");
        write(t5, "tokenizer.json", json.toString());
        refused(t5, "tokenizer.json: normalizer.precompiled_charsmap: its trie must lie within its 3 bytes" + DAMAGED);
        ((ObjectNode) json.get("normalizer")).put("precompiled_charsmap", "BAAAAAD//wA=");
        write(t5, "tokenizer.json", json.toString());
        refused(t5, "tokenizer.json: normalizer.precompiled_charsmap: unit 0 of its trie leads outside" + DAMAGED);
    }

    @Test
    void encode_halfASurrogatePair_isRefused() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.clip(clip)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encode("a \ud83e fox", 77))
                    .withMessage("prompt: must be whole characters, but at index 2 is half of a surrogate pair"
                            + " (U+D83E); remove it, or write the character whole");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tokenizer.encode("a", 1))
                    .withMessage("maxLength: must be at least 2 tokens, not 1");
        }
    }

    @Tag("slow")
    @Test
    void open_manyMutatedFiles_areReadOrRefused() throws IOException {
        Random random = new Random(7);
        for (Path original : List.of(clip, t5, qwen)) {
            for (String name : names(original)) {
                byte[] intact = Files.readAllBytes(original.resolve(name));
                for (int i = 0; i < 60; i++) {
                    Files.write(original.resolve(name), mutated(intact, random));
                    openAndEncode(original);
                }
                Files.write(original.resolve(name), intact);
            }
        }
    }

    private static byte[] mutated(byte[] intact, Random random) {
        int place = random.nextInt(intact.length);
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(intact, place);
        }
        byte[] bytes = intact.clone();
        bytes[place] = (byte) "{}[],:\" 09-ax\n\\".charAt(random.nextInt(15));
        return bytes;
    }

    private void openAndEncode(Path folder) {
        try {
            open(folder);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith(folder.toString()).contains(";");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void open(Path folder) throws IOException {
        if (folder.equals(clip)) {
            try (Tokenizer tokenizer = Tokenizers.clip(folder)) {
                assertThat(tokenizer.encode("a Red fox 狐 é", 77).ids()).hasSize(77);
            }
        } else if (folder.equals(qwen)) {
            try (ChatTokenizer tokenizer = ChatTokenizer.qwen3(folder, ChatTokenizer.Thinking.OFF)) {
                assertThat(tokenizer.encode("a Red fox 狐 é", 77).ids()).hasSize(77);
            }
        } else {
            try (Tokenizer tokenizer = Tokenizers.t5(folder)) {
                assertThat(tokenizer.encode("a Red fox 狐 é ﬁ", 77).ids()).hasSize(77);
            }
        }
    }

    private void refused(Path folder, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> open(folder)).withMessage(folder + "/" + message);
    }

    private static void write(Path folder, String name, String text) throws IOException {
        Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private Path copy(String component) throws IOException {
        return copy(component, component);
    }

    private Path copy(String component, String name) throws IOException {
        Path target = Files.createDirectories(folder.resolve(name));
        for (String file : names(TINY.resolve(component))) {
            Files.copy(TINY.resolve(component).resolve(file), target.resolve(file));
        }
        return target;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
