package io.bottleneck4j.batch;

import io.bottleneck4j.models.media.WebpWriter;
import io.bottleneck4j.pipeline.Model;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The types of files that rows become, by their endings. */
public final class FileTypes {
    private static final Set<String> PICTURES = Set.of("png", "jpg", "webp");
    private static final String VIDEO = "mp4";

    private FileTypes() {}

    /**
     * A type that some model makes.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static void require(String type) {
        if (!PICTURES.contains(type) && !isVideo(type)) {
            throw new IllegalArgumentException("file-type: must be png, jpg or webp, not '" + type + "'");
        }
    }

    /** Whether it is that of videos. */
    public static boolean isVideo(String type) {
        return type.equals(VIDEO);
    }

    /**
     * The type of what a model makes.
     *
     * @param wanted null for the usual, png or mp4
     * @throws IllegalArgumentException if the model does not make it, or this machine cannot write it
     */
    public static String of(Model model, @Nullable String wanted) {
        boolean video = model.kind() == Model.Kind.VIDEO;
        if (wanted != null) {
            require(wanted);
            if (isVideo(wanted) != video) {
                throw new IllegalArgumentException("file-type: " + model.name() + " makes "
                        + (video ? "videos, which are mp4" : "pictures, which are png, jpg or webp") + ", not "
                        + wanted);
            }
        }
        if ("webp".equals(wanted)) {
            WebpWriter.requireEncoder();
        }
        return wanted != null ? wanted : video ? VIDEO : "png";
    }
}
