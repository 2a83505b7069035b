package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void setUp() {
        file = folder.resolve("config.json");
    }

    @Test
    void values_ofEachType_areRead() throws IOException {
        Config config = read("""
                {"i": 3, "d": 0.5, "whole": 2, "b": true, "s": "gelu", "n": null, "is": [1, 2], "ss": ["a"]}""");

        assertThat(config.requireInt("i")).isEqualTo(3);
        assertThat(config.intOr("n", 7)).isEqualTo(7);
        assertThat(config.requireDouble("d")).isEqualTo(0.5);
        assertThat(config.doubleOr("whole", 1)).isEqualTo(2);
        assertThat(config.doubleOr("absent", 1.5)).isEqualTo(1.5);
        assertThat(config.booleanOr("b", false)).isTrue();
        assertThat(config.booleanOr("absent", true)).isTrue();
        assertThat(config.requireString("s")).isEqualTo("gelu");
        assertThat(config.stringOr("absent", "x")).isEqualTo("x");
        assertThat(config.intsOr("is", List.of())).containsExactly(1, 2);
        assertThat(config.intsOr("n", List.of(9))).containsExactly(9);
        assertThat(config.stringsOr("ss", List.of())).containsExactly("a");
        assertThat(config.has("n")).isFalse();
        assertThat(config.has("i")).isTrue();
    }

    static Stream<Arguments> wrongTypes() {
        return Stream.of(
                wrong("\"x\"", c -> c.requireInt("k"), "must be a whole number, not the text 'x'"),
                wrong("1.5", c -> c.intOr("k", 0), "must be a whole number, not 1.5"),
                wrong("3000000000", c -> c.intOr("k", 0), "must be a whole number, not 3000000000"),
                wrong("true", c -> c.doubleOr("k", 0), "must be a finite number, not true"),
                wrong("1e999", c -> c.requireDouble("k"), "must be a finite number, not Infinity"),
                wrong("1", c -> c.booleanOr("k", false), "must be true or false, not 1"),
                wrong("[]", c -> c.requireString("k"), "must be a string, not an array"),
                wrong("{}", c -> c.stringOr("k", ""), "must be a string, not an object"),
                wrong("1", c -> c.intsOr("k", List.of()), "must be an array, not 1"),
                wrong("[1, \"a\"]", c -> c.intsOr("k", List.of()), "must be a whole number, not the text 'a'"),
                wrong("[1]", c -> c.stringsOr("k", List.of()), "must be a string, not 1"));
    }

    private static Arguments wrong(String json, Consumer<Config> read, String message) {
        return Arguments.of(json, read, message);
    }

    @ParameterizedTest
    @MethodSource("wrongTypes")
    void values_ofAnotherType_areRefused(String json, Consumer<Config> read, String message) throws IOException {
        Config config = read("{\"k\": " + json + "}");

        assertThatThrownBy(() -> read.accept(config))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": k: " + message);
    }

    @Test
    void require_missingOrNull_saysSo() throws IOException {
        Config config = read("{\"k\": null}");

        assertThatThrownBy(() -> config.requireInt("k"))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": k: is missing");
    }

    @Test
    void refuseUnless_otherValue_saysWhatIsRead() throws IOException {
        Config config = read("{\"act_fn\": \"relu\", \"mean\": [1], \"none\": null, \"p\": 1}");

        config.refuseUnless("absent", Set.of());
        config.refuseUnless("none", Set.of());
        config.refuseUnless("p", Set.of("1"));
        assertThatThrownBy(() -> config.refuseUnless("act_fn", Set.of("silu", "gelu")))
                .isInstanceOf(FolderException.class)
                .hasMessage(file
                        + ": act_fn: is the text 'relu', which bottleneck4j does not support; it reads gelu or silu");
        assertThatThrownBy(() -> config.refuseUnless("mean", Set.of()))
                .hasMessage(file + ": mean: is an array, which bottleneck4j does not support; it reads null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'a': 1, 'a': 2} | :1:13: is not valid JSON: Duplicate field 'a'",
                "{'a': 1 | :1:8: is not valid JSON: Unexpected end-of-input: expected close marker for Object (start marker at [line: 1",
                "{'a': 1} x | :1:10: is not valid JSON: Unrecognized token 'x'",
                "{'a': NaN} | :1:10: is not valid JSON: Non-standard token 'NaN'",
                "[1] | : must hold a JSON object",
                "'' | : must hold a JSON object",
            })
    void read_malformed_saysWhere(String json, String message) throws IOException {
        Files.writeString(file, json.replace('\'', '"'));

        assertThatThrownBy(() -> Config.read(file))
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(file + message);
    }

    @Test
    void read_deepNesting_isRefused() throws IOException {
        Files.writeString(file, "{\"a\":".repeat(100_000));

        assertThatThrownBy(() -> Config.read(file))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("is not valid JSON: Document nesting depth");
    }

    /** And not which switch of the reader's would pass it. */
    @Test
    void read_notANumber_saysThatAlone() throws IOException {
        Files.writeString(file, "{\"a\": NaN}");

        assertThatThrownBy(() -> Config.read(file))
                .hasMessage(file + ":1:10: is not valid JSON: Non-standard token 'NaN'");
    }

    @Test
    void read_missing_saysSo() {
        assertThatThrownBy(() -> Config.read(file))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": does not exist; is this a diffusers folder?");
    }

    @Test
    void read_mutatedFiles_onlyThrowsFolderException() throws IOException {
        byte[] whole = Files.readAllBytes(Path.of("../emoji-flux/vae/config.json"));
        Random random = new Random(7);
        for (int round = 0; round < 1000; round++) {
            byte[] bytes = whole.clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, bytes);
            try {
                Config.read(file).intsOr("block_out_channels", List.of());
            } catch (FolderException e) {
                assertThat(e).hasMessageStartingWith(file.toString());
            }
        }
    }

    private Config read(String json) throws IOException {
        Files.write(file, json.getBytes(StandardCharsets.UTF_8));
        return Config.read(file);
    }
}
