package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.JpegWriter;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import io.bottleneck4j.models.media.WebpWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** A file that pictures or videos are written to, by its ending, whole or not at all. */
@API(status = API.Status.INTERNAL)
public final class OutputFile {
    private final Path path;
    private final @Nullable VideoFormat format;
    private OptionalInt quality = OptionalInt.empty();

    private OutputFile(Path path, @Nullable VideoFormat format) {
        this.path = path;
        this.format = format;
    }

    /** Where frames come from: they are handed out in order. */
    @FunctionalInterface
    public interface Frames {
        void handTo(FrameSink sink) throws IOException;
    }

    /**
     * The file of that name; refuses an ending that is none of the kind's, and a format that this machine cannot write.
     */
    public static OutputFile of(Path file, Model.Kind kind) {
        if (kind == Model.Kind.VIDEO) {
            VideoFormat format = VideoFormat.of(file);
            format.requireEncoder();
            return new OutputFile(file, format);
        }
        if (isWebp(file)) {
            WebpWriter.requireEncoder();
        } else if (!isJpeg(file) && !hasEnding(file, ".png")) {
            throw new IllegalArgumentException(wrongEnding("output", file, ".png") + ", or .jpg, or .webp");
        }
        return new OutputFile(file, null);
    }

    /** How much of a JPEG or WebP picture is kept, from 0 to 100; empty for the usual. Of PNG and videos it is without effect. */
    OutputFile quality(OptionalInt percent) {
        quality = percent;
        return this;
    }

    private static boolean isJpeg(Path file) {
        return hasEnding(file, ".jpg") || hasEnding(file, ".jpeg");
    }

    private static boolean isWebp(Path file) {
        return hasEnding(file, ".webp");
    }

    private static boolean hasEnding(Path file, String ending) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(ending);
    }

    /** Refuses a name with another ending than this, as {@code .png}; {@code what} is the file, for the message. */
    public static void requireEnding(String what, Path file, String ending) {
        if (!hasEnding(file, ending)) {
            throw new IllegalArgumentException(wrongEnding(what, file, ending));
        }
    }

    private static String wrongEnding(String what, Path file, String ending) {
        String name = String.valueOf(file.getFileName());
        String stem = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
        return what + ": must end in " + ending + ", not '" + file + "'; use " + file.resolveSibling(stem + ending);
    }

    /** Finds out before any work whether it can be written, and complains if it cannot. */
    public void requireWritable() throws IOException {
        if (format == null) {
            PngWriter.requireTarget(path);
        } else {
            format.requireTarget(path);
        }
    }

    /** Refuses a size that its format has no place for. */
    void requireSize(int width, int height) {
        if (format == null && isWebp(path)) {
            WebpWriter.requireSize(width, height);
        }
    }

    /**
     * Writes it.
     *
     * @param texts the file's, as {@link Settings#texts}
     * @param fps frames a second of a video
     * @param cancellation stops between frames; nothing half-written stays
     * @throws IOException if it cannot be written
     */
    public void write(Map<String, String> texts, int fps, Frames frames, Cancellation cancellation) throws IOException {
        cancellation.check(format == null ? "while the picture was decoded" : "while the video was encoded");
        if (format == null) {
            Picture[] picture = new Picture[1];
            frames.handTo(frame -> picture[0] = frame);
            cancellation.whole(() -> {
                if (isJpeg(path)) {
                    JpegWriter.write(path, picture[0], texts, quality.orElse(JpegWriter.QUALITY));
                } else if (isWebp(path)) {
                    WebpWriter.write(path, picture[0], texts, quality.orElse(WebpWriter.QUALITY));
                } else {
                    PngWriter.write(path, picture[0], texts);
                }
            });
            return;
        }
        VideoText text =
                new VideoText(texts.getOrDefault(Settings.TITLE, ""), texts.getOrDefault(Settings.VIDEO_KEY, "{}"));
        try (Video video = new Video(format, text, fps, cancellation)) {
            frames.handTo(video);
            video.finish();
        }
    }

    /** Opened by its first frame, which tells its size. */
    private final class Video implements FrameSink, Closeable {
        private final VideoFormat format;
        private final VideoText text;
        private final int fps;
        private final Cancellation cancellation;
        private @Nullable VideoWriter writer;

        Video(VideoFormat format, VideoText text, int fps, Cancellation cancellation) {
            this.format = format;
            this.text = text;
            this.fps = fps;
            this.cancellation = cancellation;
        }

        @Override
        public void accept(Picture frame) throws IOException {
            VideoWriter out = writer;
            if (out == null) {
                out = format.open(path, new VideoSize(frame.width(), frame.height(), fps), text);
                writer = out;
                cancellation.temporary(out.partial());
            }
            cancellation.check();
            out.accept(frame);
        }

        void finish() throws IOException {
            VideoWriter out = writer;
            if (out == null) {
                throw new IllegalStateException(path + ": no frame was handed out");
            }
            cancellation.whole(out::finish);
        }

        @Override
        public void close() throws IOException {
            VideoWriter out = writer;
            if (out != null) {
                out.close();
                cancellation.keep(out.partial());
            }
        }
    }
}
