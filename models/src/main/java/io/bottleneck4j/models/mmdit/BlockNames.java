package io.bottleneck4j.models.mmdit;

/**
 * What the layers of a double-stream block are called where families differ.
 *
 * @param imgModulation the layer that makes the image's shifts, scales and gates
 * @param txtModulation the text's
 * @param imgFeedForward the image's feed-forward
 * @param txtFeedForward the text's
 */
public record BlockNames(String imgModulation, String txtModulation, String imgFeedForward, String txtFeedForward) {
    /** FLUX.1's and HunyuanVideo's. */
    public static final BlockNames FLUX = new BlockNames("norm1.linear", "norm1_context.linear", "ff", "ff_context");
}
