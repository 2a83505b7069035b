package io.bottleneck4j.models.folder;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
    private static final Map<String, Consumer<Config>> GETTERS = Map.of(
            "requireInt", config -> config.requireInt("k"),
            "intOr", config -> config.intOr("k", 1),
            "requireDouble", config -> config.requireDouble("k"),
            "doubleOr", config -> config.doubleOr("k", 1),
            "booleanOr", config -> config.booleanOr("k", true),
            "stringOr", config -> config.stringOr("k", ""),
            "requireString", config -> config.requireString("k"),
            "intsOr", config -> config.intsOr("k", List.of()),
            "stringsOr", config -> config.stringsOr("k", List.of()));

    @TempDir
    private Path folder;

    private Config config(String json) {
        Path file = folder.resolve("config.json");
        try {
            Files.writeString(file, json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Config.read(file);
    }

    @Test
    void getters_ofRightTypes_returnValues() {
        Config config =
                config("{'i': -3, 'd': 1.5, 'b': true, 's': 'x', 'is': [1, 2], 'ss': ['a']}".replace('\'', '"'));
        assertThat(config.requireInt("i")).isEqualTo(-3);
        assertThat(config.intOr("i", 1)).isEqualTo(-3);
        assertThat(config.requireDouble("d")).isEqualTo(1.5);
        assertThat(config.doubleOr("i", 1)).isEqualTo(-3);
        assertThat(config.booleanOr("b", false)).isTrue();
        assertThat(config.requireString("s")).isEqualTo("x");
        assertThat(config.intsOr("is", List.of())).containsExactly(1, 2);
        assertThat(config.stringsOr("ss", List.of())).containsExactly("a");
    }

    @Test
    void getters_ofAbsentOrNull_returnFallback() {
        Config config = config("{\"n\": null}");
        for (String key : List.of("n", "absent")) {
            assertThat(config.has(key)).isFalse();
            assertThat(config.intOr(key, 7)).isEqualTo(7);
            assertThat(config.doubleOr(key, 0.5)).isEqualTo(0.5);
            assertThat(config.booleanOr(key, true)).isTrue();
            assertThat(config.stringOr(key, "f")).isEqualTo("f");
            assertThat(config.intsOr(key, List.of(1))).containsExactly(1);
            assertThat(config.stringsOr(key, List.of("f"))).containsExactly("f");
            assertThatThrownBy(() -> config.requireInt(key))
                    .isInstanceOf(FolderException.class)
                    .hasMessage(config.file() + ": " + key + ": is missing");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "requireInt|1.0|a whole number, not 1.0",
                "requireInt|'3'|a whole number, not \"3\"",
                "intOr|2147483648|a whole number, not 2147483648",
                "intOr|true|a whole number, not true",
                "requireDouble|[1]|a finite number, not [1]",
                "doubleOr|1e999|a finite number, not \"Infinity\"",
                "doubleOr|'NaN'|a finite number, not \"NaN\"",
                "booleanOr|'true'|true or false, not \"true\"",
                "booleanOr|1|true or false, not 1",
                "stringOr|5|a string, not 5",
                "requireString|{}|a string, not {}",
                "intsOr|3|an array, not 3",
                "intsOr|[1, null]|a whole number, not null",
                "stringsOr|'x'|an array, not \"x\"",
                "stringsOr|['x', 1]|a string, not 1"
            },
            quoteCharacter = '\u0001')
    void getter_ofWrongType_namesFileKeyAndValue(String getter, String value, String message) {
        Config config = config("{\"k\": " + value.replace('\'', '"') + "}");
        assertThatThrownBy(() -> requireNonNull(GETTERS.get(getter)).accept(config))
                .isInstanceOf(FolderException.class)
                .hasMessage(config.file() + ": k: must be " + message);
    }

    @Test
    void getter_ofLongWrongValue_cutsIt() {
        Config config = config("{\"k\": \"" + "x".repeat(5000) + "\"}");
        assertThatThrownBy(() -> config.requireInt("k"))
                .hasMessageEndingWith("xxx...")
                .satisfies(e -> assertThat(e.getMessage())
                        .hasSizeLessThan(150 + folder.toString().length()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "{'a': 1,\\n 'a': 2}|:2:5: is not valid JSON: Duplicate field 'a'",
                "{'a': 1} {'b': 2}|is not valid JSON: Trailing token",
                "{'a': 1,\\n'b': }|:2:6: is not valid JSON: ",
                "{'a': NaN}|:1:10: is not valid JSON: ",
                "{'a': 01}|is not valid JSON: ",
                "{'a': 1|is not valid JSON: Unexpected end-of-input",
                "// note\\n{}|:1:1: is not valid JSON: ",
                "[1]|must hold a JSON object",
                "|must hold a JSON object",
                "7|must hold a JSON object"
            })
    void read_ofMalformedFile_tellsWhere(String json, String message) {
        String text = json == null ? "" : json.replace('\'', '"').replace("\\n", "\n");
        assertThatThrownBy(() -> config(text))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(folder.resolve("config.json").toString())
                .hasMessageContaining(message);
    }

    @Test
    void read_ofDeepNesting_isRefused() {
        assertThatThrownBy(() -> config("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("nesting depth");
    }

    @Test
    void read_ofTooLargeFile_isRefused() throws IOException {
        Path file = folder.resolve("config.json");
        try (var channel = Files.newByteChannel(
                file, Set.of(java.nio.file.StandardOpenOption.CREATE_NEW, java.nio.file.StandardOpenOption.WRITE))) {
            channel.position(64L << 20);
            channel.write(StandardCharsets.UTF_8.encode("}"));
        }
        assertThatThrownBy(() -> Config.read(file))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": must be at most 67108864 bytes; is it really a JSON file?");
    }

    @Test
    void read_ofMissingFileLinkOrFolder_saysSo() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link.json"), folder.resolve("gone"));
        assertThatThrownBy(() -> Config.read(folder.resolve("none.json")))
                .hasMessageEndingWith("none.json: does not exist; is this a diffusers folder?");
        assertThatThrownBy(() -> Config.read(link))
                .hasMessageEndingWith(
                        "link.json: is a link to a file that does not exist; is this a diffusers folder?");
        assertThatThrownBy(() -> Config.read(folder))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(": cannot be read: ");
    }

    @Test
    void read_ofInvalidUtf8_isRefused() throws IOException {
        Path file = Files.write(
                folder.resolve("c.json"), new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"', ':', '1', '}'});
        assertThatThrownBy(() -> Config.read(file)).isInstanceOf(FolderException.class);
    }

    @Test
    void refuseUnless_acceptsListedAbsentAndNull() {
        Config config = config("{\"a\": false, \"n\": null}");
        config.refuseUnless("a", Set.of("false"));
        config.refuseUnless("n", Set.of());
        config.refuseUnless("absent", Set.of());
        assertThatThrownBy(() -> config.refuseUnless("a", Set.of("true", "auto")))
                .isInstanceOf(FolderException.class)
                .hasMessage(
                        config.file() + ": a: is false, which bottleneck4j does not support; it reads auto or true");
        assertThatThrownBy(() -> config.refuseUnless("a", Set.of()))
                .hasMessageEndingWith("does not support; it reads null");
    }
}
