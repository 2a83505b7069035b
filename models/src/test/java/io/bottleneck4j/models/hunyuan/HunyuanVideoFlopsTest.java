package io.bottleneck4j.models.hunyuan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.cost.FlopFormat;
import io.bottleneck4j.models.cost.PlanCost;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formula against the paper's figures and numbers computed by hand. */
class HunyuanVideoFlopsTest {
    private static final HunyuanVideoFlops PUBLISHED =
            new HunyuanVideoFlops(HunyuanVideoConfig.builder().build(), 256);
    /** 129 frames of 1280 × 720 and of 960 × 544 pixels. */
    private static final LatentShape HIGH = new LatentShape(16, 33, 90, 160);

    private static final LatentShape LOW = new LatentShape(16, 33, 68, 120);
    private static final PlanCost BASELINE = PlanCost.of(StagePlan.single(HIGH, 50, new Shift.Constant(7)), PUBLISHED);

    @Test
    void videoTokens_ofPaperSizes_areThePapers() {
        assertThat(HunyuanVideoFlops.videoTokens(PUBLISHED.config(), HIGH) + 256)
                .isEqualTo(119_056);
        assertThat(HunyuanVideoFlops.videoTokens(PUBLISHED.config(), LOW) + 256).isEqualTo(67_576);
    }

    @Test
    void flops_ofPaperSizes_areThePapersToTheCent() {
        assertThat(FlopFormat.text(PUBLISHED.flops(HIGH))).isEqualTo("12,109.19 T");
        assertThat(FlopFormat.text(BASELINE.flops())).isEqualTo("605,459.49 T");
        assertThat(FlopFormat.text(PUBLISHED.flops(LOW))).isEqualTo("4,298.28 T");
    }

    @ParameterizedTest
    @CsvSource({"4, 20, 23, FLOOR, 1.95", "4, 24, 9, FLOOR, 2.99", "4, 24, 16, IMG2IMG, 2.16"})
    void speedUp_ofPreset_isAsMeasured(int n1, int n2, int n3, Rounding rounding, double speedUp) {
        StagePlan plan = StagePlan.bottleneck(
                new ResolutionStage(HIGH, n1, 1, new Shift.Constant(7), rounding),
                new ResolutionStage(LOW, n2, 0.8, new Shift.Constant(9), rounding),
                new ResolutionStage(HIGH, n3, 0.7, new Shift.Constant(9), rounding));
        assertThat(PlanCost.of(plan, PUBLISHED).speedUpOver(BASELINE)).isCloseTo(speedUp, within(0.005));
    }

    @Test
    void flops_ofTinyModel_areTheSumByHand() {
        HunyuanVideoConfig tiny = HunyuanVideoConfig.builder()
                .numAttentionHeads(2)
                .attentionHeadDim(8)
                .ropeAxesDim(List.of(2, 2, 4))
                .numLayers(2)
                .numSingleLayers(3)
                .mlpRatio(3)
                .patchSizeT(2)
                .build();
        // D 16, 7 text and 3 × 2 × 4 video tokens: S 31
        double products = 2 * 31 * 16.0 * 16 * (3 + 1 + 3 + 3) + 4 * 31 * 31 * 16;
        assertThat(new HunyuanVideoFlops(tiny, 7).flops(new LatentShape(16, 6, 4, 8)))
                .isEqualTo(5 * (products + 2 * 31 * 31 * 2));
    }

    @Test
    void new_withoutText_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HunyuanVideoFlops(PUBLISHED.config(), 0))
                .withMessage("text tokens: must be at least 1, not 0");
    }
}
