package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.Set;

/** Reads the timestep shift of the scheduler_config.json of a FlowMatchEulerDiscreteScheduler, or a UniPCMultistepScheduler of flows. */
final class SchedulerConfig {
    static final String EULER = "FlowMatchEulerDiscreteScheduler";

    static final String UNI_PC = "UniPCMultistepScheduler";

    /** How UniPC steps, which is not done here, and noise schedules that are of diffusion and not of flows. */
    private static final Set<String> OF_UNI_PC = Set.of(
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "rescale_betas_zero_snr",
            "solver_order",
            "solver_type",
            "solver_p",
            "predict_x0",
            "lower_order_final",
            "disable_corrector",
            "dynamic_thresholding_ratio",
            "sample_max_value",
            "timestep_spacing",
            "steps_offset",
            "time_shift_type",
            "sigma_min",
            "sigma_max");

    /** Cells along one side of an image token; the dynamic shift counts tokens. */
    private static final int PATCH = 2;

    private static final Set<String> OFF = Set.of("false");

    /** Read for a dynamic shift alone; a constant one stands under {@code shift}, which then has no effect. */
    private static final Set<String> OF_ONE_SHIFT =
            Set.of("shift", "base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "time_shift_type");

    private SchedulerConfig() {}

    /** The class that a configuration says it is of. */
    static String className(Config config) {
        return config.stringOr("_class_name", EULER);
    }

    /**
     * The shift of a scheduler.
     *
     * @param className of the pipeline's index, by which Python reads the configuration
     * @throws FolderException if the configuration is of another class
     */
    static Shift shift(Config config, String className) {
        String own = config.stringOr("_class_name", className);
        if (!own.equals(className)) {
            throw new FolderException(config.file() + ": _class_name is " + own + ", but model_index.json says "
                    + className + ", and their keys mean other things; let both say the class that the file is of");
        }
        return className.equals(UNI_PC) ? uniPc(config) : euler(config);
    }

    /**
     * Of flows, with the levels that diffusers makes by flow_shift; they begin at the shifted 0.999 there and at 1 here. Source: diffusers
     * scheduling_unipc_multistep.py@0.42.1, set_timesteps.
     */
    private static Shift uniPc(Config config) {
        config.refuseUnless("num_train_timesteps", Set.of("1000"));
        if (!config.stringOr("prediction_type", "epsilon").equals("flow_prediction")
                || !config.booleanOr("use_flow_sigmas", false)) {
            throw new FolderException(config.file() + ": prediction_type: must be flow_prediction with use_flow_sigmas"
                    + " true, as no other model is read");
        }
        for (String variant : new String[] {
            "thresholding", "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_dynamic_shifting"
        }) {
            config.refuseUnless(variant, OFF);
        }
        config.refuseUnless("final_sigmas_type", Set.of("zero"));
        config.refuseUnless("shift_terminal", Set.of());
        Shift shift = config.as(it -> new Shift.Constant(it.doubleOr("flow_shift", 1)));
        config.account(UNI_PC, OF_UNI_PC);
        return shift;
    }

    private static Shift euler(Config config) {
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
        config.account(EULER, OF_ONE_SHIFT);
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
