package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.UniPc;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.List;
import java.util.Set;

/**
 * What the scheduler_config.json of a FlowMatchEulerDiscreteScheduler, or of a UniPCMultistepScheduler of flows, says.
 *
 * @param shift of the noise levels
 * @param solver how steps are taken
 */
record SchedulerConfig(Shift shift, Solver solver) {
    static final String EULER = "FlowMatchEulerDiscreteScheduler";

    static final String UNI_PC = "UniPCMultistepScheduler";

    /** Of diffusion and not of flows, or read with what is refused alone. */
    private static final Set<String> NOT_OF_FLOWS = Set.of(
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

    /** Those that are neither bh1 nor bh2 are other schedulers', for which diffusers runs bh2. */
    private static final Set<String> TYPES = Set.of("bh1", "bh2", "midpoint", "heun", "logrho");

    /** Cells along one side of an image token; the dynamic shift counts tokens. */
    private static final int PATCH = 2;

    private static final Set<String> OFF = Set.of("false");

    private static final Set<String> ON = Set.of("true");

    /** Read for a dynamic shift alone; a constant one stands under {@code shift}, which then has no effect. */
    private static final Set<String> OF_ONE_SHIFT =
            Set.of("shift", "base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "time_shift_type");

    /** Euler's, of a shift. */
    SchedulerConfig(Shift shift) {
        this(shift, Solver.EULER);
    }

    /** With another shift. */
    SchedulerConfig with(Shift other) {
        return new SchedulerConfig(other, solver);
    }

    /** The class that a configuration says it is of. */
    static String className(Config config) {
        return config.stringOr("_class_name", EULER);
    }

    /**
     * Reads a scheduler's.
     *
     * @param className of the pipeline's index, by which Python reads the configuration
     * @throws FolderException if the configuration is of another class
     */
    static SchedulerConfig read(Config config, String className) {
        String own = config.stringOr("_class_name", className);
        if (!own.equals(className)) {
            throw new FolderException(config.file() + ": _class_name is " + own + ", but model_index.json says "
                    + className + ", and their keys mean other things; let both say the class that the file is of");
        }
        return className.equals(UNI_PC) ? uniPc(config) : new SchedulerConfig(euler(config));
    }

    /** Source: diffusers scheduling_unipc_multistep.py@0.42.1. */
    private static SchedulerConfig uniPc(Config config) {
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
        config.refuseUnless("predict_x0", ON); // diffusers has flows so alone
        config.refuseUnless("lower_order_final", ON); // without it the last step, to level 0, is infinite
        config.refuseUnless("final_sigmas_type", Set.of("zero"));
        config.refuseUnless("solver_p", Set.of());
        config.refuseUnless("solver_type", TYPES);
        Shift shift = config.as(
                it -> new Shift.Constant(it.doubleOr("flow_shift", 1)).endingAt(it.doubleOr("shift_terminal", 0)));
        UniPc.Type type = config.stringOr("solver_type", "bh2").equals("bh1") ? UniPc.Type.BH1 : UniPc.Type.BH2;
        UniPc solver = config.as(
                it -> new UniPc(it.intOr("solver_order", 2), type, it.intsOr("disable_corrector", List.of())));
        config.account(UNI_PC, NOT_OF_FLOWS);
        return new SchedulerConfig(shift, solver);
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
