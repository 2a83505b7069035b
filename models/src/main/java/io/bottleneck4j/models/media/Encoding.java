package io.bottleneck4j.models.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.util.HashMap;
import java.util.Map;

/**
 * How ffmpeg writes a format. Colour is that of high-definition television (BT.709), and the file says so; quality is such that a small
 * clip looks like its frames.
 *
 * @param muxer the container's name
 * @param encoder the codec's name
 * @param pixels what the encoder takes
 * @param filters from RGB to that
 * @param options of the encoder
 * @param text whether the container has room for the settings
 */
record Encoding(String muxer, String encoder, int pixels, String filters, Map<String, String> options, boolean text) {
    private static final String TO_YUV =
            "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
                    + ",format=yuv420p";

    /** A constant quantiser: rate control would starve the first frames of a short clip. */
    static final Encoding MP4 = new Encoding(
            "mp4",
            "libopenh264",
            AV_PIX_FMT_YUV420P,
            TO_YUV,
            tagged(Map.of("rc_mode", "quality", "qmin", "10", "qmax", "18", "allow_skip_frames", "0")),
            true);

    /** Constant quality without a target rate. */
    static final Encoding WEBM = new Encoding(
            "webm",
            "libvpx-vp9",
            AV_PIX_FMT_YUV420P,
            TO_YUV,
            tagged(Map.of("crf", "15", "b", "0", "deadline", "good", "cpu-used", "3", "row-mt", "1")),
            true);

    /** A palette of the whole video would need all its frames at once. */
    static final Encoding GIF = new Encoding(
            "gif",
            "gif",
            AV_PIX_FMT_PAL8,
            "split[a][b];[a]palettegen=stats_mode=single:reserve_transparent=0[p];"
                    + "[b][p]paletteuse=new=1:dither=sierra2_4a",
            Map.of(),
            false);

    private static Map<String, String> tagged(Map<String, String> options) {
        Map<String, String> all = new HashMap<>(options);
        all.put("colorspace", "bt709");
        all.put("color_primaries", "bt709");
        all.put("color_trc", "bt709");
        all.put("color_range", "tv");
        return Map.copyOf(all);
    }

    /** What the container stores. */
    Map<String, String> tags(VideoText said) {
        return text ? Map.of("title", said.title(), "comment", said.settings()) : Map.of();
    }
}
