package io.bottleneck4j.cli.options;

import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.pipeline.Request;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How closely a prompt is followed. */
public class GuidanceOptions {
    @Option(names = "--negative-prompt", paramLabel = "T")
    public @Nullable String negativePrompt;

    @Option(names = "--true-cfg-scale", paramLabel = "C")
    public @Nullable Double trueCfgScale;

    @Option(names = "--true-cfg-scale-2", paramLabel = "C")
    public @Nullable Double trueCfgScale2;

    @Option(names = "--guidance", paramLabel = "G")
    public @Nullable Double guidance;

    @Option(names = "--max-sequence-length", paramLabel = "L")
    public @Nullable Integer maxSequenceLength;

    /** Sets what the options give. */
    public void apply(Request.Builder request) {
        if (negativePrompt != null) {
            request.negativePrompt(negativePrompt);
        }
        if (trueCfgScale != null) {
            request.trueCfgScale(trueCfgScale);
        }
        if (trueCfgScale2 != null) {
            request.trueCfgScale2(trueCfgScale2);
        }
        if (guidance != null) {
            request.guidance(guidance);
        }
        if (maxSequenceLength != null) {
            request.maxSequenceLength(maxSequenceLength);
        }
    }

    /** Says which options change nothing, and which do harm together. */
    public void warn(Request request, Notes notes) {
        if (guidance != null && !request.model().usesGuidance()) {
            notes.warning("--guidance has no effect: this model has no guidance embedding; --true-cfg-scale guides it");
        }
        if (negativePrompt != null && !request.usesTrueCfg()) {
            notes.warning("--negative-prompt has no effect without --true-cfg-scale above 1");
        }
        if (request.prompt().contains("<lora:")) {
            notes.warning(
                    "<lora:...> in a prompt is read as words and adds nothing; add the file by --lora FILE:SCALE");
        }
        StagePlan plan = request.plan().stages();
        if (request.usesTrueCfg() && plan.isCached() && plan.stages().size() > 1) {
            notes.warning("with true guidance, caches in stages of few steps made broken pictures on the bundled model;"
                    + " use a plan without caches, or a cache on the baseline plan (docs/caches.md)");
        }
    }
}
