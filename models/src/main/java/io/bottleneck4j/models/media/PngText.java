package io.bottleneck4j.models.media;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Reads the texts of a PNG file, whichever program wrote it; the pixels are skipped. */
public final class PngText {
    /** No text of use is longer, and a small file may unpack to a very large one. */
    private static final int LONGEST = 16 << 20;

    private final Path file;
    private final Map<String, String> texts = new LinkedHashMap<>();

    private PngText(Path file) {
        this.file = file;
    }

    /**
     * The texts by key, in the file's order; of two with one key the later.
     *
     * @throws IllegalArgumentException if the file is not a PNG, or is damaged
     * @throws IOException if it cannot be read
     */
    public static Map<String, String> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": must be a PNG file, and there is none; check the name");
        }
        PngText reader = new PngText(file);
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (!Arrays.equals(in.readNBytes(PngWriter.SIGNATURE.length), PngWriter.SIGNATURE)) {
                throw new IllegalArgumentException(
                        file + ": must be a PNG file, but does not begin like one; give the PNG that holds the text");
            }
            while (reader.chunk(in)) {
                // the method reads one
            }
        } catch (EOFException e) {
            throw reader.damaged("it ends in the middle of a chunk", e);
        }
        return Collections.unmodifiableMap(reader.texts);
    }

    /** Returns false at the end of the picture. */
    private boolean chunk(DataInputStream in) throws IOException {
        long length = in.readInt() & 0xffffffffL;
        byte[] type = in.readNBytes(4);
        String name = new String(type, StandardCharsets.ISO_8859_1);
        if (name.equals("IEND")) {
            return false;
        }
        if (!name.equals("tEXt") && !name.equals("zTXt") && !name.equals("iTXt")) {
            in.skipNBytes(length + 4);
            return true;
        }
        if (length > LONGEST) {
            throw damaged("its " + name + " chunk says it has " + length + " bytes", null);
        }
        byte[] data = in.readNBytes((int) length);
        CRC32 crc = new CRC32();
        crc.update(type);
        crc.update(data);
        if (in.readInt() != (int) crc.getValue()) {
            throw damaged("the checksum of its " + name + " chunk is wrong", null);
        }
        text(name, data);
        return true;
    }

    private void text(String name, byte[] data) throws IOException {
        int keyEnd = end(data, 0);
        String key = new String(data, 0, keyEnd, StandardCharsets.ISO_8859_1);
        switch (name) {
            case "tEXt" -> texts.put(key, decode(data, keyEnd + 1, false, StandardCharsets.ISO_8859_1));
            case "zTXt" -> texts.put(key, decode(data, keyEnd + 2, true, StandardCharsets.ISO_8859_1));
            default -> {
                int language = end(data, Math.min(keyEnd + 3, data.length));
                int translated = end(data, language + 1);
                texts.put(key, decode(data, translated + 1, data[keyEnd + 1] != 0, StandardCharsets.UTF_8));
            }
        }
    }

    private int end(byte[] data, int from) {
        for (int i = from; i < data.length; i++) {
            if (data[i] == 0) {
                return i;
            }
        }
        throw damaged("a text chunk ends too early", null);
    }

    private String decode(byte[] data, int from, boolean compressed, Charset charset) throws IOException {
        int start = Math.min(from, data.length);
        if (!compressed) {
            return new String(data, start, data.length - start, charset);
        }
        try (InputStream in = new InflaterInputStream(new ByteArrayInputStream(data, start, data.length - start))) {
            byte[] text = in.readNBytes(LONGEST + 1);
            if (text.length > LONGEST) {
                throw damaged("a text chunk unpacks to more than " + LONGEST + " bytes", null);
            }
            return new String(text, charset);
        } catch (ZipException | EOFException e) {
            throw damaged("a compressed text chunk cannot be unpacked", e);
        }
    }

    private IllegalArgumentException damaged(String what, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                file + ": the PNG file is damaged: " + what + "; use an intact copy", cause);
    }
}
