package io.bottleneck4j.core.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.Randoms;
import org.junit.jupiter.api.Test;

class MaskTest {
    private static final LatentShape SHAPE = new LatentShape(3, 2, 2, 4);

    @Test
    void choose_takesFreePlacesInEveryChannelAndFrame() {
        Mask mask = Mask.of(2, 4, i -> i == 1 || i == 6);
        Latents changed = Randoms.gaussian(SHAPE, 1);
        Latents kept = Randoms.gaussian(SHAPE, 2);
        Latents chosen = mask.choose(changed, kept);
        for (int i = 0; i < SHAPE.elements(); i++) {
            boolean free = i % 8 == 1 || i % 8 == 6;
            assertThat(chosen.get(i)).isEqualTo((free ? changed : kept).get(i));
        }
        assertThat(mask.free()).isEqualTo(2);
    }

    /** As torch's interpolate does: 3 of 8 columns are 0, 2 and 5. */
    @Test
    void resized_takesThePlaceOfTheUpperLeftCorner() {
        Mask mask = Mask.of(1, 8, i -> i == 0 || i == 1 || i == 5);
        assertThat(mask.resized(1, 3)).isEqualTo(Mask.of(1, 3, i -> i != 1));
        assertThat(mask.resized(2, 8)).isEqualTo(Mask.of(2, 8, i -> i % 8 < 2 || i % 8 == 5));
        assertThat(mask.resized(1, 8)).isSameAs(mask);
    }

    @Test
    void choose_ofAnotherSize_isRefused() {
        Mask mask = Mask.of(4, 2, i -> true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mask.choose(Latents.zeros(SHAPE), Latents.zeros(SHAPE)))
                .withMessage("mask: of 4 x 2 does not fit [3, 2, 2, 4] and [3, 2, 2, 4]; resize it");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mask.of(0, 2, i -> true))
                .withMessageStartingWith("mask: must be at least 1 wide");
    }
}
