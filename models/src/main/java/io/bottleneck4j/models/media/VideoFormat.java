package io.bottleneck4j.models.media;

import io.bottleneck4j.models.media.EncodedVideo.Encoding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The kinds of video files, told by their ending. */
public enum VideoFormat {
    /** H.264 by OpenH264, the encoder of the LGPL build. */
    MP4(".mp4"),
    /** VP9. */
    WEBM(".webm"),
    /** 256 colours, chosen anew for every frame; players round its times to 1/100 s. */
    GIF(".gif"),
    /** One file a frame, without loss: {@code clip-0000.png}, {@code clip-0001.png}. */
    PNG(".png");

    private final String ending;

    VideoFormat(String ending) {
        this.ending = ending;
    }

    /** Null for what needs no ffmpeg. */
    private @Nullable Encoding encoding() {
        return switch (this) {
            case MP4 -> Encoding.MP4;
            case WEBM -> Encoding.WEBM;
            case GIF -> Encoding.GIF;
            case PNG -> null;
        };
    }

    /** As {@code .mp4}. */
    public String ending() {
        return ending;
    }

    /** Whether a file's name has this ending. */
    public boolean endingOf(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(ending);
    }

    /** The format of a file's name; refuses one that has none of the endings. */
    public static VideoFormat of(Path file) {
        for (VideoFormat format : values()) {
            if (format.endingOf(file)) {
                return format;
            }
        }
        throw new IllegalArgumentException("video: must end in " + endings(format -> true) + ", not '" + file + "'");
    }

    private static String endings(Predicate<VideoFormat> which) {
        return Arrays.stream(values()).filter(which).map(VideoFormat::ending).collect(Collectors.joining(", "));
    }

    /**
     * Complains of a format that cannot be written on this machine; loads the native libraries, unless it is {@link #PNG}.
     */
    public void requireEncoder() {
        Encoding own = encoding();
        if (own != null) {
            requireEncoder(own, Ffmpeg::hasEncoder);
        }
    }

    void requireEncoder(Encoding wanted, Predicate<String> there) {
        if (!there.test(wanted.encoder())) {
            String others = endings(format -> {
                Encoding own = format.encoding();
                return own == null || there.test(own.encoder());
            });
            throw new IllegalArgumentException("video: the encoder of " + ending + ", " + wanted.encoder()
                    + ", is not on this platform; here can be written: " + others);
        }
    }

    /**
     * Finds out before a long run whether a video of this name, and its settings beside it, may be written.
     *
     * @throws IOException if the folder is missing or not writable, the name is no file's, or the settings would overwrite a file that
     *     holds something else
     */
    public void requireTarget(Path file) throws IOException {
        WholeFile.requireRegularTarget(this == PNG ? frame(file, 0) : file);
        WholeFile.requireName(sidecar(file));
        VideoSettings.requireOwn(file);
    }

    /**
     * Begins a video of this format.
     *
     * @param file the video's; of PNG frames the name without their numbers
     * @throws IllegalArgumentException if this format cannot be written on this machine
     * @throws IOException if nothing can be written there
     */
    public VideoWriter open(Path file, VideoSize size, VideoText text) throws IOException {
        requireTarget(file);
        Encoding own = encoding();
        if (own == null) {
            return new NumberedFrames(file, size, text);
        }
        requireEncoder(own, Ffmpeg::hasEncoder);
        return EncodedVideo.open(file, own, size, text);
    }

    /** The file of the settings beside a video: {@code clip.json} of {@code clip.mp4}. */
    public static Path sidecar(Path video) {
        return video.resolveSibling(stem(video) + ".json");
    }

    /** The name of one frame among {@link #PNG} files, counted from 0. */
    public static Path frame(Path video, int index) {
        return video.resolveSibling(String.format(Locale.ROOT, "%s-%04d.png", stem(video), index));
    }

    private static String stem(Path video) {
        String name = String.valueOf(video.getFileName());
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }
}
