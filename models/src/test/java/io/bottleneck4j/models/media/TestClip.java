package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A clip of smooth colours with a saturated disc moving over it. */
final class TestClip {
    static final VideoSize SIZE = new VideoSize(96, 64, 24);
    static final VideoText TEXT = new VideoText("a \"red\" disc; ünïcode, 汉字", "{\"prompt\":\"a disc\",\"seed\":7}");
    static final int FRAMES = 9;

    private TestClip() {}

    static List<Picture> frames() {
        List<Picture> frames = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            frames.add(frame(i));
        }
        return frames;
    }

    static Picture frame(int t) {
        int width = SIZE.width();
        int height = SIZE.height();
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = 3 * (y * width + x);
                double disc = Math.hypot(x - 20 - 6 * t, y - 32);
                double cover = Math.max(0, Math.min(1, (18 - disc) / 6));
                rgb[i] = mix(cover, 230, 40 + x);
                rgb[i + 1] = mix(cover, 30, 60 + 2 * y);
                rgb[i + 2] = mix(cover, 40, 200 - x);
            }
        }
        return new Picture(width, height, rgb);
    }

    private static byte mix(double cover, int front, int back) {
        return (byte) Math.round(cover * front + (1 - cover) * back);
    }

    static void write(Path file) throws IOException {
        try (VideoWriter video = VideoFormat.of(file).open(file, SIZE, TEXT)) {
            for (Picture frame : frames()) {
                video.accept(frame);
            }
            video.finish();
        }
    }

    static List<Picture> read(Path file) throws IOException {
        List<Picture> frames = new ArrayList<>();
        try (VideoReader video = VideoReader.open(file)) {
            for (Picture frame = video.next(); frame != null; frame = video.next()) {
                frames.add(frame);
            }
        }
        return frames;
    }

    /** Peak signal-to-noise ratio in dB over all three colours. */
    static double psnr(Picture a, Picture b) {
        byte[] x = a.rgb();
        byte[] y = b.rgb();
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            double d = (x[i] & 0xff) - (y[i] & 0xff);
            sum += d * d;
        }
        return 10 * Math.log10(255.0 * 255 * x.length / sum);
    }
}
