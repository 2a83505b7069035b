package io.bottleneck4j.models.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_PAL8;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacv.FFmpegFrameFilter;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.Seekable;
import org.jspecify.annotations.Nullable;

/** A video encoded by ffmpeg frame after frame. */
final class EncodedVideo extends VideoWriter {
    private static final int CHANNELS = 3;

    private final Path target;
    private final Encoding encoding;
    private final SeekableFile out;
    private final FFmpegFrameFilter filter;
    private final FFmpegFrameRecorder recorder;
    private final Frame rgb;
    private final ByteBuffer pixels;

    private EncodedVideo(Path file, Path target, Encoding encoding, VideoSize size, VideoText text) throws IOException {
        super(file, target, size, text);
        this.target = target;
        this.encoding = encoding;
        try {
            out = new SeekableFile(pending.path());
        } catch (IOException e) {
            throw WholeFile.failed(file, e);
        }
        filter = new FFmpegFrameFilter(encoding.filters(), size.width(), size.height());
        filter.setPixelFormat(AV_PIX_FMT_RGB24);
        filter.setFrameRate(size.fps());
        recorder = recorder(encoding, size, text, out);
        rgb = new Frame(size.width(), size.height(), Frame.DEPTH_UBYTE, CHANNELS, CHANNELS * size.width());
        pixels = (ByteBuffer) rgb.image[0];
    }

    static EncodedVideo open(Path file, Encoding encoding, VideoSize size, VideoText text) throws IOException {
        EncodedVideo video = new EncodedVideo(file, WholeFile.linked(file), encoding, size, text);
        try {
            video.filter.start();
            video.recorder.start();
            video.out.check();
            return video;
        } catch (IOException e) {
            video.close();
            throw video.failed(e);
        }
    }

    private static FFmpegFrameRecorder recorder(Encoding encoding, VideoSize size, VideoText text, SeekableFile out) {
        FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(out, size.width(), size.height());
        recorder.setCloseOutputStream(false);
        recorder.setFormat(encoding.muxer());
        recorder.setVideoCodecName(encoding.encoder());
        recorder.setPixelFormat(encoding.pixels());
        recorder.setFrameRate(size.fps());
        recorder.setGopSize(2 * size.fps()); // two seconds at most from a frame that can be jumped to
        recorder.setVideoBitrate(0); // quality decides
        encoding.options().forEach(recorder::setVideoOption);
        if (encoding.text()) {
            recorder.setMetadata("title", text.title());
            recorder.setMetadata("comment", text.settings());
        }
        return recorder;
    }

    @Override
    void add(Picture frame, int index) throws IOException {
        pixels.clear();
        pixels.put(frame.rgb());
        pixels.rewind();
        try {
            filter.push(rgb, AV_PIX_FMT_RGB24);
            record();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void record() throws IOException {
        for (Frame made = filter.pull(); made != null; made = filter.pull()) {
            recorder.record(made, encoding.pixels());
        }
        out.check();
    }

    @Override
    void complete() throws IOException {
        filter.push(null);
        record();
        recorder.stop();
        out.close();
        out.check();
    }

    @Override
    void name() throws IOException {
        WholeFile.move(pending.path(), target);
    }

    /** The file's own failure says more than what the muxer made of it. */
    @Override
    IOException failed(IOException e) {
        return super.failed(out.failure == null ? e : out.failure);
    }

    @Override
    public void close() throws IOException {
        try (pending;
                out) {
            recorder.release();
            filter.release();
        }
    }

    /**
     * How ffmpeg writes a format. Colour is that of high-definition television (BT.709), and the file says so; quality is such that a
     * small clip looks like its frames.
     *
     * @param muxer the container's name
     * @param encoder the codec's name
     * @param pixels what the encoder takes
     * @param filters from RGB to that
     * @param options of the encoder
     * @param text whether the container has room for the settings
     */
    record Encoding(
            String muxer, String encoder, int pixels, String filters, Map<String, String> options, boolean text) {
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
    }

    /**
     * The file a muxer writes to, with places it returns to. What goes wrong is kept for {@link #check}: on its way through native code an
     * exception would lose its reason, and JavaCV prints it.
     */
    private static final class SeekableFile extends OutputStream implements Seekable {
        private static final int FROM_START = 0;
        private static final int FROM_HERE = 1;
        private static final int FROM_END = 2;

        private final FileChannel channel;
        private @Nullable IOException failure;

        SeekableFile(Path file) throws IOException {
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (failure != null) {
                return;
            }
            try {
                ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            } catch (IOException e) {
                failure = e;
            }
        }

        @Override
        public void seek(long offset, int whence) {
            try {
                switch (whence) {
                    case FROM_START -> channel.position(offset);
                    case FROM_HERE -> channel.position(channel.position() + offset);
                    case FROM_END -> channel.position(channel.size() + offset);
                    default -> {
                        // asks for the size, which this interface cannot tell
                    }
                }
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            }
        }

        /** Throws what went wrong first, if something did. */
        void check() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
