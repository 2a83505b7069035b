package io.bottleneck4j.pipeline.plan;

/** Whose timestep shift a plan's stages run with. */
public enum ShiftSource {

    /** Each stage's own, as the plan writes it: the method. */
    STAGE,

    /**
     * The model's, as its scheduler has it, at every stage; a dynamic one follows each stage's size.
     *
     * <p>Only to see what the stages' shifts are for. Source: arXiv 2503.18940, Table 3.
     */
    MODEL
}
