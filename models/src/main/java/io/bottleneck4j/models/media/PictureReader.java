package io.bottleneck4j.models.media;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Reads the pictures that people have, PNG, JPEG and WebP, as Python's diffusers does: upright by their EXIF orientation, as 8-bit RGB.
 * Transparency is dropped, colour profiles are not applied, and of 16 bits the upper 8 are taken.
 *
 * <p>One thing differs from Pillow: its {@code convert("RGB")} cuts grey of 16 bits at 255, so that nearly all of a picture is white.
 * Source: diffusers loading_utils.py@0.42.1, load_image; Pillow 13.0.0, Convert.c.
 */
public final class PictureReader {
    /** Above this many pixels Pillow warns of a decompression bomb. */
    static final long MOST_PIXELS = 89_478_485;

    /** Programs write some ten; each is decoded over the whole picture, so that many keep a processor busy for minutes. */
    private static final int MOST_SCANS = 500;

    private static final Set<String> FORMATS = Set.of("png", "jpeg", "webp");
    private static final int START_OF_SCAN = 0xda;
    private static final int END = 0xd9;
    private static final String STANDARD_JPEG = "javax_imageio_jpeg_image_1.0";

    private final String name;
    private final byte[] file;
    private final boolean isMask;
    private final long mostPixels;
    private boolean hasHoles;

    private PictureReader(String name, byte[] file, boolean isMask, long mostPixels) {
        this.name = name;
        this.file =
                PngPixels.isPng(file) ? PngPixels.only(file) : WebpPixels.isWebp(file) ? WebpPixels.only(file) : file;
        this.isMask = isMask;
        this.mostPixels = mostPixels;
    }

    /**
     * The picture of a file, whatever its ending.
     *
     * @throws IllegalArgumentException if it is missing, damaged, of another format, or larger than 89,478,485 pixels, which its header
     *     tells
     * @throws IOException if it cannot be read
     */
    public static Picture read(Path file) throws IOException {
        return read(file.toString(), bytes(file));
    }

    /**
     * The bytes of a file that is there.
     *
     * @throws IllegalArgumentException if it is missing, or a folder
     */
    public static byte[] bytes(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": must be a picture, and there is "
                    + (Files.isDirectory(file) ? "a folder; name a file in it" : "none; check the name"));
        }
        return Files.readAllBytes(file);
    }

    /** The same of a file's bytes; {@code name} is for messages. */
    public static Picture read(String name, byte[] file) throws IOException {
        return read(name, file, MOST_PIXELS);
    }

    /** The same, of at most so many pixels. */
    public static Picture read(String name, byte[] file, long mostPixels) throws IOException {
        return new PictureReader(name, file, false, mostPixels).read();
    }

    /**
     * What a file's bytes show.
     *
     * @param isTransparent whether pixels are transparent, which the picture does not show
     */
    public record Seen(Picture picture, boolean isTransparent) {}

    /** The same, and what is lost of it. */
    public static Seen look(String name, byte[] file) throws IOException {
        PictureReader reader = new PictureReader(name, file, false, MOST_PIXELS);
        return new Seen(reader.read(), reader.hasHoles);
    }

    /**
     * A mask that is light where a picture may change, of a file's bytes. Where a pixel of it is transparent, its holes are meant, as OpenAI
     * has it: light is then what is transparent, whatever colour is there. Any other mask is read as a picture is.
     */
    public static Picture mask(String name, byte[] file) throws IOException {
        return mask(name, file, MOST_PIXELS);
    }

    /** The same, of at most so many pixels. */
    public static Picture mask(String name, byte[] file, long mostPixels) throws IOException {
        return new PictureReader(name, file, true, mostPixels).read();
    }

    private Picture read() throws IOException {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            ImageReader reader = reader(in);
            try {
                reader.setInput(in, true, false);
                requireSize(reader.getWidth(0), reader.getHeight(0));
                requireFewScans(reader);
                List<String> warnings = new ArrayList<>();
                reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
                Picture picture = isFourColour(reader) ? fourColour(reader) : decoded(reader.read(0));
                if (warnings.stream().anyMatch(warning -> warning.contains("remature end")) || isCut(reader)) {
                    throw damaged("it ends too early", null); // what is missing would be grey
                }
                return upright(picture);
            } catch (IOException | IndexOutOfBoundsException | NegativeArraySizeException e) {
                throw damaged(e.getMessage() == null ? e.toString() : e.getMessage(), e);
            } finally {
                reader.dispose();
            }
        }
    }

    private ImageReader reader(ImageInputStream in) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
                return reader;
            }
        }
        throw new IllegalArgumentException(
                name + ": must be a PNG, JPEG or WebP picture, and does not begin like one; convert it to PNG");
    }

    private void requireSize(int width, int height) {
        if ((long) width * height > mostPixels) {
            throw new IllegalArgumentException(name + ": " + width + " x " + height + " px are more than " + mostPixels
                    + " in all; make it smaller");
        }
    }

    private void requireFewScans(ImageReader reader) throws IOException {
        int scans = 0;
        for (int i = 0; isJpeg(reader) && i < file.length - 1; i++) {
            scans += (file[i] & 0xff) == 0xff && (file[i + 1] & 0xff) == START_OF_SCAN ? 1 : 0;
        }
        if (scans > MOST_SCANS) {
            throw new IllegalArgumentException(
                    name + ": must be a JPEG of at most " + MOST_SCANS + " scans, and has " + scans + "; save it anew");
        }
    }

    private static boolean isJpeg(ImageReader reader) throws IOException {
        return reader.getFormatName().toLowerCase(Locale.ROOT).equals("jpeg");
    }

    /** Whether the end is missing, which decoders do not always say: of WebP by the length it states, of JPEG by the marker at its end. */
    private boolean isCut(ImageReader reader) throws IOException {
        if (reader.getFormatName().toLowerCase(Locale.ROOT).equals("webp")) {
            return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(4) + 8L > file.length;
        }
        return isJpeg(reader) && !hasEnd();
    }

    /** Whether the first picture of a JPEG file ends; a thumbnail in it has an end of its own, and lies within a segment. */
    private boolean hasEnd() {
        int at = 2;
        while (at + 1 < file.length) {
            int marker = file[at + 1] & 0xff;
            if ((file[at] & 0xff) != 0xff || marker == 0xff) {
                at++; // of a scan, or to fill
            } else if (marker == END) {
                return true;
            } else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8) || at + 3 >= file.length) {
                at += 2; // nothing follows
            } else {
                at += 2 + ((file[at + 2] & 0xff) << 8) + (file[at + 3] & 0xff);
            }
        }
        return false;
    }

    /** Whether it is a JPEG of four inks. */
    private static boolean isFourColour(ImageReader reader) throws IOException {
        return isJpeg(reader) && reader.canReadRaster() && components(reader) == 4;
    }

    private static int components(ImageReader reader) throws IOException {
        Element frame = node(reader, "sof");
        return frame == null ? 0 : Integer.parseInt(frame.getAttribute("numFrameComponents"));
    }

    private static @Nullable Element node(ImageReader reader, String tag) throws IOException {
        NodeList found = ((Element) reader.getImageMetadata(0).getAsTree(STANDARD_JPEG)).getElementsByTagName(tag);
        return found.getLength() == 0 ? null : (Element) found.item(0);
    }

    /**
     * A picture in inks, stored as Adobe's programs do, 255 for none. Without a profile of the paper there is no right way to show it;
     * Pillow's is to multiply. Source: Pillow 13.0.0, JpegImagePlugin.py and Convert.c.
     */
    private static Picture fourColour(ImageReader reader) throws IOException {
        Raster inks = reader.readRaster(0, null);
        Element adobe = node(reader, "app14Adobe");
        boolean luma = adobe != null && adobe.getAttribute("transform").equals("2");
        int width = inks.getWidth();
        int height = inks.getHeight();
        byte[] rgb = new byte[Math.multiplyExact(3, width * height)];
        int[] row = new int[4 * width];
        for (int y = 0; y < height; y++) {
            inks.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                if (luma) {
                    toInks(row, 4 * x);
                }
                int light = row[4 * x + 3];
                for (int c = 0; c < 3; c++) {
                    rgb[3 * (y * width + x) + c] = (byte) Math.max(0, light - product(255 - row[4 * x + c], light));
                }
            }
        }
        return new Picture(width, height, rgb);
    }

    /** a · b / 255, rounded. */
    private static int product(int a, int b) {
        int t = a * b + 128;
        return ((t >> 8) + t) >> 8;
    }

    /** Brightness and two differences of colour to three inks; black stays. Source: JFIF 1.02, on the complement. */
    private static void toInks(int[] row, int at) {
        double y = row[at];
        double blue = row[at + 1] - 128;
        double red = row[at + 2] - 128;
        row[at] = level(255 - (y + 1.402 * red));
        row[at + 1] = level(255 - (y - 0.344136 * blue - 0.714136 * red));
        row[at + 2] = level(255 - (y + 1.772 * blue));
    }

    private static int level(double value) {
        return (int) Math.max(0, Math.min(255, Math.round(value)));
    }

    private Picture decoded(BufferedImage image) {
        hasHoles = image.getColorModel().hasAlpha() && hasHoles(image);
        return isMask && hasHoles ? holes(image) : picture(image);
    }

    private static boolean hasHoles(BufferedImage image) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if (image.getRGB(x, y) >>> 24 < 255) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Light where an image is transparent. */
    private static Picture holes(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[Math.multiplyExact(3, width * height)];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int light = 255 - (image.getRGB(x, y) >>> 24);
                Arrays.fill(rgb, 3 * (y * width + x), 3 * (y * width + x) + 3, (byte) light);
            }
        }
        return new Picture(width, height, rgb);
    }

    /** Its samples as they are stored: Java's own conversion would bend greys and apply profiles. */
    private static Picture picture(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        Raster raster = image.getRaster();
        byte[] rgb = new byte[Math.multiplyExact(3, width * height)];
        int bands = raster.getNumBands();
        int[] row = new int[bands * width];
        ColorModel model = image.getColorModel();
        int drop = Math.max(0, image.getSampleModel().getSampleSize(0) - 8);
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int at = 3 * (y * width + x);
                if (model instanceof IndexColorModel palette) {
                    int colour = palette.getRGB(row[x]);
                    rgb[at] = (byte) (colour >> 16);
                    rgb[at + 1] = (byte) (colour >> 8);
                    rgb[at + 2] = (byte) colour;
                } else {
                    for (int c = 0; c < 3; c++) {
                        rgb[at + c] = (byte) (row[bands * x + (bands < 3 ? 0 : c)] >> drop);
                    }
                }
            }
        }
        return new Picture(width, height, rgb);
    }

    /** As its EXIF orientation says, 1 to 8; other numbers mean nothing, as in Pillow. */
    private Picture upright(Picture picture) throws IOException {
        return switch (orientation()) {
            case 2 -> placed(picture, false, (x, y, w, h) -> y * w + w - 1 - x);
            case 3 -> placed(picture, false, (x, y, w, h) -> (h - 1 - y) * w + w - 1 - x);
            case 4 -> placed(picture, false, (x, y, w, h) -> (h - 1 - y) * w + x);
            case 5 -> placed(picture, true, (x, y, w, h) -> x * w + y);
            case 6 -> placed(picture, true, (x, y, w, h) -> (h - 1 - x) * w + y);
            case 7 -> placed(picture, true, (x, y, w, h) -> (h - 1 - x) * w + w - 1 - y);
            case 8 -> placed(picture, true, (x, y, w, h) -> x * w + w - 1 - y);
            default -> picture;
        };
    }

    private int orientation() throws IOException {
        try {
            for (ExifIFD0Directory exif : ImageMetadataReader.readMetadata(new ByteArrayInputStream(file), file.length)
                    .getDirectoriesOfType(ExifIFD0Directory.class)) {
                Integer stated = exif.getInteger(ExifDirectoryBase.TAG_ORIENTATION);
                if (stated != null) {
                    return stated;
                }
            }
            return 1;
        } catch (ImageProcessingException e) {
            throw damaged("its metadata: " + e.getMessage(), e);
        }
    }

    /** Which pixel of a picture of w x h comes to (x, y). */
    @FunctionalInterface
    private interface Place {
        int of(int x, int y, int w, int h);
    }

    private static Picture placed(Picture picture, boolean turned, Place place) {
        int w = picture.width();
        int h = picture.height();
        int width = turned ? h : w;
        int height = turned ? w : h;
        byte[] from = picture.rgb();
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                System.arraycopy(from, 3 * place.of(x, y, w, h), to, 3 * (y * width + x), 3);
            }
        }
        return new Picture(width, height, to);
    }

    private IllegalArgumentException damaged(String what, @Nullable Throwable cause) {
        return new IllegalArgumentException(name + ": the picture is damaged: " + what + "; use an intact copy", cause);
    }
}
