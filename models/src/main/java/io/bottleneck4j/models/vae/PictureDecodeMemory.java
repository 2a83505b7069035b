package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.DType;
import java.util.List;

/**
 * The memory that {@link AutoencoderKl#decode} needs beside the weights, foretold from shapes alone, as {@link VideoDecodeMemory} does:
 * where the first residual block at the picture's own resolution changes the channels, 2 · in + out of every pixel and a copy of its
 * input in a convolution.
 */
public final class PictureDecodeMemory {
    private PictureDecodeMemory() {}

    /**
     * Bytes at the peak.
     *
     * @param height of the latents, in cells
     * @param width of the latents, in cells
     */
    public static long bytes(AutoencoderKlConfig config, DType dtype, long height, long width) {
        List<Integer> channels = config.blockOutChannels();
        long out = channels.get(0);
        long in = channels.get(Math.min(1, channels.size() - 1));
        long pixels = height * width * config.pixelsPerCell() * config.pixelsPerCell();
        return pixels * (3 * in + out) * dtype.bytes();
    }
}
