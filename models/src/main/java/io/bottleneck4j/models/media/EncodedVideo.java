package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameFilter;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;

/** A video encoded by ffmpeg frame after frame. */
final class EncodedVideo implements VideoWriter {
    private static final int CHANNELS = 3;

    private final Path file;
    private final Path target;
    private final VideoSize size;
    private final Encoding encoding;
    private final VideoText text;
    private final PendingPath pending;
    private final SeekableFile out;
    private final FFmpegFrameFilter filter;
    private final FFmpegFrameRecorder recorder;
    private final Frame rgb;
    private final ByteBuffer pixels;
    private int frames;

    private EncodedVideo(
            Path file,
            Path target,
            Encoding encoding,
            VideoSize size,
            VideoText text,
            PendingPath pending,
            SeekableFile out) {
        this.file = file;
        this.target = target;
        this.encoding = encoding;
        this.size = size;
        this.text = text;
        this.pending = pending;
        this.out = out;
        this.filter = filter(encoding, size);
        this.recorder = recorder(encoding, size, text, out);
        this.rgb = new Frame(size.width(), size.height(), Frame.DEPTH_UBYTE, CHANNELS, CHANNELS * size.width());
        this.pixels = (ByteBuffer) rgb.image[0];
    }

    static EncodedVideo open(Path file, Encoding encoding, VideoSize size, VideoText text) throws IOException {
        Path target = WholeFile.linked(file);
        PendingPath pending = PendingPath.beside(target);
        SeekableFile out;
        try {
            out = new SeekableFile(pending.path());
        } catch (IOException e) {
            throw WholeFile.failed(file, e);
        }
        EncodedVideo video = new EncodedVideo(file, target, encoding, size, text, pending, out);
        try {
            video.filter.start();
            video.recorder.start();
            out.check();
            return video;
        } catch (IOException e) {
            video.close();
            throw video.failed(e);
        }
    }

    private static FFmpegFrameFilter filter(Encoding encoding, VideoSize size) {
        FFmpegFrameFilter filter = new FFmpegFrameFilter(encoding.filters(), size.width(), size.height());
        filter.setPixelFormat(avutil.AV_PIX_FMT_RGB24);
        filter.setFrameRate(size.fps());
        return filter;
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
        encoding.tags(text).forEach(recorder::setMetadata);
        return recorder;
    }

    @Override
    public void accept(Picture frame) throws IOException {
        size.require(frame);
        pixels.clear();
        pixels.put(frame.rgb());
        pixels.rewind();
        try {
            filter.push(rgb, avutil.AV_PIX_FMT_RGB24);
            record();
            frames++;
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
    public void finish() throws IOException {
        if (frames == 0) {
            throw new IllegalStateException(file + ": a video needs a frame at least");
        }
        try {
            filter.push(null);
            record();
            recorder.stop();
            out.close();
            out.check();
            Sidecar.of(file).write(text.settings(), () -> pending.become(target));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** The file's own failure says more than what the muxer made of it. */
    private IOException failed(IOException e) {
        try {
            out.check();
        } catch (IOException cause) {
            return WholeFile.failed(file, cause);
        }
        return WholeFile.failed(file, e);
    }

    @Override
    public Path partial() {
        return pending.path();
    }

    @Override
    public void close() throws IOException {
        try (pending;
                out) {
            recorder.release();
            filter.release();
        }
    }
}
