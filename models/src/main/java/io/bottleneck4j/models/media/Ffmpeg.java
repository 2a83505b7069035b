package io.bottleneck4j.models.media;

import io.bottleneck4j.torch.Natives;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.jspecify.annotations.Nullable;

/** The native ffmpeg libraries: loaded when a video is first written or read, and quiet. */
final class Ffmpeg {
    private static final @Nullable String FAILURE = load();

    private Ffmpeg() {}

    /** Null, or why it could not. */
    private static @Nullable String load() {
        Natives.prepare();
        try {
            avutil.av_log_set_level(avutil.AV_LOG_QUIET);
            return null;
        } catch (LinkageError e) {
            RuntimeException failure = Natives.failure("ffmpeg", "jniavutil", e);
            return failure.getMessage();
        }
    }

    /** Whether an encoder of that name is there; none is where the libraries cannot be loaded. */
    static boolean hasEncoder(String name) {
        return FAILURE == null && avcodec.avcodec_find_encoder_by_name(name) != null;
    }

    /** Complains, by an {@link IllegalArgumentException}, where the libraries are not there. */
    static void require() {
        if (FAILURE != null) {
            throw new IllegalArgumentException(FAILURE + "; or use .png");
        }
    }
}
