package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.DType;
import java.util.List;

/**
 * The memory that {@link AutoencoderKlHunyuanVideo#decode(io.bottleneck4j.torch.Tensor, VideoTiling, java.util.function.Consumer)} needs
 * beside the weights, foretold from shapes alone: the activations that live at once where they are largest, which is as a rule the first
 * residual block at the video's own resolution, 2 · in + out channels of every pixel of a tile; the copies in a convolution; and the
 * frames of a tile of time, put together from tiles of space.
 *
 * <p>A convolution's copies are libtorch's on a CPU. Most are computed by oneDNN, which copies its input once more, and rounds channels
 * up to 16 in that copy and, where they are no such multiple, in one of the result. Small ones in float32 are computed by unrolling:
 * every position's neighbourhood is written out. Where small ends was inferred from what libtorch 2.10.0 used, not read in its source.
 *
 * <p>What the allocator keeps in reserve is not in it.
 */
public final class VideoDecodeMemory {
    /** Side of the convolutions' kernel. */
    private static final long KERNEL = 3;

    /** Channels that oneDNN takes together. */
    private static final long CHANNEL_BLOCK = 16;

    /** Up to this many channels × frames × rows of its input a convolution is small. */
    private static final long SMALL_CONVOLUTION = 20480;

    private final AutoencoderKlHunyuanVideoConfig config;
    private final DType dtype;
    private final VideoGeometry geometry;
    private long most;
    private long frames;
    private long height;
    private long width;

    private VideoDecodeMemory(
            AutoencoderKlHunyuanVideoConfig config, DType dtype, long frames, long height, long width) {
        this.config = config;
        this.dtype = dtype;
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
        long coded = new VideoDecodeMemory(config, dtype, tileFrames, tileHeight, tileWidth).elements();
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
        long edges = KERNEL - 1;
        long framePlane = (height + edges) * (width + edges);
        long some = Math.min(frames, CausalConv3d.framesAtATime(in * framePlane));
        long copy = (some + edges) * framePlane;
        long made = some * height * width;
        long result = some < frames ? made * out : 0;
        boolean small = dtype == DType.FLOAT32 && in * (some + edges) * (height + edges) <= SMALL_CONVOLUTION;
        long within = small
                ? KERNEL * KERNEL * KERNEL * in * made
                : copy * roundedUp(in) + (out % CHANNEL_BLOCK == 0 ? 0 : made * roundedUp(out));
        most = Math.max(most, positions() * (in + out + held) + copy * in + within + result);
    }

    private static long roundedUp(long channels) {
        return (channels + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK * CHANNEL_BLOCK;
    }

    private void live(long channels) {
        most = Math.max(most, positions() * channels);
    }

    private long positions() {
        return frames * height * width;
    }
}
