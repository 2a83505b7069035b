package io.bottleneck4j.cli;

import io.bottleneck4j.models.pipeline.ImageRequest;
import io.bottleneck4j.models.pipeline.RequestBuilder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the picture shows. */
final class PromptOptions {
    @Option(
            names = "--prompt-file",
            paramLabel = "F",
            description = "Read prompts from a UTF-8 file, one a line, in place of PROMPT.")
    @Nullable
    Path promptFile;

    @Option(
            names = "--negative-prompt",
            paramLabel = "T",
            description = "What to steer away from; needs --true-cfg-scale above 1.")
    @Nullable
    String negativePrompt;

    @Option(
            names = "--true-cfg-scale",
            paramLabel = "C",
            description = "Classifier-free guidance with a second forward a step; 1 (default) is off.")
    @Nullable
    Double trueCfgScale;

    @Option(
            names = "--guidance",
            paramLabel = "G",
            description = "Embedded guidance of FLUX.1-dev and HunyuanVideo. Default: the model's, else 3.5 and 6.")
    @Nullable
    Double guidance;

    @Option(
            names = "--max-sequence-length",
            paramLabel = "L",
            description = "Tokens T5 or Llama reads, 1 to 512. Default: what T5's tokenizer states, 256 of Llama.")
    @Nullable
    Integer maxSequenceLength;

    /**
     * The prompts, in order.
     *
     * @param words what stands on the command line
     * @param stored the prompt of {@code --from-png}, if any
     * @throws IllegalArgumentException if there is none, or more than one source of them
     */
    List<String> prompts(List<String> words, @Nullable String stored) {
        if (words.size() > 1) {
            throw new IllegalArgumentException("prompt: must be one argument, not " + words.size()
                    + "; put it in quotes: \"" + String.join(" ", words) + "\"");
        }
        if (promptFile != null) {
            if (!words.isEmpty()) {
                throw new IllegalArgumentException("prompt: give either PROMPT or --prompt-file, not both");
            }
            return PromptFile.read("prompt-file", promptFile);
        }
        if (!words.isEmpty()) {
            return List.of(words.get(0));
        }
        if (stored != null) {
            return List.of(stored);
        }
        throw new IllegalArgumentException(
                "prompt: is missing; say what the picture shows, as in: bottleneck4j generate \"a red fox\"");
    }

    /** Sets what the options give. */
    void apply(RequestBuilder<?> request) {
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
    void warnOfNoEffect(Maker maker, ImageRequest request, Notes notes) {
        if (guidance != null && !maker.usesGuidance()) {
            notes.warning("--guidance has no effect: this model has no guidance embedding; --true-cfg-scale guides it");
        }
        if (negativePrompt != null && !request.usesTrueCfg()) {
            notes.warning("--negative-prompt has no effect without --true-cfg-scale above 1");
        }
    }
}
