package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExcerptTest {
    @Test
    void of_longTextOfManyLines_isShortAndOnOneLine() {
        assertThat(Excerpt.of("abc", 3)).isEqualTo("abc");
        assertThat(Excerpt.of("abcd", 3)).isEqualTo("abc...");
        assertThat(Excerpt.of("a\nb\u0007\u2028\ud83e", 60)).isEqualTo("a?b???");
        assertThat(Excerpt.of("狐狐狐", 2)).isEqualTo("狐狐...");
        assertThat(Excerpt.quoted("x".repeat(1000))).hasSize(105);
    }

    @Test
    void list_ofMany_showsTheFirstAndHowManyMore() {
        assertThat(Excerpt.list(List.of())).isEmpty();
        assertThat(Excerpt.list(List.of("a", "b"))).isEqualTo("a, b");
        List<String> many = IntStream.range(0, 4000).mapToObj(i -> "shard-" + i).toList();
        assertThat(Excerpt.list(many)).isEqualTo("shard-0, shard-1, shard-2, shard-3, shard-4 and 3995 more");
        assertThat(Excerpt.list(Collections.nCopies(9, "y".repeat(500))))
                .hasSizeLessThan(330)
                .endsWith(" and 7 more");
        assertThat(Excerpt.listed(List.of(1, 2))).isEqualTo("[1, 2]");
    }

    @Test
    void message_thatIsTooLong_losesItsMiddle() {
        String fits = "f".repeat(600);
        assertThat(Excerpt.message(fits)).isEqualTo(fits);
        String cut = Excerpt.message("what" + "x".repeat(100_000) + "remedy");
        assertThat(cut).hasSize(600).startsWith("whatx").endsWith("xremedy").contains(" ... ");
    }

    @Test
    void weightsException_ofALongMessage_isShort() {
        assertThat(new WeightsException("z".repeat(5000)).getMessage()).hasSize(600);
        assertThat(new WeightsReport(
                                "vae",
                                Collections.nCopies(5000, "k".repeat(90)),
                                List.of(),
                                List.of(),
                                Collections.nCopies(5000, "decoder.x"))
                        .notes())
                .singleElement()
                .asString()
                .hasSizeLessThan(200);
    }

    @Test
    void json_leavesOutWhatIsTheReadersOwn() {
        assertThat(Excerpt.json("Non-standard token 'NaN': enable `JsonReadFeature.X` to allow"))
                .isEqualTo("Non-standard token 'NaN'");
        assertThat(Excerpt.json(
                        "expected close marker for Object (start marker at [Source: REDACTED (`X` disabled); line: 1,"
                                + " column: 1])"))
                .isEqualTo("expected close marker for Object (start marker at [line: 1, column: 1])");
        assertThat(Excerpt.json("Duplicate field 'a'")).isEqualTo("Duplicate field 'a'");
    }
}
