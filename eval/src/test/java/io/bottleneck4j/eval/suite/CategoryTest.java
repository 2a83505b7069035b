package io.bottleneck4j.eval.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.eval.suite.Category.Seen;
import io.bottleneck4j.eval.suite.Category.Verdict;
import io.bottleneck4j.models.vision.Detection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules, on detections made by hand. */
class CategoryTest {
    @Test
    void singleObject_isRightWhereTheThingIsFoundWhateverElseIs() {
        Truth owl = truth(Category.SINGLE_OBJECT, null, null, "owl");
        assertThat(judge(owl, at("owl", .5, .5))).isEqualTo(Verdict.RIGHT);
        assertThat(judge(owl, at("cat", .3, .5), at("owl", .7, .5))).isEqualTo(Verdict.RIGHT);
        assertThat(judge(owl, at("cat", .5, .5))).isEqualTo(Verdict.wrong("must show owl, shows 1 cat"));
        assertThat(judge(owl)).isEqualTo(Verdict.wrong("must show owl, shows nothing"));
    }

    @Test
    void twoObjects_areRightWhereBothAreFoundWhereverTheyLie() {
        Truth pair = truth(Category.TWO_OBJECTS, null, null, "owl", "cat");
        assertThat(judge(pair, at("cat", .3, .5), at("owl", .7, .5)).right()).isTrue();
        assertThat(judge(pair, at("owl", .3, .5), at("owl", .7, .5)))
                .isEqualTo(Verdict.wrong("must show cat, shows 2 owl"));
    }

    @Test
    void counting_wantsExactlySoManyAndNothingElse() {
        Truth three = new Truth("three owls", Category.COUNTING, List.of(new Truth.Thing("owl", 3)), null, null);
        Detection[] owls = {at("owl", .2, .2), at("owl", .8, .2), at("owl", .5, .8), at("owl", .5, .5)};
        assertThat(judge(three, owls[0], owls[1], owls[2]).right()).isTrue();
        assertThat(judge(three, owls[0], owls[1])).isEqualTo(Verdict.wrong("must show 3 owl alone, shows 2 owl"));
        assertThat(judge(three, owls).right()).isFalse();
        assertThat(judge(three, owls[0], owls[1], owls[2], at("star", .8, .8)))
                .isEqualTo(Verdict.wrong("must show 3 owl alone, shows 3 owl, 1 star"));
    }

    @Test
    void colours_wantTheThingAndTheBackground() {
        Truth pink = truth(Category.COLOURS, BackgroundColour.PINK, null, "owl");
        assertThat(pink.category()
                        .judge(pink, new Seen(List.of(at("owl", .5, .5)), BackgroundColour.PINK))
                        .right())
                .isTrue();
        assertThat(judge(pink, at("owl", .5, .5)))
                .isEqualTo(Verdict.wrong("must have a pink background, has a white one"));
        assertThat(pink.category()
                        .judge(pink, new Seen(List.of(at("cat", .5, .5)), BackgroundColour.PINK))
                        .reason())
                .isEqualTo("must show owl, shows 1 cat");
    }

    @Test
    void position_isTheLikeliestPairsAlongTheLongerAxis() {
        Truth left = truth(Category.POSITION, null, Truth.Relation.LEFT, "owl", "cat");
        assertThat(judge(left, at("owl", .3, .45), at("cat", .7, .55)).right()).isTrue();
        assertThat(judge(left, at("owl", .7, .5), at("cat", .3, .5))).isEqualTo(Verdict.wrong("owl is right of cat"));
        assertThat(judge(left, at("owl", .4, .2), at("cat", .6, .8))).isEqualTo(Verdict.wrong("owl is above cat"));
        assertThat(judge(left, at("owl", .3, .5))).isEqualTo(Verdict.wrong("must show cat, shows 1 owl"));
        // a second owl on the other side changes nothing: the first is the likelier
        assertThat(judge(left, at("owl", .1, .5), at("cat", .5, .5), at("owl", .9, .5))
                        .right())
                .isTrue();
        Truth below = truth(Category.POSITION, null, Truth.Relation.BELOW, "owl", "cat");
        assertThat(judge(below, at("owl", .5, .8), at("cat", .5, .2)).right()).isTrue();
    }

    @Test
    void truth_thatItsCategoryCannotJudge_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> truth(Category.TWO_OBJECTS, null, null, "owl"))
                .withMessage("include: must name 2 for two_objects, not 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> truth(Category.COLOURS, null, null, "owl"))
                .withMessage("background: is missing; colours is judged by it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> truth(Category.POSITION, null, null, "owl", "cat"))
                .withMessage("relation: is missing; position is judged by it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> truth(Category.TWO_OBJECTS, null, Truth.Relation.LEFT, "owl", "cat"))
                .withMessageContaining("is judged for position alone");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> truth(Category.TWO_OBJECTS, null, null, "owl", "owl"))
                .withMessageContaining("not owl twice");
    }

    private static Truth truth(
            Category category,
            @Nullable BackgroundColour background,
            Truth.@Nullable Relation relation,
            String... labels) {
        List<Truth.Thing> include = new ArrayList<>();
        for (String label : labels) {
            include.add(new Truth.Thing(label, 1));
        }
        return new Truth("a prompt", category, include, background, relation);
    }

    private static Verdict judge(Truth truth, Detection... found) {
        return truth.category().judge(truth, new Seen(List.of(found), BackgroundColour.WHITE));
    }

    private static Detection at(String label, double x, double y) {
        return new Detection(label, .9, x, y, .4);
    }
}
