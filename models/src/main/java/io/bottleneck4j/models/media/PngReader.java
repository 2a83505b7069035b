package io.bottleneck4j.models.media;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads pictures back, by the JDK's own reader. */
public final class PngReader {
    private PngReader() {}

    /**
     * Reads a picture of 8-bit RGB without transparency, as {@link PngWriter} writes it.
     *
     * @throws IllegalArgumentException if the file is missing, damaged, or holds other pixels
     * @throws IOException if it cannot be read
     */
    public static Picture read(Path file) throws IOException {
        PngText.read(file); // says clearly what is wrong with a file that is not an intact PNG
        BufferedImage image;
        try (InputStream in = Files.newInputStream(file)) {
            image = ImageIO.read(new MemoryCacheImageInputStream(in));
        } catch (IIOException e) {
            throw new IllegalArgumentException(
                    file + ": the PNG file is damaged: " + e.getMessage() + "; use an intact copy", e);
        }
        if (image == null
                || image.getRaster().getNumBands() != 3
                || image.getSampleModel().getSampleSize(0) != 8) {
            throw new IllegalArgumentException(
                    file + ": must be 8-bit RGB without transparency, and is not; convert it with an image program");
        }
        Raster raster = image.getRaster();
        int[] values = raster.getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
        byte[] rgb = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            rgb[i] = (byte) values[i];
        }
        return new Picture(image.getWidth(), image.getHeight(), rgb);
    }
}
