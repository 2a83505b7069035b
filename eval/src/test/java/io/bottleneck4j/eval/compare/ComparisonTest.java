package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.metrics.Distance;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    @Test
    void median_oddAndEven_isTheMiddle() {
        assertThat(Comparison.median(3, 1, 2)).isEqualTo(2);
        assertThat(Comparison.median(4, 1, 2, 3)).isEqualTo(2.5);
        assertThat(Comparison.median(7)).isEqualTo(7);
        assertThat(Comparison.median()).isNaN();
        assertThat(Comparison.median(1, Double.POSITIVE_INFINITY, 2)).isEqualTo(2);
    }

    @Test
    void medians_ofAPlan_takeItsPicturesAlone() {
        Comparison comparison = Comparisons.made(3, 3);
        Contender fast = comparison.contenders().get(1);
        assertThat(comparison.medians(fast)).isEqualTo(new Comparison.Medians(3, 2, 21, 0.5, 0.75, Double.NaN));
    }

    @Test
    void medians_ofTheReference_haveNoDistance() {
        Comparison comparison = Comparisons.made(2, 2);
        Comparison.Medians medians = comparison.medians(comparison.contenders().get(0));
        assertThat(medians.seconds()).isEqualTo(2.5);
        assertThat(medians.psnr()).isNaN();
        assertThat(medians.highFrequencyRatio()).isNaN();
    }

    @Test
    void medians_withANotANumber_leaveItOut() {
        Comparison comparison = Comparisons.made(2, 2);
        Made flat = new Made(
                comparison.subjects().get(0),
                "fast",
                "f.png",
                List.of(),
                1,
                null,
                new Distance(9, 0.1, Double.NaN, Double.NaN));
        Made other = comparison.made().get(3);
        assertThat(comparison
                        .with(List.of(flat, other))
                        .medians(comparison.contenders().get(1))
                        .highFrequencyRatio())
                .isEqualTo(0.75);
    }

    @Test
    void flopRatio_isToTheReference() {
        Comparison comparison = Comparisons.empty(1);
        assertThat(comparison.flopRatio(comparison.contenders().get(0))).isEqualTo(1);
        assertThat(comparison.flopRatio(comparison.contenders().get(1))).isEqualTo(4);
    }

    @Test
    void isComplete_onlyWithEveryPicture() {
        assertThat(Comparisons.made(2, 1).isComplete()).isFalse();
        assertThat(Comparisons.made(2, 2).isComplete()).isTrue();
    }

    @Test
    void comparison_unknownReference_namesThePlans() {
        Comparison comparison = Comparisons.empty(1);
        assertThatThrownBy(() ->
                        new Comparison("t", List.of(), comparison.contenders(), "x2", comparison.subjects(), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("reference: 'x2' is none of the plans compared; use baseline, fast");
    }

    @Test
    void shown_numbers_readWell() {
        assertThat(Shown.flops(97.6e9)).isEqualTo("97.6 GFLOPs");
        assertThat(Shown.flops(3.7195e15)).isEqualTo("3719.50 TFLOPs");
        assertThat(Shown.psnr(Double.POSITIVE_INFINITY)).isEqualTo("∞");
        assertThat(Shown.ssim(Double.NaN)).isEqualTo("–");
        assertThat(Shown.seconds(0.404)).isEqualTo("0.40 s");
    }
}
