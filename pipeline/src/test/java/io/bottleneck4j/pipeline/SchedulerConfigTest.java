package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.Signatures;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerConfigTest {
    private static final Path FILE = Path.of("scheduler_config.json");

    private static Shift shift(String json) {
        try {
            Config config = new Config(FILE, new ObjectMapper().readTree(json.replace('\'', '"')), note -> {});
            return SchedulerConfig.shift(config, SchedulerConfig.className(config));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shift_ofEmptyConfig_isDiffusersDefault() {
        assertThat(shift("{}")).isEqualTo(new Shift.Constant(1));
        assertThat(shift("{'shift': 2.5, 'use_dynamic_shifting': false}")).isEqualTo(new Shift.Constant(2.5));
    }

    @Test
    void shift_ofDynamicConfig_hasDiffusersDefaults() {
        assertThat(shift("{'use_dynamic_shifting': true, 'shift': 7}"))
                .isEqualTo(new Shift.ByTokens(
                        new Shift.Point(256, 0.5), new Shift.Point(4096, 1.15), 2, Shift.Growth.EXPONENTIAL));
    }

    @ParameterizedTest
    @CsvSource({"exponential, 1.6487212707001282", "linear, 0.5"})
    void shift_ofDynamicConfig_growsAsNamed(String type, double factor) {
        Shift shift = shift("{'use_dynamic_shifting': true, 'time_shift_type': '" + type
                + "', 'base_image_seq_len': 4, " + "'max_image_seq_len': 16, 'base_shift': 0.5, 'max_shift': 2}");
        assertThat(shift.factor(new LatentShape(16, 1, 4, 4))).isCloseTo(factor, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "{'invert_sigmas': true}|invert_sigmas: is true, which bottleneck4j does not support; it reads false",
                "{'stochastic_sampling': true}|stochastic_sampling: is true, which bottleneck4j does not support; it reads"
                        + " false",
                "{'use_beta_sigmas': true}|use_beta_sigmas: is true, which bottleneck4j does not support; it reads false",
                "{'use_karras_sigmas': true}|use_karras_sigmas: is true, which bottleneck4j does not support; it reads false",
                "{'use_exponential_sigmas': true}|use_exponential_sigmas: is true, which bottleneck4j does not support; it"
                        + " reads false",
                "{'use_flow_sigmas': true}|use_flow_sigmas: is true, which bottleneck4j does not support; it reads false",
                "{'use_dynamic_shifting': true, 'use_flow_sigmas': true}|use_flow_sigmas: is true, which bottleneck4j does"
                        + " not support; it reads false",
                "{'shift_terminal': 1}|shift_terminal: 1.0 is outside (0, 1); use 0.02, or none",
                "{'num_train_timesteps': 500}|num_train_timesteps: is 500, which bottleneck4j does not support; it reads"
                        + " 1000",
                "{'use_dynamic_shifting': true, 'time_shift_type': 'cubic'}|time_shift_type: is the text 'cubic', which"
                        + " bottleneck4j does not support; it reads exponential or linear",
                "{'use_dynamic_shifting': 'yes'}|use_dynamic_shifting: must be true or false, not the text 'yes'",
                "{'shift': 0}|shift: 0.0 is not a finite number above 0; use 1 for no shift",
                "{'shift': 'x'}|shift: must be a finite number, not the text 'x'",
                "{'use_dynamic_shifting': true, 'base_image_seq_len': 4096}|shift: 4096 tokens are not more than 4096; give"
                        + " the lower point first"
            })
    void shift_ofUnsupportedVariant_isRefused(String json, String message) {
        assertThatThrownBy(() -> shift(json))
                .isInstanceOf(FolderException.class)
                .hasMessage("scheduler_config.json: " + message);
    }

    @Test
    void shift_terminalOfZero_isNoneAsInPython() {
        assertThat(shift("{'shift': 3, 'shift_terminal': 0.0, 'use_flow_sigmas': false}"))
                .isEqualTo(new Shift.Constant(3));
        assertThat(shift("{'shift': 3, 'shift_terminal': null}")).isEqualTo(new Shift.Constant(3));
    }

    @Test
    void shift_terminal_stretchesEitherShift() {
        assertThat(shift("{'shift': 3, 'shift_terminal': 0.02}"))
                .isEqualTo(new Shift.Stretched(new Shift.Constant(3), 0.02));
        assertThat(shift("{'use_dynamic_shifting': true, 'max_image_seq_len': 8192, 'shift_terminal': 0.1}"))
                .isEqualTo(shift("{'use_dynamic_shifting': true, 'max_image_seq_len': 8192}")
                        .endingAt(0.1));
    }

    /** What the class takes, and what FluxPipeline looks for beside it. Those of a dynamic shift have no effect on a constant one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyKey_isUsedRefusedOrOfTheOtherShift(boolean dynamic) {
        Map<String, JsonNode> keys = new LinkedHashMap<>(Signatures.of("FlowMatchEulerDiscreteScheduler"));
        Signatures.readByPipeline("FluxPipeline", "scheduler").forEach(key -> keys.putIfAbsent(key, BooleanNode.FALSE));
        keys.put("use_dynamic_shifting", BooleanNode.valueOf(dynamic));
        Set<String> other = dynamic
                ? Set.of("shift")
                : Set.of("base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "time_shift_type");
        assertThat(Signatures.fates(keys, config -> SchedulerConfig.shift(config, SchedulerConfig.className(config))))
                .containsKey("use_flow_sigmas")
                .allSatisfy((key, fate) -> assertThat(fate)
                        .as(key)
                        .isIn(other.contains(key) ? Set.of("passed over") : Set.of("used", "refused")));
    }
}
