package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.DType;
import java.util.List;

/**
 * The memory that {@link AutoencoderKlHunyuanVideo#decode(io.bottleneck4j.torch.Tensor, VideoTiling, java.util.function.Consumer)} needs
 * beside the weights, foretold from shapes alone: the activations that live at once where they are largest, which is as a rule the first
 * residual block at the video's own resolution, 2 · in + out channels of every pixel of a tile; the copy in a convolution; and the frames
 * of a tile of time, put together from tiles of space.
 *
 * <p>What the allocator keeps in reserve is not in it.
 */
public final class VideoDecodeMemory {
    /** The copy with its edges, and oneDNN's of that: a process was measured to grow by both. */
    private static final long COPIES = 2;

    private final AutoencoderKlHunyuanVideoConfig config;
    private final VideoGeometry geometry;
    private long most;
    private long frames;
    private long height;
    private long width;

    private VideoDecodeMemory(AutoencoderKlHunyuanVideoConfig config, long frames, long height, long width) {
        this.config = config;
        geometry = config.geometry();
        this.frames = frames;
        this.height = height;
        this.width = width;
    }

    /**
     * Bytes at the peak.
     *
     * @param frames of the latents, as 33
     * @param height of the latents, in cells
     * @param width of the latents, in cells
     */
    public static long bytes(
            AutoencoderKlHunyuanVideoConfig config,
            DType dtype,
            VideoTiling tiling,
            long frames,
            long height,
            long width) {
        int cell = config.spatialCompressionRatio();
        VideoTiling.Axes axes = tiling.decoding(cell, config.temporalCompressionRatio());
        long tileFrames = frames <= axes.frames().in()
                ? frames
                : Math.min(frames, axes.frames().in() + 1L);
        long tileHeight = Math.min(height, axes.height().in());
        long tileWidth = Math.min(width, axes.width().in());
        long coded = new VideoDecodeMemory(config, tileFrames, tileHeight, tileWidth).elements();
        long pixels = config.outChannels() * height * cell * width * cell;
        boolean parted = tileHeight < height || tileWidth < width;
        long together = parted ? config.frames(tileFrames) * pixels : 0;
        long end = frames > axes.frames().in() ? axes.frames().overlap() * pixels : 0;
        return (coded + together + end) * dtype.bytes();
    }

    /** Elements that live at once when a tile is decoded. */
    private long elements() {
        List<Integer> channels = config.blockOutChannels();
        int last = channels.size() - 1;
        int in = config.innermostChannels();
        convolve(config.latentChannels(), in, 0);
        resnet(in, in);
        if (config.midBlockAddAttention()) {
            live(6L * in); // x, the same normalised, queries, keys, values and the result
        }
        resnet(in, in);
        for (int index = 0; index <= last; index++) {
            int out = channels.get(last - index);
            for (int i = 0; i <= config.layersPerBlock(); i++) {
                resnet(in, out);
                in = out;
            }
            if (!geometry.factors(index).isNone()) {
                grow(geometry.factors(index), in);
                convolve(in, in, 0);
            }
        }
        live(2L * in);
        convolve(in, config.outChannels(), 0);
        return most;
    }

    private void resnet(int in, int out) {
        convolve(in, out, in);
        convolve(out, out, in);
    }

    private void grow(VideoGeometry.Factors factors, int channels) {
        long before = positions() * channels;
        frames = 1 + (frames - 1) * factors.time();
        height *= factors.side();
        width *= factors.side();
        most = Math.max(most, before + positions() * channels);
    }

    /** A convolution beside which {@code held} other channels live. */
    private void convolve(int in, int out, int held) {
        long atATime = CausalConv3d.framesAtATime(in * (height + 2) * (width + 2));
        long some = Math.min(frames, atATime);
        long copy = (some + 2) * (height + 2) * (width + 2) * in;
        long result = some < frames ? some * height * width * out : 0;
        most = Math.max(most, positions() * (in + out + held) + COPIES * copy + result);
    }

    private void live(long channels) {
        most = Math.max(most, positions() * channels);
    }

    private long positions() {
        return frames * height * width;
    }
}
