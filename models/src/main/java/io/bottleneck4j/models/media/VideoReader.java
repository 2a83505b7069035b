package io.bottleneck4j.models.media;

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
     * Begins to read.
     *
     * @param file mp4, webm, gif, or the name of numbered PNG frames without their numbers
     * @throws IllegalArgumentException if there is none, or it is no video
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

    private static void requireFile(Path file) {
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
}
