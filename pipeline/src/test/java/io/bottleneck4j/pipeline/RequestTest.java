package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
    private static final Model FLUX = Model.open(Golden.folder("tiny-a"));

    @Test
    void build_withoutSettings_hasTheModelsDefaults() {
        Request request = FLUX.request("a fox").build();
        Plan plan = FLUX.planner().named("bottleneck", Planner.Size.DEFAULT);
        assertThat(request)
                .returns("a fox", Request::prompt)
                .returns("", Request::negativePrompt)
                .returns(1.0, Request::trueCfgScale)
                .returns(3.5, Request::guidance)
                .returns(0L, Request::seed)
                .returns(plan, Request::plan)
                .returns(512, Request::maxSequenceLength);
        assertThat(request.usesTrueCfg()).isFalse();
        assertThat(request.forwards()).isEqualTo(27);
        assertThat(Request.MAX_SEQUENCE_LENGTH).isEqualTo(512);
    }

    @Test
    void build_textLength_isTheTokenizersWhenShorter() {
        Model other = Model.open(Golden.folder("tiny-b"));
        assertThat(other.request("x").build().maxSequenceLength()).isEqualTo(96);
        assertThat(other.usesGuidance()).isFalse();
        assertThat(FLUX.usesGuidance()).isTrue();
    }

    @Test
    void build_withSettings_takesThem() {
        Plan plan = FLUX.planner().named("baseline", Planner.Size.of(32, 48));
        Request request = FLUX.request("p")
                .negativePrompt("n")
                .trueCfgScale(2)
                .guidance(0)
                .seed(-1)
                .plan(plan)
                .maxSequenceLength(7)
                .build();
        assertThat(request)
                .returns("p", Request::prompt)
                .returns("n", Request::negativePrompt)
                .returns(2.0, Request::trueCfgScale)
                .returns(0.0, Request::guidance)
                .returns(-1L, Request::seed)
                .returns(plan, Request::plan)
                .returns(7, Request::maxSequenceLength);
        assertThat(request.usesTrueCfg()).isTrue();
        assertThat(request.forwards()).isEqualTo(56);
        assertThat(request.withSeed(9))
                .returns("p", Request::prompt)
                .returns("n", Request::negativePrompt)
                .returns(2.0, Request::trueCfgScale)
                .returns(0.0, Request::guidance)
                .returns(9L, Request::seed)
                .returns(plan, Request::plan)
                .returns(7, Request::maxSequenceLength);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 513})
    void build_textLengthOutOfRange_isRefused(int tokens) {
        assertThatThrownBy(() -> FLUX.request("x").maxSequenceLength(tokens).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max-sequence-length: must be between 1 and 512, not " + tokens);
    }

    @ParameterizedTest
    @CsvSource({"NaN, a finite number", "Infinity, a finite number", "0.5, at least 1 (off)", "-1.0, at least 1 (off)"})
    void build_trueCfgScaleOutOfRange_isRefused(double scale, String requirement) {
        assertThatThrownBy(() -> FLUX.request("x").trueCfgScale(scale).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("true-cfg-scale: must be " + requirement + ", not " + scale);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void build_guidanceNotFinite_isRefused(double guidance) {
        assertThatThrownBy(() -> FLUX.request("x").guidance(guidance).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("guidance: must be a finite number, not " + guidance);
    }
}
