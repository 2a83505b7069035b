package io.bottleneck4j.models.media;

import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegSegmentMetadataReader;
import com.drew.metadata.StringValue;
import com.drew.metadata.jpeg.JpegCommentDirectory;
import com.drew.metadata.jpeg.JpegCommentReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the texts of a picture's file, PNG or JPEG, by its first bytes. */
public final class PictureText {
    private static final List<JpegSegmentMetadataReader> COMMENTS = List.of(new JpegCommentReader());

    private PictureText() {}

    /**
     * The texts by key. Of a JPEG those that {@link JpegWriter} wrote as comments; other programs' comments have no key.
     *
     * @throws IllegalArgumentException if the file is neither, or is damaged
     * @throws IOException if it cannot be read
     */
    public static Map<String, String> read(Path file) throws IOException {
        return isJpeg(file) ? jpeg(file) : PngText.read(file);
    }

    private static boolean isJpeg(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == 0xff && in.read() == 0xd8;
        }
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
            throw new IllegalArgumentException(
                    file + ": the JPEG file is damaged: " + e.getMessage() + "; use an intact copy", e);
        }
        return texts;
    }
}
