package io.bottleneck4j.cli.options;

import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.models.media.PictureText;
import io.bottleneck4j.models.media.VideoSettings;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The settings of a file that bottleneck4j made, which hold where no option is given. */
public final class StoredSettings {
    private StoredSettings() {}

    /**
     * Those that options name.
     *
     * @param png of {@code --from-png}
     * @param video of {@code --from-video}
     * @return null if they name none
     * @throws IllegalArgumentException if there are no settings in it, or both are named
     * @throws IOException if it cannot be read
     */
    public static @Nullable Settings read(@Nullable Path png, @Nullable Path video, Notes notes) throws IOException {
        if (png != null && video != null) {
            throw new IllegalArgumentException("from-png: give either --from-png or --from-video, not both");
        }
        Path file = png != null ? png : video;
        if (file == null) {
            return null;
        }
        String option = png != null ? "from-png" : "from-video";
        String json = png != null ? PictureText.read(file).get(Settings.PICTURE_KEY) : VideoSettings.read(file);
        if (json == null) {
            throw new IllegalArgumentException(option + ": " + file + " holds no settings of bottleneck4j; give a "
                    + (png != null ? "PNG" : "video") + " that bottleneck4j wrote, as it was written");
        }
        try {
            Settings stored = Settings.parse(png != null ? Model.Kind.PICTURE : Model.Kind.VIDEO, json);
            String then = stored.origin().libtorch();
            if (!then.equals(Libtorch.version())) {
                notes.note(file + " was made with libtorch " + then + ", this is " + Libtorch.version()
                        + "; pixels may differ a little");
            }
            return stored;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + file + ": " + e.getMessage(), e);
        }
    }

    /** Refuses a model that does not make what the settings are of, naming the option. */
    public static void requireKind(@Nullable Settings stored, Model model) {
        if (stored != null && stored.kind() != model.kind()) {
            throw new IllegalArgumentException(
                    model.kind() == Model.Kind.PICTURE
                            ? "from-video: " + model.folder().path()
                                    + " makes pictures, not videos; name the model of the video with --model"
                            : "from-png: " + model.folder().path()
                                    + " makes videos, not pictures; name the model of the picture with --model");
        }
    }
}
