package io.bottleneck4j.models.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_BGRA;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/**
 * Writes WebP files whole or not at all, lossy at quality 90 where no other is asked for, by the libwebp within ffmpeg. The text {@code parameters} becomes EXIF's
 * UserComment, as Automatic1111's web UI has it; others stand in EXIF's MakerNote: the key, a zero, the text in UTF-8, a zero.
 *
 * <p>Source: RFC 9649, 2.7; Exif 2.32, 4.6.
 */
public final class WebpWriter {
    /** The quality where none is asked for, of 100. */
    public static final int QUALITY = 90;

    /** What a side has at most. */
    private static final int LONGEST = 16383;

    private static final String ENCODER = "libwebp";
    private static final int RIFF = 12; // bytes before the first chunk
    private static final int HAS_EXIF = 8;

    private WebpWriter() {}

    /** Complains, before a long run, of a machine that cannot write WebP; loads ffmpeg's libraries. */
    public static void requireEncoder() {
        Ffmpeg.require();
        if (!Ffmpeg.hasEncoder(ENCODER)) {
            throw new IllegalArgumentException(
                    "output: the encoder of .webp, " + ENCODER + ", is not on this platform; use .png or .jpg");
        }
    }

    /** Writes a picture with its texts at the usual quality; see the other {@code write}. */
    public static void write(Path file, Picture picture, Map<String, String> text) throws IOException {
        write(file, picture, text, QUALITY);
    }

    /**
     * Writes a picture with its texts, over an older file of that name.
     *
     * @param quality from 0, the smallest file, to 100
     * @throws IllegalArgumentException if the picture is larger than WebP takes
     * @throws IOException if the file cannot be written; no half-written file is left
     */
    public static void write(Path file, Picture picture, Map<String, String> text, int quality) throws IOException {
        WholeFile.write(file, bytes(picture, text, quality));
    }

    /**
     * The bytes of such a file.
     *
     * @param quality from 0, the smallest file, to 100
     * @throws IllegalArgumentException if the picture is larger than WebP takes
     */
    public static byte[] bytes(Picture picture, Map<String, String> text, int quality) throws IOException {
        requireSize(picture.width(), picture.height());
        requireEncoder();
        byte[] webp = encoded(picture, quality);
        byte[] exif = exif(text);
        byte[] size = ByteBuffer.allocate(10) // flags, and each side less one in three bytes
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) (exif.length == 0 ? 0 : HAS_EXIF))
                .putInt(4, picture.width() - 1)
                .putShort(7, (short) (picture.height() - 1))
                .array();
        try (ByteArrayOutputStream chunks = new ByteArrayOutputStream()) {
            chunks.write("WEBP".getBytes(StandardCharsets.US_ASCII));
            chunk(chunks, "VP8X", size);
            chunks.write(webp, RIFF, webp.length - RIFF);
            if (exif.length > 0) {
                chunk(chunks, "EXIF", exif);
            }
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            chunk(whole, "RIFF", chunks.toByteArray());
            return whole.toByteArray();
        }
    }

    /**
     * Refuses a picture that is larger than WebP takes.
     *
     * @param width pixels
     * @param height pixels
     */
    public static void requireSize(int width, int height) {
        requireSide("width", width);
        requireSide("height", height);
    }

    private static void requireSide(String name, int pixels) {
        if (pixels > LONGEST) {
            throw new IllegalArgumentException(
                    name + ": " + pixels + " px is more than WebP's " + LONGEST + "; write PNG");
        }
    }

    private static byte[] exif(Map<String, String> text) {
        Map<Integer, byte[]> tags = new HashMap<>();
        StringBuilder note = new StringBuilder();
        new TreeMap<>(text).forEach((key, value) -> {
            if (key.equals(Exif.PARAMETERS)) {
                tags.put(Exif.USER_COMMENT, Exif.comment(value));
            } else {
                note.append(key).append('\0').append(value).append('\0');
            }
        });
        if (!note.isEmpty()) {
            tags.put(Exif.MAKER_NOTE, note.toString().getBytes(StandardCharsets.UTF_8));
        }
        return tags.isEmpty() ? new byte[0] : Exif.of(tags);
    }

    /** Its data are filled up to an even length, which the stated one leaves out. */
    private static void chunk(ByteArrayOutputStream out, String name, byte[] data) {
        out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(data.length)
                .array());
        out.writeBytes(Arrays.copyOf(data, data.length + data.length % 2));
    }

    /** A WebP file of the picture alone. */
    private static byte[] encoded(Picture picture, int quality) throws IOException {
        AVCodec codec = avcodec_find_encoder_by_name(ENCODER);
        AVCodecContext encoder = avcodec_alloc_context3(codec);
        AVDictionary options = new AVDictionary();
        AVFrame frame = av_frame_alloc();
        AVPacket packet = av_packet_alloc();
        try {
            fill(frame, picture);
            encoder.width(picture.width())
                    .height(picture.height())
                    .pix_fmt(AV_PIX_FMT_BGRA)
                    .time_base(av_make_q(1, 1));
            av_dict_set(options, "quality", String.valueOf(quality), 0);
            require(avcodec_open2(encoder, codec, options));
            require(avcodec_send_frame(encoder, frame));
            require(avcodec_receive_packet(encoder, packet));
            byte[] file = new byte[packet.size()];
            packet.data().get(file);
            return file;
        } finally {
            av_packet_free(packet);
            av_frame_free(frame);
            av_dict_free(options);
            avcodec_free_context(encoder);
        }
    }

    /** Four bytes a pixel; libwebp turns them to its own colours. */
    private static void fill(AVFrame frame, Picture picture) throws IOException {
        frame.width(picture.width()).height(picture.height()).format(AV_PIX_FMT_BGRA);
        require(av_frame_get_buffer(frame, 0));
        byte[] rgb = new byte[3 * picture.width()];
        byte[] row = new byte[4 * picture.width()];
        BytePointer pixels = frame.data(0);
        for (int y = 0; y < picture.height(); y++) {
            picture.copyRow(y, rgb, 0);
            for (int x = 0; x < picture.width(); x++) {
                row[4 * x] = rgb[3 * x + 2];
                row[4 * x + 1] = rgb[3 * x + 1];
                row[4 * x + 2] = rgb[3 * x];
                row[4 * x + 3] = (byte) 0xff;
            }
            pixels.position((long) y * frame.linesize(0)).put(row, 0, row.length);
        }
    }

    private static void require(int outcome) throws IOException {
        if (outcome < 0) {
            throw new IOException("libwebp failed with ffmpeg's error " + outcome + "; write a .png");
        }
    }
}
