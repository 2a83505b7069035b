package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.drawing.Canvas;
import io.bottleneck4j.eval.drawing.Lettering;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The videos of several plans in one, each under its plan's name, frame for frame. */
final class SideBySide implements AutoCloseable {
    /** Frames in a {@link #filmstrip}. */
    static final int STRIP_FRAMES = 3;

    private static final int GAP = 8;
    private static final Lettering TEXT = Lettering.BOLD;

    private final List<Panel> panels;
    private final List<VideoReader> readers = new ArrayList<>();
    private final int width;
    private final int height;

    /** One of the videos, under its plan's name. */
    public record Panel(String name, Path video) {}

    /** Of videos of one size, in pixels. */
    public SideBySide(List<Panel> panels, int width, int height) {
        this.panels = List.copyOf(panels);
        this.width = width;
        this.height = height;
        try {
            panels.forEach(panel -> readers.add(VideoReader.open(panel.video())));
        } catch (RuntimeException e) {
            closeAfter(e);
            throw e;
        }
    }

    /** Frames a second, as the first of the videos has them. */
    public int fps() {
        return (int) Math.round(readers.get(0).fps());
    }

    /** Pixels of the whole, an even number. */
    public int width() {
        int needed = panels.size() * (width + GAP) - GAP;
        return needed + needed % 2;
    }

    /** Pixels of the whole, an even number. */
    public int height() {
        int needed = TEXT.lineHeight() + height;
        return needed + needed % 2;
    }

    /** The next frame; null once one of the videos has ended. */
    public @Nullable Picture next() throws IOException {
        Canvas canvas = new Canvas(width(), height());
        for (int i = 0; i < panels.size(); i++) {
            Picture frame = readers.get(i).next();
            if (frame == null) {
                return null;
            }
            int left = i * (width + GAP);
            canvas.write(TEXT, TEXT.cut(panels.get(i).name(), width), left, 0);
            canvas.draw(frame, left, TEXT.lineHeight());
        }
        return canvas.picture();
    }

    /** Closes every video, whatever comes of the others. */
    @Override
    public void close() {
        RuntimeException none = new IllegalStateException("videos: cannot be closed");
        closeAfter(none);
        if (none.getSuppressed().length > 0) {
            throw none;
        }
    }

    private void closeAfter(RuntimeException failure) {
        for (VideoReader reader : readers) {
            try {
                reader.close();
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
        }
    }

    /**
     * The first, the middle and the last of a video's frames side by side, for sheets; IllegalArgumentException if the
     * video is shorter, or none of bottleneck4j.
     */
    static Picture filmstrip(Path video, int frames) throws IOException {
        try (VideoReader reader = VideoReader.open(video)) {
            Canvas strip = null;
            int width = 0;
            for (int i = 0; i < frames; i++) {
                Picture frame = reader.next();
                if (frame == null) {
                    throw new IllegalArgumentException(
                            "frames: " + video + " has " + i + ", not " + frames + "; remove it to make it again");
                }
                if (strip == null) {
                    width = frame.width();
                    strip = new Canvas(STRIP_FRAMES * width, frame.height());
                }
                for (int place = 0; place < STRIP_FRAMES; place++) {
                    if (i == place * (frames - 1) / (STRIP_FRAMES - 1)) {
                        strip.draw(frame, place * width, 0);
                    }
                }
            }
            if (strip == null) {
                throw new IllegalArgumentException("frames: must be at least 1, not " + frames);
            }
            return strip.picture();
        }
    }
}
