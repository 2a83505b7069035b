package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.folder.Config;
import java.util.Set;

/** Reads the timestep shift of a FlowMatchEulerDiscreteScheduler's scheduler_config.json. */
final class SchedulerConfig {
    /** Cells along one side of an image token; the dynamic shift counts tokens. */
    private static final int PATCH = 2;

    private static final Set<String> OFF = Set.of("false");

    /** Read for a dynamic shift alone; a constant one stands under {@code shift}, which then has no effect. */
    private static final Set<String> OF_ONE_SHIFT =
            Set.of("shift", "base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "time_shift_type");

    private SchedulerConfig() {}

    static Shift shift(Config config) {
        for (String variant : new String[] {
            "invert_sigmas", "stochastic_sampling", "use_beta_sigmas", "use_exponential_sigmas", "use_karras_sigmas"
        }) {
            config.refuseUnless(variant, OFF);
        }
        // Not the scheduler's own: FluxPipeline looks for it, and then leaves the levels to the scheduler, which spaces
        // them otherwise.
        config.refuseUnless("use_flow_sigmas", OFF);
        config.refuseUnless("num_train_timesteps", Set.of("1000")); // the transformer is given sigma × 1000
        Shift shift = config.booleanOr("use_dynamic_shifting", false)
                ? config.as(SchedulerConfig::dynamic)
                : config.as(it -> new Shift.Constant(it.doubleOr("shift", 1)));
        Shift ending = config.as(it -> shift.endingAt(it.doubleOr("shift_terminal", 0))); // Python takes 0 for none
        config.account("FlowMatchEulerDiscreteScheduler", OF_ONE_SHIFT);
        return ending;
    }

    private static Shift dynamic(Config config) {
        config.refuseUnless("time_shift_type", Set.of("exponential", "linear"));
        boolean linear = config.stringOr("time_shift_type", "exponential").equals("linear");
        return new Shift.ByTokens(
                new Shift.Point(config.intOr("base_image_seq_len", 256), config.doubleOr("base_shift", 0.5)),
                new Shift.Point(config.intOr("max_image_seq_len", 4096), config.doubleOr("max_shift", 1.15)),
                PATCH,
                linear ? Shift.Growth.LINEAR : Shift.Growth.EXPONENTIAL);
    }
}
