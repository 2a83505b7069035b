package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.eval.Metric.Better;
import io.bottleneck4j.eval.report.Estimate.Versus;
import io.bottleneck4j.eval.report.Estimate.Versus.Verdict;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VersusTest {
    private static Versus versus(int prompts, double shift, Better better) {
        Random random = new Random(5);
        Map<Slot, Double> differences = new LinkedHashMap<>();
        for (int i = 0; i < prompts; i++) {
            differences.put(new Slot(i, 0), shift + random.nextGaussian());
        }
        return Versus.of(PromptValues.of(differences, slot -> ""), prompts, better);
    }

    @Test
    void of_largeShift_isFoundInItsDirection() {
        assertThat(versus(40, -2, Better.HIGHER).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(versus(40, 2, Better.HIGHER).verdict()).isEqualTo(Verdict.BETTER);
        assertThat(versus(40, 2, Better.of("lpips")).verdict()).as("a distance").isEqualTo(Verdict.WORSE);
        assertThat(versus(40, -2, Better.of("lpips-vgg")).verdict()).isEqualTo(Verdict.BETTER);
    }

    @Test
    void of_noise_isNoDifference() {
        Versus versus = versus(40, 0, Better.HIGHER);
        assertThat(versus.verdict()).isEqualTo(Verdict.NO_DIFFERENCE);
        assertThat(versus.difference().low()).isNegative();
        assertThat(versus.difference().high()).isPositive();
    }

    @Test
    void of_fivePromptsAllWorse_isNotEnough() { // 2 of 32 signs; the interval alone would leave out 0
        Versus versus = versus(5, -9, Better.HIGHER);
        assertThat(versus.difference().high()).isNegative();
        assertThat(versus.p()).isEqualTo(2 / 32.0);
        assertThat(versus.verdict()).isEqualTo(Verdict.NO_DIFFERENCE);
    }
}
