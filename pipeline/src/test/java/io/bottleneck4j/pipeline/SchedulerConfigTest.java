package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.UniPc;
import io.bottleneck4j.models.Signatures;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerConfigTest {
    private static final Path FILE = Path.of("scheduler_config.json");

    private static final String FLOWS = "'prediction_type': 'flow_prediction', 'use_flow_sigmas': true";

    private static Shift shift(String json) {
        return read(json).shift();
    }

    /** A UniPCMultistepScheduler of flows that says this too. */
    private static SchedulerConfig uniPc(String more) {
        return read("{'_class_name': 'UniPCMultistepScheduler', " + FLOWS + more + "}");
    }

    private static SchedulerConfig read(String json) {
        try {
            Config config = new Config(FILE, new ObjectMapper().readTree(json.replace('\'', '"')), note -> {});
            return SchedulerConfig.read(config, SchedulerConfig.className(config));
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
        assertThat(Signatures.fates(keys, config -> SchedulerConfig.read(config, SchedulerConfig.className(config))))
                .containsKey("use_flow_sigmas")
                .allSatisfy((key, fate) -> assertThat(fate)
                        .as(key)
                        .isIn(other.contains(key) ? Set.of("passed over") : Set.of("used", "refused")));
    }

    @Test
    void read_ofEuler_takesEulersSteps() {
        assertThat(read("{'shift': 3}")).isEqualTo(new SchedulerConfig(new Shift.Constant(3), Solver.EULER));
    }

    @Test
    void read_ofUniPc_hasDiffusersDefaults_andWhatItSays() {
        assertThat(uniPc("")).isEqualTo(new SchedulerConfig(new Shift.Constant(1), UniPc.USUAL));
        assertThat(uniPc(", 'flow_shift': 5, 'shift_terminal': 0.1, 'solver_order': 3, 'solver_type': 'bh1',"
                        + " 'disable_corrector': [0, 1]"))
                .isEqualTo(new SchedulerConfig(
                        new Shift.Stretched(new Shift.Constant(5), 0.1), new UniPc(3, UniPc.Type.BH1, List.of(0, 1))));
        assertThat(uniPc(", 'solver_type': 'heun'").solver()).isEqualTo(UniPc.USUAL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "'solver_order': 4|solver_order: must be between 1 and 3, not 4; 2 is usual",
                "'solver_order': 'two'|solver_order: must be a whole number, not the text 'two'",
                "'solver_type': 'bh3'|solver_type: is the text 'bh3', which bottleneck4j does not support; it reads bh1 or"
                        + " bh2 or heun or logrho or midpoint",
                "'solver_p': {}|solver_p: is an object, which bottleneck4j does not support; it reads null",
                "'predict_x0': false|predict_x0: is false, which bottleneck4j does not support; it reads true",
                "'lower_order_final': false|lower_order_final: is false, which bottleneck4j does not support; it reads true",
                "'final_sigmas_type': 'sigma_min'|final_sigmas_type: is the text 'sigma_min', which bottleneck4j does not"
                        + " support; it reads zero",
                "'thresholding': true|thresholding: is true, which bottleneck4j does not support; it reads false",
                "'use_karras_sigmas': true|use_karras_sigmas: is true, which bottleneck4j does not support; it reads false",
                "'disable_corrector': [-1]|disable_corrector: must list steps from 0 on, not -1; leave it empty",
                "'flow_shift': 0|shift: 0.0 is not a finite number above 0; use 1 for no shift"
            })
    void read_ofAnUnsupportedUniPc_isRefused(String json, String message) {
        assertThatThrownBy(() -> uniPc(", " + json))
                .isInstanceOf(FolderException.class)
                .hasMessage("scheduler_config.json: " + message);
    }

    /** What is of diffusion's noise schedules, or of variants that are refused, changes nothing in Python either. */
    @Test
    void everyKeyOfUniPc_isUsedRefusedOrNotOfFlows() {
        Map<String, JsonNode> keys = new LinkedHashMap<>(Signatures.of(SchedulerConfig.UNI_PC));
        keys.put("_class_name", TextNode.valueOf(SchedulerConfig.UNI_PC));
        keys.put("prediction_type", TextNode.valueOf("flow_prediction"));
        keys.put("use_flow_sigmas", BooleanNode.TRUE);
        keys.put("disable_corrector", new ObjectMapper().createArrayNode().add(3));
        Map<String, String> fates =
                Signatures.fates(keys, config -> SchedulerConfig.read(config, SchedulerConfig.UNI_PC));
        fates.remove("_class_name");
        Set<String> without = Set.of(
                "beta_start",
                "beta_end",
                "beta_schedule",
                "trained_betas",
                "rescale_betas_zero_snr",
                "dynamic_thresholding_ratio",
                "sample_max_value",
                "timestep_spacing",
                "steps_offset",
                "time_shift_type",
                "sigma_min",
                "sigma_max");
        assertThat(fates)
                .containsKeys("solver_order", "flow_shift")
                .allSatisfy((key, fate) -> assertThat(fate)
                        .as(key)
                        .isIn(without.contains(key) ? Set.of("passed over") : Set.of("used", "refused")));
    }
}
