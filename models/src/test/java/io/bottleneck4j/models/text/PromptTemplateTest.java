package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptTemplateTest {
    private static final Path TOKENIZER = Path.of("../models/src/test/resources/golden/folders/hunyuan-a/tokenizer");

    @Test
    void around_promptWithBraces_leavesThemAsTheyAre() {
        PromptTemplate template = new PromptTemplate("a {} b", OptionalInt.empty());
        assertThat(template.around("x {} {0} $1 y")).isEqualTo("a x {} {0} $1 y b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "none", "{} twice {}", "{0}", "a {} b }", "{{}}"})
    void new_withoutOnePlace_isRefused(String text) {
        assertThatThrownBy(() -> new PromptTemplate(text, OptionalInt.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompt-template: must hold {} once, where the prompt goes, and no other braces, not '"
                        + text + "'");
    }

    @Test
    void new_negativeCropStart_isRefused() {
        assertThatThrownBy(() -> new PromptTemplate("{}", OptionalInt.of(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompt-template: crop start must be at least 0, not -1");
    }

    /** Python's: the template's 98 tokens without {@code {}} and {@code <|eot_id|>}. */
    @Test
    void cropStart_absent_isCounted() throws IOException {
        try (Tokenizer tokenizer = Tokenizers.llama(TOKENIZER)) {
            PromptTemplate said = PromptTemplate.HUNYUAN_VIDEO;
            assertThat(said.cropStart(tokenizer)).isEqualTo(95);
            assertThat(new PromptTemplate(said.text(), OptionalInt.empty()).cropStart(tokenizer))
                    .isEqualTo(96);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a {}", "a {} b<|eot_id|>", "a {}<|eot_id|><|eot_id|>"})
    void cropStart_absentButOtherTail_isRefused(String text) throws IOException {
        try (Tokenizer tokenizer = Tokenizers.llama(TOKENIZER)) {
            assertThatThrownBy(() -> new PromptTemplate(text, OptionalInt.empty()).cropStart(tokenizer))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("prompt-template: \\{} and what follows must be 2 tokens to count those before,"
                            + " not \\d; say the crop start");
        }
    }
}
