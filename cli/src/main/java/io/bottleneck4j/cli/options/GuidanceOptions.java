package io.bottleneck4j.cli.options;

import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.pipeline.Request;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How closely a prompt is followed. */
public class GuidanceOptions {
    @Option(
            names = "--negative-prompt",
            paramLabel = "T",
            description = "What to steer away from; needs --true-cfg-scale above 1.")
    public @Nullable String negativePrompt;

    @Option(
            names = "--true-cfg-scale",
            paramLabel = "C",
            description = "Classifier-free guidance with a second forward a step; 1 (default) is off.")
    public @Nullable Double trueCfgScale;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description = "Embedded guidance of FLUX.1-dev and HunyuanVideo. Default: the model's, else 3.5 and 6.")
    public @Nullable Double guidance;

    @Option(
            names = "--max-sequence-length",
            paramLabel = "L",
            description = "Tokens T5 or Llama reads, 1 to 512. Default: what T5's tokenizer states, 256 of Llama.")
    public @Nullable Integer maxSequenceLength;

    /** Sets what the options give. */
    public void apply(Request.Builder request) {
        if (negativePrompt != null) {
            request.negativePrompt(negativePrompt);
        }
        if (trueCfgScale != null) {
            request.trueCfgScale(trueCfgScale);
        }
        if (guidance != null) {
            request.guidance(guidance);
        }
        if (maxSequenceLength != null) {
            request.maxSequenceLength(maxSequenceLength);
        }
    }

    /** Says which options change nothing. */
    public void warnOfNoEffect(Request request, Notes notes) {
        if (guidance != null && !request.model().usesGuidance()) {
            notes.warning("--guidance has no effect: this model has no guidance embedding; --true-cfg-scale guides it");
        }
        if (negativePrompt != null && !request.usesTrueCfg()) {
            notes.warning("--negative-prompt has no effect without --true-cfg-scale above 1");
        }
    }
}
