package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpellingTest {
    private static final List<String> KEYS = List.of("width", "height", "steps", "strength", "shift");

    @Test
    void nearest_typingErrors_findsTheKey() {
        assertThat(Spelling.nearest("widht", KEYS)).isEqualTo("width");
        assertThat(Spelling.nearest("Width", KEYS)).isEqualTo("width");
        assertThat(Spelling.nearest("step", KEYS)).isEqualTo("steps");
        assertThat(Spelling.nearest("strenght", KEYS)).isEqualTo("strength");
    }

    @Test
    void nearest_otherWord_findsNone() {
        assertThat(Spelling.nearest("guidance", KEYS)).isNull();
        assertThat(Spelling.nearest("x".repeat(100_000), KEYS)).isNull();
    }

    @Test
    void remedy_unknownWord_listsAll() {
        assertThat(Spelling.remedy("hight", KEYS))
                .isEqualTo("did you mean height? (use width, height, steps, strength, shift)");
        assertThat(Spelling.remedy("colour", KEYS)).isEqualTo("use width, height, steps, strength, shift");
    }

    @Test
    void quote_longOrControl_staysOneShortLine() {
        assertThat(Spelling.quote("a\nb")).isEqualTo("'a?b'");
        assertThat(Spelling.quote("x".repeat(61))).isEqualTo("'" + "x".repeat(60) + "...'");
        assertThat(Spelling.quote("🦊".repeat(60))).isEqualTo("'" + "🦊".repeat(60) + "'");
    }
}
