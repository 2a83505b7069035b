package io.bottleneck4j.cli;

import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.media.VideoSettings;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.VideoMetadata;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a file that bottleneck4j made, which hold where no option is given.
 *
 * @param run what pictures and videos have in common
 * @param video the settings of a video; null of a picture
 */
record Stored(ImageMetadata run, @Nullable VideoMetadata video) {

    /**
     * Those that options name.
     *
     * @param png of {@code --from-png}
     * @param video of {@code --from-video}
     * @return null if they name none
     * @throws IllegalArgumentException if there are no settings in it, or both are named
     * @throws IOException if it cannot be read
     */
    static @Nullable Stored of(@Nullable Path png, @Nullable Path video, Notes notes) throws IOException {
        if (png != null && video != null) {
            throw new IllegalArgumentException("from-png: give either --from-png or --from-video, not both");
        }
        if (png != null) {
            String json = PngText.read(png).get(ImageMetadata.KEY);
            return read("from-png", png, "PNG", json, text -> new Stored(ImageMetadata.parse(text), null), notes);
        }
        if (video != null) {
            String json = VideoSettings.read(video);
            return read("from-video", video, "video", json, Stored::ofVideo, notes);
        }
        return null;
    }

    /**
     * Those among the texts of a file of latents; null if there are none.
     *
     * @throws IllegalArgumentException if they are damaged
     */
    static @Nullable Stored of(Map<String, String> texts) {
        String picture = texts.get(ImageMetadata.KEY);
        if (picture != null) {
            return new Stored(ImageMetadata.parse(picture), null);
        }
        String video = texts.get(VideoMetadata.KEY);
        return video == null ? null : ofVideo(video);
    }

    private static Stored ofVideo(String json) {
        VideoMetadata video = VideoMetadata.parse(json);
        return new Stored(video.run(), video);
    }

    private static Stored read(
            String option, Path file, String kind, @Nullable String json, Function<String, Stored> parse, Notes notes) {
        if (json == null) {
            throw new IllegalArgumentException(option + ": " + file + " holds no settings of bottleneck4j; give a "
                    + kind + " that bottleneck4j wrote, as it was written");
        }
        try {
            Stored stored = parse.apply(json);
            String then = stored.run().origin().libtorch();
            if (!then.equals(Libtorch.version())) {
                notes.note(file + " was made with libtorch " + then + ", this is " + Libtorch.version()
                        + "; pixels may differ a little");
            }
            return stored;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + file + ": " + e.getMessage(), e);
        }
    }
}
