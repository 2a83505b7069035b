package io.bottleneck4j.models.media;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Writes JPEG files whole or not at all, at quality 95 where no other is asked for, with colour at half the resolution. The text {@code parameters} becomes EXIF's
 * UserComment, as Automatic1111's web UI has it; others become comments, the key, a zero and the text in UTF-8.
 *
 * <p>Source: Exif 2.32, 4.6; ITU-T T.81, B.2.4.
 */
public final class JpegWriter {
    /** The quality where none is asked for, of 100. */
    public static final int QUALITY = 95;

    private static final int LONGEST = 0xffff - 2;
    private static final int EXIF = 0xe1;
    private static final int COMMENT = 0xfe;

    private JpegWriter() {}

    /** Writes a picture with its texts at the usual quality; see the other {@code write}. */
    public static void write(Path file, Picture picture, Map<String, String> text) throws IOException {
        write(file, picture, text, QUALITY);
    }

    /**
     * Writes a picture with its texts, over an older file of that name.
     *
     * @param quality from 0, the smallest file, to 100
     * @throws IOException if a text is longer than JPEG takes, 65,000 bytes, or the file cannot be written; no half-written file is left
     */
    public static void write(Path file, Picture picture, Map<String, String> text, int quality) throws IOException {
        WholeFile.write(file, bytes(picture, text, quality));
    }

    /**
     * The bytes of such a file.
     *
     * @param quality from 0, the smallest file, to 100
     * @throws IOException if a text is longer than JPEG takes, 65,000 bytes
     */
    public static byte[] bytes(Picture picture, Map<String, String> text, int quality) throws IOException {
        byte[] jpeg = encoded(picture, quality);
        int first = 4 + ByteBuffer.wrap(jpeg).getShort(4); // behind the start and JFIF's own segment
        try (ByteArrayOutputStream whole = new ByteArrayOutputStream()) {
            whole.write(jpeg, 0, first);
            for (var entry : new TreeMap<>(text).entrySet()) {
                String key = entry.getKey();
                byte[] data = key.equals(Exif.PARAMETERS)
                        ? exif(entry.getValue())
                        : (key + "\0" + entry.getValue()).getBytes(StandardCharsets.UTF_8);
                if (data.length > LONGEST) {
                    throw new IOException("the text " + key + " has " + data.length
                            + " bytes, and a JPEG takes at most " + LONGEST + "; write a .png");
                }
                whole.write(0xff);
                whole.write(key.equals(Exif.PARAMETERS) ? EXIF : COMMENT);
                whole.write(ByteBuffer.allocate(2)
                        .putShort((short) (data.length + 2))
                        .array());
                whole.write(data);
            }
            whole.write(jpeg, first, jpeg.length - first);
            return whole.toByteArray();
        }
    }

    private static byte[] encoded(Picture picture, int quality) throws IOException {
        BufferedImage image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_3BYTE_BGR);
        WritableRaster raster = image.getRaster();
        byte[] row = new byte[3 * picture.width()];
        for (int y = 0; y < picture.height(); y++) {
            picture.copyRow(y, row, 0);
            raster.setDataElements(0, y, picture.width(), 1, row);
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(quality / 100f);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), parameters);
            out.flush();
            return bytes.toByteArray();
        } finally {
            writer.dispose();
        }
    }

    private static byte[] exif(String comment) {
        byte[] data = Exif.of(Map.of(Exif.USER_COMMENT, Exif.comment(comment)));
        return ByteBuffer.allocate(6 + data.length)
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
                .put(data)
                .array();
    }
}
