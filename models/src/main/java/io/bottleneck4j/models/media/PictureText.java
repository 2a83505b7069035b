package io.bottleneck4j.models.media;

import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegSegmentMetadataReader;
import com.drew.imaging.webp.WebpMetadataReader;
import com.drew.metadata.StringValue;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifSubIFDDirectory;
import com.drew.metadata.jpeg.JpegCommentDirectory;
import com.drew.metadata.jpeg.JpegCommentReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the texts of a picture's file, PNG, JPEG or WebP, by its first bytes. */
public final class PictureText {
    private static final List<JpegSegmentMetadataReader> COMMENTS = List.of(new JpegCommentReader());

    private PictureText() {}

    /**
     * The texts by key. Of a JPEG or WebP those that {@link JpegWriter} and {@link WebpWriter} wrote under a key; other programs' comments
     * have none.
     *
     * @throws IllegalArgumentException if the file is none of them, or is damaged
     * @throws IOException if it cannot be read
     */
    public static Map<String, String> read(Path file) throws IOException {
        byte[] start = start(file);
        if (begins(start, 0, "\u00ff\u00d8")) {
            return jpeg(file);
        }
        return begins(start, 0, "RIFF") && begins(start, 8, "WEBP") ? webp(file, start) : PngText.read(file);
    }

    private static byte[] start(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return new byte[0];
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(12);
        }
    }

    private static boolean begins(byte[] bytes, int at, String what) {
        return new String(bytes, StandardCharsets.ISO_8859_1).startsWith(what, at);
    }

    private static Map<String, String> jpeg(Path file) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        try (InputStream in = Files.newInputStream(file)) {
            for (JpegCommentDirectory comment :
                    JpegMetadataReader.readMetadata(in, COMMENTS).getDirectoriesOfType(JpegCommentDirectory.class)) {
                StringValue stored = comment.getStringValue(JpegCommentDirectory.TAG_COMMENT);
                String text = stored == null ? "" : new String(stored.getBytes(), StandardCharsets.UTF_8);
                int end = text.indexOf('\0');
                if (end > 0) {
                    texts.put(text.substring(0, end), text.substring(end + 1));
                }
            }
        } catch (ImageProcessingException e) {
            throw damaged(file, "JPEG", String.valueOf(e.getMessage()), e);
        }
        return texts;
    }

    /** Keys and texts, each with a zero after it. */
    private static Map<String, String> webp(Path file, byte[] start) throws IOException {
        if (ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(4) + 8L > Files.size(file)) {
            throw damaged(file, "WebP", "it ends too early", null);
        }
        Map<String, String> texts = new LinkedHashMap<>();
        try (InputStream in = Files.newInputStream(file)) {
            for (ExifSubIFDDirectory exif :
                    WebpMetadataReader.readMetadata(in).getDirectoriesOfType(ExifSubIFDDirectory.class)) {
                byte[] note = exif.getByteArray(ExifDirectoryBase.TAG_MAKERNOTE);
                String[] parts =
                        note == null ? new String[0] : new String(note, StandardCharsets.UTF_8).split("\0", -1);
                for (int i = 0; i + 2 < parts.length; i += 2) {
                    texts.put(parts[i], parts[i + 1]);
                }
            }
        } catch (ImageProcessingException e) {
            throw damaged(file, "WebP", String.valueOf(e.getMessage()), e);
        }
        return texts;
    }

    private static IllegalArgumentException damaged(Path file, String format, String what, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                file + ": the " + format + " file is damaged: " + what + "; use an intact copy", cause);
    }
}
