package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FID's and KID's formulas against torch-fidelity: more rows than features, fewer, and one of each. */
class FeatureDistanceTest {
    @ParameterizedTest
    @ValueSource(strings = {"many", "few", "mixed"})
    void frechet_goldenFeatures_equalsTorchFidelity(String name) {
        try (Golden golden = Golden.open("vision/distances")) {
            double expected = value(golden, name + ".fid");
            assertThat(FrechetDistance.between(set(golden, name + ".a"), set(golden, name + ".b")))
                    .isCloseTo(expected, within(1e-5 * expected));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"many", "few", "mixed"})
    void kernel_goldenRows_equalsTorchFidelity(String name) {
        try (Golden golden = Golden.open("vision/distances")) {
            double expected = value(golden, name + ".kid");
            double discrepancy = KernelDistance.discrepancy(
                    set(golden, name + ".a"),
                    numbers(golden, name + ".a.rows"),
                    set(golden, name + ".b"),
                    numbers(golden, name + ".b.rows"));
            assertThat(discrepancy).isCloseTo(expected, within(1e-9 * Math.abs(expected)));
        }
    }

    @Test
    void frechet_ofASetAndItself_is0() {
        try (Golden golden = Golden.open("vision/distances")) {
            for (String name : new String[] {"many.a", "few.a"}) {
                assertThat(FrechetDistance.between(set(golden, name), set(golden, name)))
                        .isCloseTo(0, within(1e-9));
            }
        }
    }

    @Test
    void frechet_ofShiftedRows_isTheSquareOfTheShift() {
        FeatureSet a = normal(3000, 5, 1, 0); // more than are summed at once
        FeatureSet b = normal(3000, 5, 1, 2);
        assertThat(FrechetDistance.between(a, b)).isCloseTo(5 * 2 * 2, within(1e-4));
    }

    @Test
    void kernel_ofSubsetsThatAreAll_hasNoSpreadAndIsTheDiscrepancy() {
        FeatureSet a = normal(12, 4, 1, 0);
        FeatureSet b = normal(12, 4, 2, 1);
        int[] all = new int[12];
        Arrays.setAll(all, i -> i);
        KernelDistance.Estimate estimate = new KernelDistance(5, 12, 3).between(a, b);
        assertThat(estimate.mean()).isCloseTo(KernelDistance.discrepancy(a, all, b, all), within(1e-9));
        assertThat(estimate.deviation()).isCloseTo(0, within(1e-9));
    }

    @Test
    void kernel_ofOneDistribution_liesAround0AndFollowsItsSeed() {
        FeatureSet a = normal(300, 4, 1, 0);
        FeatureSet b = normal(300, 4, 2, 0);
        KernelDistance.Estimate estimate = new KernelDistance(50, 40, 7).between(a, b);
        assertThat(estimate.deviation()).isGreaterThan(0);
        assertThat(Math.abs(estimate.mean())).isLessThan(2 * estimate.deviation());
        assertThat(new KernelDistance(50, 40, 7).between(a, b)).isEqualTo(estimate);
        assertThat(new KernelDistance(50, 40, 8).between(a, b)).isNotEqualTo(estimate);
        assertThat(new KernelDistance(50, 40, 7)
                        .between(a, normal(300, 4, 2, 1))
                        .mean())
                .isGreaterThan(10 * Math.abs(estimate.mean()));
    }

    @Test
    void between_tooFewOrOtherWidths_isRefused() {
        FeatureSet one = normal(1, 4, 1, 0);
        FeatureSet some = normal(5, 4, 1, 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FrechetDistance.between(one, some))
                .withMessage("pictures: must be at least 2 on both sides, not 1 and 5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FrechetDistance.between(some, normal(5, 3, 1, 0)))
                .withMessageContaining("features: must be of one width, not 4 and 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KernelDistance(100, 6, 0).between(some, some))
                .withMessage(
                        "subset-size: must be at most the pictures of the smaller side, 5, not 6; use a smaller one");
        assertThatIllegalArgumentException().isThrownBy(() -> new KernelDistance(0, 6, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new KernelDistance(1, 1, 0));
    }

    private static FeatureSet set(Golden golden, String key) {
        try (Scope scope = Scope.open()) {
            FeatureSet set = new FeatureSet();
            set.add(golden.tensor(key));
            return set;
        }
    }

    private static FeatureSet normal(int rows, int width, long seed, double shift) {
        Random random = new Random(seed);
        float[] values = new float[rows * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() + shift);
        }
        try (Scope scope = Scope.open()) {
            FeatureSet set = new FeatureSet();
            set.add(Tensor.of(values, rows, width));
            return set;
        }
    }

    private static double value(Golden golden, String key) {
        try (Scope scope = Scope.open()) {
            return golden.tensor(key).bytes().asDoubleBuffer().get(0);
        }
    }

    private static int[] numbers(Golden golden, String key) {
        return Arrays.stream(golden.longs(key)).mapToInt(Math::toIntExact).toArray();
    }
}
