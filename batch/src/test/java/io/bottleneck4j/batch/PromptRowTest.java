package io.bottleneck4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptRowTest {
    @Test
    void row_readsEveryColumn_howeverItIsWritten() {
        PromptRow row = PromptRow.of(
                4,
                Map.ofEntries(
                        Map.entry("ID", " fox-1 "),
                        Map.entry("Prompt", "a fox"),
                        Map.entry("Negative-Prompt", "rain"),
                        Map.entry("seed", "18446744073709551615"),
                        Map.entry("width", 512.0),
                        Map.entry("height", "1e2"),
                        Map.entry("frames", 9),
                        Map.entry("plan", "x3"),
                        Map.entry("model", "emoji-flux"),
                        Map.entry("lora", "a.safetensors:0.5; b.safetensors"),
                        Map.entry("init image", "in.png"),
                        Map.entry("mask", "m.png"),
                        Map.entry("strength", "0.25"),
                        Map.entry("guidance", 3),
                        Map.entry("true_cfg_scale", "4.5"),
                        Map.entry("category", "animals")));
        assertThat(row)
                .isEqualTo(new PromptRow(
                        "fox-1",
                        "a fox",
                        "rain",
                        -1L,
                        512,
                        100,
                        9,
                        "x3",
                        "emoji-flux",
                        List.of("a.safetensors:0.5", "b.safetensors"),
                        "in.png",
                        "m.png",
                        0.25,
                        3.0,
                        4.5,
                        Map.of("category", "animals")));
    }

    @Test
    void emptyCells_leaveItToTheDefaults_andTheNumberIsTheId() {
        PromptRow row = PromptRow.of(17, Map.of("prompt", "a fox", "seed", " ", "lora", "", "plan", ""));
        assertThat(row.id()).isEqualTo("0000017");
        assertThat(row.seed()).isNull();
        assertThat(row.loras()).isNull();
        assertThat(PromptRow.of(1, Map.of("prompt", "a", "lora", "none")).loras())
                .isEmpty();
    }

    @Test
    void seed_isItsOwn_elseThatOfAll_elseOneOfItsId() {
        PromptRow named = PromptRow.of(1, Map.of("prompt", "a", "id", "fox"));
        assertThat(PromptRow.of(1, Map.of("prompt", "a", "seed", 7)).seedOr(3L)).isEqualTo(7);
        assertThat(named.seedOr(3L)).isEqualTo(3);
        // the first four bytes of SHA-256("fox"): python3 -c 'import
        // hashlib;print(int(hashlib.sha256(b"fox").hexdigest()[:8],16))'
        assertThat(named.seedOr(null)).isEqualTo(Long.parseLong("776cb326", 16));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            seed            | -1      | seed: must be a whole number from 0 to 18446744073709551615, not -1
            seed            | 1.5     | seed: must be a whole number from 0 to 18446744073709551615, not 1.5
            seed            | 18446744073709551616 | seed: must be a whole number from 0
            width           | wide    | width: must be a whole number, not 'wide'
            width           | 1e999999999 | width: must be a whole number, not
            height          | 3000000000 | height: must be a whole number, not 3000000000
            strength        | much    | strength: must be a number, not 'much'
            """)
    void cellsThatAreNot_areRefusedByTheirColumn(String column, String value, String message) {
        assertThatThrownBy(() -> PromptRow.of(1, Map.of("prompt", "a", column, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void ids_areOneLine_andNotLong() {
        assertThatThrownBy(() -> PromptRow.of(1, Map.of("prompt", "a", "id", "a\u0000b")))
                .hasMessageContaining("id: must be one line without control characters, not 'a?b'");
        assertThatThrownBy(() -> PromptRow.of(1, Map.of("prompt", "a", "id", "x".repeat(513))))
                .hasMessageContaining("id: must be at most 512 bytes long");
        assertThatThrownBy(() -> PromptRow.of(1, Map.of("id", "a", "prompt", "  ")))
                .hasMessageContaining("prompt: is empty or missing");
    }

    @Test
    void columnsOfOtherPrograms_areNamedByOurs() {
        assertThatThrownBy(() -> PromptRow.requireOurs(List.of("Caption")))
                .hasMessage("column 'caption': is called 'prompt' here; rename it");
        assertThatThrownBy(() -> PromptRow.requireOurs(List.of("prompt", "guidance_scale")))
                .hasMessageContaining("'guidance' here");
        PromptRow.requireOurs(List.of("prompt", "caption", "category"));
        assertThat(PromptRow.likely("promt")).isEqualTo("prompt");
        assertThat(PromptRow.likely("sede")).isEqualTo("seed");
        assertThat(PromptRow.likely("Negative Promt")).isEqualTo("negative_prompt");
        assertThat(PromptRow.likely("more")).isNull();
        assertThat(PromptRow.likely("category")).isNull();
    }
}
