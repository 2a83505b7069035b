package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.DType;
import java.util.List;

/**
 * The memory that {@link AutoencoderKlWan}'s decoding needs beside the weights, foretold from shapes alone, as {@link VideoDecodeMemory}
 * does: the two frames that every convolution remembers of its input; the activations of a chunk where they are largest, a residual block's
 * input, normalised input and result, and the copies of an input in and around a convolution; and in tiles the decoded video.
 */
public final class WanDecodeMemory {
    /** Frames that a convolution remembers. */
    private static final long REMEMBERED = 2;

    private final boolean video;
    private long frames = 1;
    private long positions;
    private long remembered;
    private long most;

    private WanDecodeMemory(boolean video, long positions) {
        this.video = video;
        this.positions = positions;
    }

    /**
     * Bytes at the peak.
     *
     * @param tile side of a tile in pixels, 0 for none
     * @param frames of the latents, as 21
     * @param height of the latents, in cells
     * @param width of the latents, in cells
     */
    public static long bytes(AutoencoderKlWanConfig c, DType dtype, int tile, long frames, long height, long width) {
        long side = tile == 0 ? Math.max(height, width) : tile / c.cell();
        boolean tiled = height > side || width > side;
        long cells = Math.min(height, side) * Math.min(width, side);
        long elements = new WanDecodeMemory(frames > 1, cells).elements(c);
        if (tiled) {
            long values = 3 * AutoencoderKlWanConfig.frames(frames) * c.cell() * c.cell();
            int copies = c.patchSize() == 1 ? 1 : 2; // in patches and put together
            elements += values * (copies * height * width + cells); // all of it, and the last tile
        }
        return elements * dtype.bytes();
    }

    private long elements(AutoencoderKlWanConfig config) {
        List<Integer> multiples = config.dimMult();
        int last = multiples.size() - 1;
        long in = (long) config.decoderBaseDim() * multiples.get(last);
        convolve(config.zDim(), in, 0);
        resnet(in, in);
        resnet(in, in);
        for (int i = 0; i <= last; i++) {
            long out = (long) config.decoderBaseDim() * multiples.get(last - i);
            for (int j = 0; j <= config.numResBlocks(); j++) {
                resnet(j == 0 ? in : out, out);
            }
            in = out;
            if (i < last) {
                in = config.isResidual() ? out : out / 2;
                if (video && config.temporalDownsample().get(last - 1 - i)) {
                    convolve(out, 2 * out, 0);
                    frames *= 2;
                }
                positions *= 4;
                most = Math.max(
                        most, frames * positions * (2 * out + in)); // enlarged, copied by the convolution, its result
            }
        }
        convolve(in, config.outChannels(), 0);
        return most + remembered;
    }

    private void resnet(long in, long out) {
        convolve(in, out, in);
        convolve(out, out, in == out ? in : in + out);
    }

    /** A convolution beside which {@code held} other channels live; it copies its input with what it remembers, and libtorch once more. */
    private void convolve(long in, long out, long held) {
        long seen = frames + (video ? REMEMBERED : 0);
        most = Math.max(most, positions * (frames * (in + out + held) + 2 * seen * in));
        remembered += REMEMBERED * positions * in;
    }
}
