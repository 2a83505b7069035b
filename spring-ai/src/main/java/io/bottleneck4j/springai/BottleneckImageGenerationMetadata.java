package io.bottleneck4j.springai;

import org.springframework.ai.image.ImageGenerationMetadata;

/**
 * How a picture was made, for what its file says itself.
 *
 * @param seed 64 bits without a sign
 * @param mimeType {@code image/png} or {@code image/jpeg}
 */
public record BottleneckImageGenerationMetadata(long seed, String mimeType) implements ImageGenerationMetadata {}
