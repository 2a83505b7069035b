package io.bottleneck4j.pipeline;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a request's texts become. */
public record Prompts(PromptEmbeds positive, @Nullable PromptEmbeds negative) {

    /** Encodes the prompt, and the negative one where it is used. */
    static Prompts of(ImageRequest request, Function<String, PromptEmbeds> encode) {
        return new Prompts(
                encode.apply(request.prompt()), request.usesTrueCfg() ? encode.apply(request.negativePrompt()) : null);
    }
}
