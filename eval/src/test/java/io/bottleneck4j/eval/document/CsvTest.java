package io.bottleneck4j.eval.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
    @Test
    void rows_ofWhatRowWrote_areTheFields() {
        String text = Csv.row("a,b", "", "\"", "\"\"x\"") + Csv.row("two\nlines", "é", "", "");
        assertThat(Csv.rows(text))
                .containsExactly(List.of("a,b", "", "\"", "\"\"x\""), List.of("two\nlines", "é", "", ""));
    }

    @Test
    void rows_endedByCrLf_areReadToo() {
        assertThat(Csv.rows("a,b\r\nc,\"d\"\r\n")).containsExactly(List.of("a", "b"), List.of("c", "d"));
    }

    @Test
    void rows_ofNothing_areNone() {
        assertThat(Csv.rows("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b\nc", "a,b\nc,", "a,b\n\"c\n", "a,b\n\"\""})
    void rows_cutOff_areRefused(String text) {
        assertThatThrownBy(() -> Csv.rows(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("is cut off in row 2");
    }
}
