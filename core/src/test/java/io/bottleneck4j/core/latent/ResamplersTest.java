package io.bottleneck4j.core.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.Golden;
import io.bottleneck4j.core.Randoms;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResamplersTest {

    private static final Pattern GOLDEN = Pattern.compile("resize-(\\d+)x(\\d+)-to-(\\d+)x(\\d+)\\.bin");

    /** Shapes before and after a resize. */
    record Pair(LatentShape before, LatentShape after) {}

    static List<String> goldenFiles() {
        return Golden.names().stream().filter(GOLDEN.asMatchPredicate()).toList();
    }

    static Stream<Pair> randomPairs() {
        Random random = new Random(42);
        return IntStream.range(0, 60).mapToObj(i -> {
            LatentShape before =
                    new LatentShape(1 + random.nextInt(3), 1 + random.nextInt(3), side(random), side(random));
            return new Pair(before, before.withSize(side(random), side(random)));
        });
    }

    private static int side(Random random) {
        return 1 + random.nextInt(24);
    }

    @Test
    void goldenFiles_areAllThere() {
        assertThat(goldenFiles()).hasSize(17);
    }

    @ParameterizedTest
    @MethodSource("goldenFiles")
    void resize_goldenCase_equalsPillow(String file) {
        Matcher size = GOLDEN.matcher(file);
        assertThat(size.matches()).isTrue();
        int[] n = IntStream.rangeClosed(1, 4)
                .map(i -> Integer.parseInt(size.group(i)))
                .toArray();
        LatentShape before = new LatentShape(2, 1, n[1], n[0]);
        LatentShape after = before.withSize(n[3], n[2]);
        Golden golden = Golden.open(file);
        Latents input = golden.next(before);
        for (Resamplers resampler : Resamplers.values()) {
            Latents expected = golden.next(after);
            Latents resized = resampler.resize(input, after);
            double tolerance = resampler == Resamplers.NEAREST ? 0 : 1e-6;
            assertThat(Randoms.distance(resized, expected)).as("%s", resampler).isLessThanOrEqualTo(tolerance);
        }
        assertThat(golden.remaining()).isZero();
    }

    @ParameterizedTest
    @MethodSource("randomPairs")
    void resize_randomShapes_equalsTheScalarOracle(Pair pair) {
        Latents input = Randoms.gaussian(pair.before(), pair.hashCode());
        for (Kernel kernel : Kernel.values()) {
            Resamplers resampler = Resamplers.valueOf(kernel.name());
            Latents resized = resampler.resize(input, pair.after());
            Latents expected = ResizeOracle.resize(input, pair.after(), resampler);
            assertThat(Randoms.distance(resized, expected)).as("%s", resampler).isLessThan(2e-6);
        }
    }

    @ParameterizedTest
    @MethodSource("randomPairs")
    void resize_ofAConstant_isTheConstant(Pair pair) {
        float[] values = new float[pair.before().elements()];
        Arrays.fill(values, 3.25f);
        for (Resamplers resampler : Resamplers.values()) {
            for (float value : resampler
                    .resize(Latents.copyOf(pair.before(), values), pair.after())
                    .values()) {
                assertThat(value).as("%s", resampler).isEqualTo(3.25f, within(1e-6f));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("randomPairs")
    void resize_ofASum_isTheSumOfTheResized(Pair pair) {
        Latents a = Randoms.gaussian(pair.before(), 1);
        Latents b = Randoms.gaussian(pair.before(), 2);
        for (Resamplers resampler : Resamplers.values()) {
            Latents together = resampler.resize(a.plus(0.7, b), pair.after());
            Latents apart = resampler.resize(a, pair.after()).plus(0.7, resampler.resize(b, pair.after()));
            assertThat(Randoms.distance(together, apart)).as("%s", resampler).isLessThan(2e-6);
        }
    }

    @ParameterizedTest
    @EnumSource
    void resize_toSameShape_returnsEqualLatents(Resamplers resampler) {
        Latents latents = Randoms.gaussian(new LatentShape(2, 3, 5, 7), 1);
        assertThat(resampler.resize(latents, latents.shape())).isEqualTo(latents);
    }

    @ParameterizedTest
    @EnumSource
    void resize_ofManyPlanes_treatsEachAlone(Resamplers resampler) {
        LatentShape one = new LatentShape(1, 1, 6, 9);
        LatentShape small = one.withSize(4, 11);
        Latents a = Randoms.gaussian(one, 1);
        Latents b = Randoms.gaussian(one, 2);
        float[] both = Arrays.copyOf(a.values(), 2 * one.elements());
        System.arraycopy(b.values(), 0, both, one.elements(), one.elements());

        for (LatentShape stacked : List.of(new LatentShape(2, 1, 6, 9), new LatentShape(1, 2, 6, 9))) {
            float[] resized = resampler
                    .resize(Latents.copyOf(stacked, both), stacked.withSize(4, 11))
                    .values();
            int half = small.elements();
            assertThat(Arrays.copyOf(resized, half))
                    .isEqualTo(resampler.resize(a, small).values());
            assertThat(Arrays.copyOfRange(resized, half, 2 * half))
                    .isEqualTo(resampler.resize(b, small).values());
        }
    }

    @Test
    void resize_nearestOfAnyLength_picksTheCellsPillowPicks() {
        Golden golden = Golden.open("nearest-picks.bin");
        for (int before = 1; before <= 24; before++) {
            float[] indices = new float[before];
            for (int i = 0; i < before; i++) {
                indices[i] = i;
            }
            LatentShape row = new LatentShape(1, 1, 1, before);
            LatentShape column = new LatentShape(1, 1, before, 1);
            for (int after = 1; after <= 24; after++) {
                if (after == before) {
                    continue;
                }
                float[] picks = golden.next(row.withSize(1, after)).values();
                assertThat(Resamplers.NEAREST
                                .resize(Latents.copyOf(row, indices), row.withSize(1, after))
                                .values())
                        .isEqualTo(picks);
                assertThat(Resamplers.NEAREST
                                .resize(Latents.copyOf(column, indices), row.withSize(after, 1))
                                .values())
                        .isEqualTo(picks);
            }
        }
        assertThat(golden.remaining()).isZero();
    }

    @Test
    void resize_nearest_picksTheCellAtTheCentre() {
        Latents row = Latents.copyOf(new LatentShape(1, 1, 1, 4), new float[] {1, 2, 3, 4});
        LatentShape two = new LatentShape(1, 1, 1, 2);
        assertThat(Resamplers.NEAREST.resize(row, two).values()).containsExactly(2, 4);
    }

    @Test
    void resize_bilinearToHalf_averagesUnderAWidenedTriangle() {
        Latents row = Latents.copyOf(new LatentShape(1, 1, 1, 4), new float[] {8, 0, 0, 0});
        LatentShape two = new LatentShape(1, 1, 1, 2);
        // The triangle reaches 2 cells: weights 3/4, 3/4 and 1/4 remain at the left border, 1/4, 3/4, 3/4 at the right.
        assertThat(Resamplers.BILINEAR.resize(row, two).values()).containsExactly(8 * 3 / 7f, 0);
    }

    @ParameterizedTest
    @EnumSource
    void resize_otherChannelsOrFrames_isRefused(Resamplers resampler) {
        Latents latents = Latents.zeros(new LatentShape(2, 3, 4, 4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> resampler.resize(latents, new LatentShape(3, 3, 8, 8)))
                .withMessage("resize: [2, 3, 4, 4] cannot become [3, 3, 8, 8]; "
                        + "keep channels and frames, change height and width only");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> resampler.resize(latents, new LatentShape(2, 1, 8, 8)))
                .withMessageContaining("cannot become [2, 1, 8, 8]");
    }

    @ParameterizedTest
    @EnumSource
    void parse_ofItsName_returnsTheResampler(Resamplers resampler) {
        assertThat(Resamplers.parse(resampler.toString())).isEqualTo(resampler);
        assertThat(resampler.toString()).isLowerCase();
    }

    @Test
    void parse_unknownName_listsTheNames() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Resamplers.parse("Lanczos3"))
                .withMessage("resampler: 'Lanczos3' is unknown; use one of lanczos, bicubic, bilinear, nearest");
    }
}
