package io.bottleneck4j.models.media;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.FrameGrabber;
import org.jspecify.annotations.Nullable;

/** Reads the frames of a video that {@link VideoWriter} wrote, one by one. */
public final class VideoReader implements Closeable {
    private final Path file;
    private final @Nullable FFmpegFrameGrabber grabber;
    private int read;

    private VideoReader(Path file, @Nullable FFmpegFrameGrabber grabber) {
        this.file = file;
        this.grabber = grabber;
    }

    /**
     * Begins to read mp4, webm, gif, or numbered PNG frames by their name without numbers; refuses what is not there,
     * or no video.
     */
    public static VideoReader open(Path file) {
        if (VideoFormat.of(file) == VideoFormat.PNG) {
            requireFile(VideoFormat.frame(file, 0));
            return new VideoReader(file, null);
        }
        return new VideoReader(file, grabber(file));
    }

    /** A started grabber. */
    static FFmpegFrameGrabber grabber(Path file) {
        requireFile(file);
        Ffmpeg.require();
        FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(file.toFile());
        grabber.setImageMode(FrameGrabber.ImageMode.RAW);
        try {
            grabber.start();
            return grabber;
        } catch (FrameGrabber.Exception e) {
            throw new IllegalArgumentException(
                    file + ": must be a video, and ffmpeg cannot read it; use an intact copy", e);
        }
    }

    static void requireFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": must be a video file, and there is none; check the name");
        }
    }

    /** Frames shown a second; of numbered frames, which do not say, NaN. */
    public double fps() {
        return grabber == null ? Double.NaN : grabber.getFrameRate();
    }

    /**
     * The next frame; null after the last.
     *
     * @throws IllegalArgumentException if the video is stored in colours that bottleneck4j does not write
     * @throws IOException if it cannot be read
     */
    public @Nullable Picture next() throws IOException {
        if (grabber == null) {
            Path frame = VideoFormat.frame(file, read++);
            return Files.exists(frame) ? PngReader.read(frame) : null;
        }
        Frame frame = grabber.grabImage();
        if (frame == null) {
            return null;
        }
        try {
            return DecodedFrame.picture((AVFrame) frame.opaque);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        if (grabber != null) {
            grabber.release();
        }
    }

    /**
     * RGB of a frame as ffmpeg decodes it: BGRA of GIF, or YUV with colour for every second pixel. JavaCV's own conversion takes every video
     * for BT.601. Source: Recommendation ITU-R BT.709-6, 3.2 and 4.6.
     */
    private static final class DecodedFrame {
        private static final double RED = 0.2126;
        private static final double BLUE = 0.0722;
        private static final double GREEN = 1 - RED - BLUE;

        private DecodedFrame() {}

        static Picture picture(AVFrame frame) {
            if (frame.format() == AV_PIX_FMT_BGRA) {
                return bgra(frame);
            }
            if (frame.format() != AV_PIX_FMT_YUV420P
                    || frame.colorspace() != AVCOL_SPC_BT709
                    || frame.color_range() != AVCOL_RANGE_MPEG) {
                throw new IllegalArgumentException(
                        "must be YUV 4:2:0 of BT.709, and is not; give a video by bottleneck4j");
            }
            return yuv(frame);
        }

        private static Picture bgra(AVFrame frame) {
            int width = frame.width();
            int height = frame.height();
            byte[] from = plane(frame, 0, 4 * width, height);
            byte[] rgb = new byte[3 * width * height];
            for (int i = 0; i < width * height; i++) {
                rgb[3 * i] = from[4 * i + 2];
                rgb[3 * i + 1] = from[4 * i + 1];
                rgb[3 * i + 2] = from[4 * i];
            }
            return new Picture(width, height, rgb);
        }

        private static Picture yuv(AVFrame frame) {
            int width = frame.width();
            int height = frame.height();
            byte[] luma = plane(frame, 0, width, height);
            byte[] cb = plane(frame, 1, width / 2, height / 2);
            byte[] cr = plane(frame, 2, width / 2, height / 2);
            byte[] rgb = new byte[3 * width * height];
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int i = y * width + x;
                    double l = ((luma[i] & 0xff) - 16) * 255.0 / 219;
                    double b = colour(cb, width / 2, height / 2, x, y);
                    double r = colour(cr, width / 2, height / 2, x, y);
                    rgb[3 * i] = level(l + 2 * (1 - RED) * r);
                    rgb[3 * i + 1] = level(l - (2 * (1 - RED) * RED * r + 2 * (1 - BLUE) * BLUE * b) / GREEN);
                    rgb[3 * i + 2] = level(l + 2 * (1 - BLUE) * b);
                }
            }
            return new Picture(width, height, rgb);
        }

        /** Linear between the samples, which lie on even columns and halfway between two rows. */
        private static double colour(byte[] plane, int width, int height, int x, int y) {
            int left = x / 2;
            int right = Math.min(width - 1, left + x % 2);
            int near = y / 2;
            int far = Math.min(height - 1, Math.max(0, near + (y % 2 == 0 ? -1 : 1)));
            double atNear = (plane[near * width + left] & 0xff) + (plane[near * width + right] & 0xff);
            double atFar = (plane[far * width + left] & 0xff) + (plane[far * width + right] & 0xff);
            return ((3 * atNear + atFar) / 8 - 128) * 255 / 224;
        }

        private static byte level(double value) {
            return (byte) Math.max(0, Math.min(255, Math.round(value)));
        }

        /** The rows without what lies behind each. */
        private static byte[] plane(AVFrame frame, int index, int width, int height) {
            byte[] values = new byte[width * height];
            for (int y = 0; y < height; y++) {
                frame.data(index).position((long) y * frame.linesize(index)).get(values, y * width, width);
            }
            return values;
        }
    }
}
