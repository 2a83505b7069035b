package io.bottleneck4j.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlopFormatTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "605459.4899189761e9 | 605.46 T",
                "605459.4899189761e12 | 605,459.49 T",
                "12109.18979837952e12 | 12,109.19 T",
                "74.384653418496e12 | 74.385 T",
                "99.9994e12 | 99.999 T",
                "99.9996e12 | 100.00 T",
                "0.9996e12 | 999.60 G",
                "6.2e9 | 6.200 G",
                "5e6 | 5.000 M",
                "500 | 0.500 k"
            })
    void text_ofNumber_hasFittingUnitAndDigits(double flops, String text) {
        assertThat(FlopFormat.text(flops)).isEqualTo(text);
    }

    @Test
    void number_inColumn_hasTheDigitsOfTheLargest() {
        FlopFormat format = FlopFormat.fitting(4298.28e12);
        assertThat(format.number(21.5e12)).isEqualTo("21.50");
        assertThat(FlopFormat.in(FlopFormat.Unit.G, 74e12).number(21.5e12)).isEqualTo("21,500.00");
    }
}
