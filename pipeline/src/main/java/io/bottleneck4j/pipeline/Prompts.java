package io.bottleneck4j.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * What a request's texts become.
 *
 * @param negative needed where {@code trueCfgScale} is above 1
 */
public record Prompts(PromptEmbeds positive, @Nullable PromptEmbeds negative) {}
