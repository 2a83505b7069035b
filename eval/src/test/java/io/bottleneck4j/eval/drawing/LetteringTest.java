package io.bottleneck4j.eval.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.eval.drawing.Lettering.Letter;
import io.bottleneck4j.models.media.Picture;
import org.junit.jupiter.api.Test;

class LetteringTest {
    @Test
    void letters_ofTheScriptsPromised_areThere() {
        Letter missing = Lettering.REGULAR.letter(0);
        for (int point : "azAZ09 ~ÄéßőŁ–…∞×ΩλКошкаЁё".codePoints().toArray()) {
            assertThat(Lettering.REGULAR.letter(point))
                    .as(Character.toString(point))
                    .isNotSameAs(missing);
            assertThat(Lettering.BOLD.letter(point)).isNotSameAs(Lettering.BOLD.letter(0));
        }
    }

    @Test
    void letter_ofAnotherScript_isABox() {
        Letter box = Lettering.REGULAR.letter("猫".codePointAt(0));
        assertThat(box).isSameAs(Lettering.REGULAR.letter(0));
        assertThat(box.coverage(box.width() / 2, box.height() / 2))
                .as("its inside")
                .isZero();
        assertThat(box.width()).isGreaterThan(4);
    }

    @Test
    void width_isTheSumOfAdvances() {
        int a = Lettering.REGULAR.letter('a').advance();
        int b = Lettering.REGULAR.letter('b').advance();
        assertThat(Lettering.REGULAR.width("abba")).isEqualTo(2 * a + 2 * b);
        assertThat(Lettering.REGULAR.width("")).isZero();
    }

    @Test
    void cut_longText_fitsWithAnEllipsis() {
        String text = "a rather long prompt, which nobody can read at a glance";
        String cut = Lettering.REGULAR.cut(text, 100);
        assertThat(Lettering.REGULAR.width(cut)).isLessThanOrEqualTo(100).isGreaterThan(80);
        assertThat(cut).endsWith("…").startsWith("a rather");
        assertThat(Lettering.REGULAR.cut(text, 10_000)).isEqualTo(text);
    }

    @Test
    void write_onACanvas_inksWhereTheLetterIs() {
        Canvas canvas = new Canvas(20, Lettering.REGULAR.lineHeight());
        canvas.write(Lettering.REGULAR, "l", 2, 0);
        Picture picture = canvas.picture();
        Letter letter = Lettering.REGULAR.letter('l');
        int x = 2 + letter.left();
        int y = letter.top() + letter.height() / 2;
        int strongest = 0;
        for (int dx = 0; dx < letter.width(); dx++) {
            strongest = Math.max(strongest, 255 - (picture.rgb()[3 * (y * 20 + x + dx)] & 0xff));
        }
        assertThat(strongest).as("ink in the stem").isGreaterThan(100);
        assertThat(picture.rgb()[3 * (y * 20 + 18)] & 0xff)
                .as("paper beside it")
                .isEqualTo(255);
    }

    @Test
    void write_beyondTheBorder_isLeftOut() {
        Canvas canvas = new Canvas(10, 10);
        canvas.write(Lettering.BOLD, "WWWW", -5, -5);
        assertThat(canvas.picture().width()).isEqualTo(10);
    }
}
