package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PromptValuesTest {

    private static PromptValues oneEach(double... values) {
        Map<Slot, Double> map = new LinkedHashMap<>();
        for (double value : values) {
            map.put(new Slot(map.size(), 0), value);
        }
        return PromptValues.of(map, slot -> "");
    }

    @Test
    void mean_ofOneGroup_countsPictures() {
        Map<Slot, Double> values = Map.of(new Slot(0, 0), 1.0, new Slot(0, 1), 1.0, new Slot(1, 0), 0.0);
        assertThat(PromptValues.of(values, slot -> "").mean().mean()).isCloseTo(2 / 3.0, within(1e-12));
    }

    @Test
    void mean_ofGroups_countsGroups() {
        Map<Slot, Double> values =
                Map.of(new Slot(0, 0), 1.0, new Slot(1, 0), 1.0, new Slot(2, 0), 1.0, new Slot(3, 0), 0.0);
        PromptValues grouped = PromptValues.of(values, slot -> slot.promptIndex() == 3 ? "rare" : "frequent");
        assertThat(grouped.mean()).isEqualTo(new Bootstrap(0.5, 0.5, 0.5)); // each group is of equal values
        assertThat(PromptValues.of(values, slot -> "").mean().mean()).isEqualTo(0.75);
    }

    @Test
    void mean_equalPicturesOfAPrompt_makeTheIntervalNoNarrower() {
        Map<Slot, Double> values = new LinkedHashMap<>();
        List<Double> byPrompt = new ArrayList<>();
        Random random = new Random(3);
        for (int prompt = 0; prompt < 12; prompt++) {
            byPrompt.add(random.nextGaussian());
            for (int sample = 0; sample < 50; sample++) {
                values.put(new Slot(prompt, sample), byPrompt.get(prompt));
            }
        }
        Bootstrap whole = PromptValues.of(values, slot -> "").mean();
        Bootstrap prompts = Bootstrap.of(byPrompt);
        assertThat(whole.low()).isCloseTo(prompts.low(), within(1e-12));
        assertThat(whole.high()).isCloseTo(prompts.high(), within(1e-12));
        Bootstrap pictures = Bootstrap.of(List.copyOf(values.values()));
        assertThat(whole.high() - whole.low())
                .as("what takes pictures for independent is too narrow")
                .isGreaterThan(3 * (pictures.high() - pictures.low()));
    }

    @Test
    void signFlip_fewPrompts_isCounted() {
        assertThat(oneEach(1, 1, 1).signFlip()).isEqualTo(2 / 8.0);
        assertThat(oneEach(1, 1, -1).signFlip()).isEqualTo(1);
        assertThat(oneEach(5).signFlip()).isEqualTo(1);
        assertThat(oneEach(3, 2, 1).signFlip()).isEqualTo(2 / 8.0);
        assertThat(oneEach(3, 2, -1).signFlip())
                .as("4 or more: 6, 4 and their opposites")
                .isEqualTo(4 / 8.0);
        assertThat(oneEach(0, 0, 0).signFlip()).isEqualTo(1);
        assertThat(oneEach(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
                        .signFlip())
                .as("rounding of sums in another order")
                .isEqualTo(2 / 8192.0);
    }

    @Test
    void signFlip_manyPrompts_isNearTheBinomial() {
        double[] values = new double[20];
        for (int i = 0; i < values.length; i++) {
            values[i] = i < 15 ? 1 : -1;
        }
        assertThat(oneEach(values).signFlip()).isCloseTo(0.04139, within(0.006)); // 2 P(Bin(20, 1/2) >= 15)
        Arrays.fill(values, 1);
        assertThat(oneEach(values).signFlip())
                .as("never 0")
                .isGreaterThan(0.00009)
                .isLessThan(0.001);
    }

    @Test
    void signFlip_withoutADifference_isBelow5PercentInOneOf20() {
        Random random = new Random(11);
        int rejected = 0;
        for (int trial = 0; trial < 300; trial++) {
            double[] values = random.doubles(16).map(u -> random.nextGaussian()).toArray();
            rejected += oneEach(values).signFlip() < 0.05 ? 1 : 0;
        }
        assertThat(rejected).isBetween(5, 28); // 15 expected; beyond these in fewer than 1 of 500 draws
    }

    @Test
    void signFlip_ofPictures_flipsWholePrompts() {
        Map<Slot, Double> values = new LinkedHashMap<>();
        for (int sample = 0; sample < 40; sample++) {
            values.put(new Slot(0, sample), 1.0);
            values.put(new Slot(1, sample), 1.0);
        }
        assertThat(PromptValues.of(values, slot -> "").signFlip())
                .as("two prompts prove little")
                .isEqualTo(0.5);
    }

    @Test
    void of_nothing_isRefused() {
        assertThatThrownBy(() -> PromptValues.of(Map.of(), slot -> ""))
                .hasMessage("values: there are none; score at least one picture");
    }
}
