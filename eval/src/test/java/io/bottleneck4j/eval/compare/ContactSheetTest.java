package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.eval.drawing.Lettering;
import io.bottleneck4j.eval.metrics.Pictures;
import io.bottleneck4j.models.media.Picture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Columns are 184 px wide at least, 12 apart, inside a margin of 16. */
class ContactSheetTest {
    private static final Picture RED = Pictures.plain(64, 48, 255, 0, 0);
    private static final Picture BLUE = Pictures.plain(64, 48, 0, 0, 255);

    private static List<Picture> draw(Comparison comparison) throws IOException {
        return ContactSheet.draw(
                comparison,
                ContactSheet.PICTURE,
                64,
                48,
                picture -> picture.contender().equals("baseline") ? RED : BLUE);
    }

    private static List<Integer> pixels(Picture sheet, int value) {
        byte[] rgb = sheet.rgb();
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < rgb.length / 3; i++) {
            if (((rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff)) == value) {
                found.add(i);
            }
        }
        return found;
    }

    @Test
    void draw_twoPlans_putsEachInItsColumn() throws IOException {
        Picture sheet = draw(Comparisons.made(2, 2)).get(0);
        assertThat(sheet.width()).isEqualTo(2 * 16 + 2 * 184 + 12);
        List<Integer> red = pixels(sheet, 0xff0000);
        List<Integer> blue = pixels(sheet, 0x0000ff);
        assertThat(red).hasSize(2 * 64 * 48);
        assertThat(blue).hasSize(2 * 64 * 48);
        assertThat(red.get(0) % sheet.width()).isEqualTo(16);
        assertThat(blue.get(0) % sheet.width()).isEqualTo(16 + 184 + 12);
        assertThat(red.get(0) / sheet.width()).as("side by side").isEqualTo(blue.get(0) / sheet.width());
    }

    @Test
    void draw_pictureNotMade_leavesAGrayPlace() throws IOException {
        Comparison both = Comparisons.made(1, 1);
        Picture sheet = draw(both.with(both.made().subList(0, 1))).get(0);
        assertThat(pixels(sheet, 0x0000ff)).isEmpty();
        assertThat(pixels(sheet, 0xf0f0f0)).hasSizeGreaterThanOrEqualTo(64 * 48);
    }

    @Test
    void draw_subjectsWithoutPictures_takeNoRoom() throws IOException {
        int one = draw(Comparisons.made(1, 1)).get(0).height();
        int two = draw(Comparisons.made(2, 2)).get(0).height();
        assertThat(draw(Comparisons.made(5, 1)).get(0).height()).isEqualTo(one);
        assertThat(two).isGreaterThan(one + 48);
        assertThat(draw(Comparisons.empty(3))).as("nothing made yet").hasSize(1);
    }

    @Test
    void draw_longSetup_takesMoreLines() throws IOException {
        Comparison plain = Comparisons.made(1, 1);
        List<Comparison.Fact> facts = Collections.nCopies(12, new Comparison.Fact("processor", "AMD EPYC"));
        Comparison wordy = new Comparison(
                plain.title(), facts, plain.contenders(), plain.reference(), plain.subjects(), plain.made());
        int more = draw(wordy).get(0).height() - draw(plain).get(0).height();
        assertThat(more).isPositive().isEqualTo(more / Lettering.REGULAR.lineHeight() * Lettering.REGULAR.lineHeight());
    }

    @Test
    void draw_manySubjects_takesSeveralSheets() throws IOException {
        List<Picture> sheets = draw(Comparisons.made(41, 41));
        assertThat(sheets).hasSize(3);
        assertThat(pixels(sheets.get(2), 0xff0000)).hasSize(64 * 48);
        assertThat(pixels(sheets.get(0), 0xff0000)).hasSize(20 * 64 * 48);
    }

    @Test
    void thumbnail_largePicture_isShrunkToItsLongerSide() {
        Picture large = Pictures.gray(640, 400, (x, y) -> x < 320 ? 20 : 220);
        Picture small = ContactSheet.thumbnail(large, 320);
        assertThat(small.width()).isEqualTo(320);
        assertThat(small.height()).isEqualTo(200);
        assertThat((double) (small.rgb()[0] & 0xff)).isCloseTo(20, within(1.0));
        assertThat((double) (small.rgb()[3 * 300] & 0xff)).isCloseTo(220, within(1.0));
        assertThat(ContactSheet.thumbnail(small, 320)).isSameAs(small);
    }
}
