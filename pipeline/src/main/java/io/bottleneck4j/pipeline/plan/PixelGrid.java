package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.latent.LatentShape;
import java.util.OptionalInt;
import org.apiguardian.api.API;

/**
 * From pixels and frames to latent cells, for the sizes a model accepts.
 *
 * @param cell pixels along one side of a latent cell, as 8
 * @param multiple what width and height must be a multiple of, as 16: a token is 2 × 2 cells
 * @param channels of the latents
 * @param framesPerCell frames of the video that make one latent frame, as 4; the first frame makes one by itself. Absent for a model
 *     that makes pictures
 */
@API(status = API.Status.INTERNAL)
public record PixelGrid(int cell, int multiple, int channels, OptionalInt framesPerCell) {
    private static final int MAX_PIXELS = 1 << 15;
    private static final int MAX_FRAMES = 1 << 15;

    /** What the side of a tile must be a multiple of, as its quarter overlaps the next. */
    private static final int TILE_CELLS = 4;

    /** Of a model that makes pictures. */
    public static PixelGrid ofPictures(int cell, int multiple, int channels) {
        return new PixelGrid(cell, multiple, channels, OptionalInt.empty());
    }

    /** Of a model that makes videos. */
    public static PixelGrid ofVideos(int cell, int multiple, int channels, int framesPerCell) {
        return new PixelGrid(cell, multiple, channels, OptionalInt.of(framesPerCell));
    }

    boolean makesVideos() {
        return framesPerCell.isPresent();
    }

    /**
     * The latents of a picture or video of this size.
     *
     * @param frames of the video; 1 is a picture
     * @throws IllegalArgumentException if a side is not a multiple, or beyond 32,768 pixels, or the frames do not make latent frames
     */
    LatentShape shape(int frames, int width, int height) {
        requireSize(width, height);
        return new LatentShape(channels, latentFrames(frames), height / cell, width / cell);
    }

    /** Does nothing if the model accepts this size; see {@link #shape}. */
    void requireSize(int width, int height) {
        require("width", width);
        require("height", height);
    }

    /**
     * The side of a tile to decode in, in pixels; refuses one that is not of whole cells in every quarter.
     */
    public static int requireTile(int tile, int cell) {
        int multiple = TILE_CELLS * cell;
        if (tile < multiple || tile % multiple != 0) {
            throw new IllegalArgumentException("tile: " + tile + " px is not a multiple of " + multiple + "; use "
                    + Math.max(multiple, tile / multiple * multiple));
        }
        return tile;
    }

    /** The side of a tile for a model whose pictures have such sides, in pixels. */
    int tileLike(int side) {
        int multiple = TILE_CELLS * cell;
        return Math.max(multiple, side / multiple * multiple);
    }

    /** How many latent frames these are; refuses a number that makes none, naming one that does. */
    int latentFrames(int frames) {
        if (!makesVideos()) {
            if (frames != 1) {
                throw new IllegalArgumentException(
                        "frames: " + frames + " asked of a model that makes pictures; leave frames out");
            }
            return 1;
        }
        int each = framesPerCell.getAsInt();
        if (frames < 1) {
            throw new IllegalArgumentException("frames: must be at least 1, not " + frames);
        }
        if (frames > MAX_FRAMES) {
            throw new IllegalArgumentException(
                    "frames: " + frames + " is too many; use at most " + ((MAX_FRAMES - 1) / each * each + 1));
        }
        int below = framesWithin(frames);
        if (frames != below) {
            throw new IllegalArgumentException("frames: " + frames + " is not 1 more than a multiple of " + each
                    + "; use " + below + " or " + (below + each));
        }
        return (frames - 1) / each + 1;
    }

    /** The most frames of a video that are not more than so many. */
    int framesWithin(int most) {
        int each = framesPerCell.orElseThrow();
        return (most - 1) / each * each + 1;
    }

    private void require(String what, int pixels) {
        int below = pixels / multiple * multiple;
        if (pixels < multiple) {
            throw new IllegalArgumentException(what + ": " + pixels + " px is too small; use at least " + multiple);
        }
        if (pixels > MAX_PIXELS) {
            throw new IllegalArgumentException(what + ": " + pixels + " px is too large; use at most " + MAX_PIXELS);
        }
        if (pixels != below) {
            throw new IllegalArgumentException(what + ": " + pixels + " px is not a multiple of " + multiple + "; use "
                    + below + " or " + (below + multiple));
        }
    }

    /** The nearest size the model accepts. */
    public int nearest(double pixels) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(multiple, Math.round(pixels / multiple) * multiple));
    }
}
