package io.bottleneck4j.models.vae;

/**
 * How videos are cut into overlapping tiles, in pixels and frames of the video. Source: diffusers
 * autoencoder_kl_hunyuan_video.py@0.42.1, {@code tile_sample_min_*} and {@code tile_sample_stride_*}.
 *
 * @param height lengths of multiples of a cell's side
 * @param width the same
 * @param frames lengths of multiples of the frames in a cell; a tile has one frame more, the first
 */
public record VideoTiling(Side height, Side width, Side frames) {
    /** Diffusers' own: tiles of 256 × 256 pixels and 16 frames, each overlapping the next by a quarter. */
    public static final VideoTiling STANDARD =
            new VideoTiling(new Side(256, 192), new Side(256, 192), new Side(16, 12));

    /** The same tiles of time, of frames that are not cut up to this size. */
    public VideoTiling withWholeFrames(int height, int width) {
        return new VideoTiling(new Side(height, height), new Side(width, width), frames);
    }

    /**
     * Tiles along one dimension; what is no longer than a tile stays whole.
     *
     * @param tile length of a tile
     * @param stride from the start of one tile to the start of the next; the rest is blended
     */
    public record Side(int tile, int stride) {
        public Side {
            if (stride <= 0 || tile < stride) {
                throw new IllegalArgumentException(
                        "tile: its stride must be from 1 to its length " + tile + ", not " + stride);
            }
        }

        /** Tiles of the video made of tiles of latents. */
        private Tiles.Axis decoding(String name, String unit, int cell) {
            Autoencoder.requireMultiple("tile " + name, tile, unit, cell);
            Autoencoder.requireMultiple("tile stride of " + name, stride, unit, cell);
            return new Tiles.Axis(tile / cell, stride / cell, tile, stride);
        }
    }

    /** Tiles of latents and what becomes of them; the other way round they are those of an encoder. */
    record Axes(Tiles.Axis height, Tiles.Axis width, Tiles.Axis frames) {
        Axes reversed() {
            return new Axes(height.reversed(), width.reversed(), frames.reversed());
        }
    }

    /** Tiles for a decoder, whose cells must divide their lengths. */
    Axes decoding(int pixelsPerCell, int framesPerCell) {
        return new Axes(
                height.decoding("height", "px", pixelsPerCell),
                width.decoding("width", "px", pixelsPerCell),
                frames.decoding("frames", "frames", framesPerCell));
    }
}
