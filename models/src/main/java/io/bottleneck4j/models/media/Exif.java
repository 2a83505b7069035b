package io.bottleneck4j.models.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** EXIF data with tags of a program's own, as it stands in JPEG and WebP files. Source: Exif 2.32, 4.5 and 4.6. */
final class Exif {
    /** Data of the program that wrote the file, in a form of its own. */
    static final int MAKER_NOTE = 0x927c;

    /** Text of a user; readers find its letters by the first eight bytes. */
    static final int USER_COMMENT = 0x9286;

    /** The key of the text that stands in the user's comment, where Automatic1111's web UI has it. */
    static final String PARAMETERS = "parameters";

    private static final int DIRECTORY = 0x8769;
    private static final int LONG = 4;
    private static final int UNDEFINED = 7;
    private static final int HEADER = 8;
    private static final int ENTRY = 12;

    private Exif() {}

    /** The value of a user's comment. */
    static byte[] comment(String text) {
        byte[] letters = text.getBytes(StandardCharsets.UTF_16BE);
        return ByteBuffer.allocate(8 + letters.length)
                .put("UNICODE\0".getBytes(StandardCharsets.US_ASCII))
                .put(letters)
                .array();
    }

    /** A directory that points to another, which holds the values by tag, as bytes. */
    static byte[] of(Map<Integer, byte[]> values) {
        int inner = HEADER + size(1);
        int place = inner + size(values.size());
        ByteBuffer out = ByteBuffer.allocate(
                place + values.values().stream().mapToInt(v -> v.length).sum());
        out.put("MM".getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(HEADER);
        out.putShort((short) 1);
        entry(out, DIRECTORY, LONG, 1).putInt(inner).putInt(0);
        out.putShort((short) values.size());
        for (var value : new TreeMap<>(values).entrySet()) {
            byte[] bytes = value.getValue();
            entry(out, value.getKey(), UNDEFINED, bytes.length);
            if (bytes.length <= 4) {
                out.put(Arrays.copyOf(bytes, 4));
            } else {
                out.putInt(place).put(place, bytes);
                place += bytes.length;
            }
        }
        return out.putInt(0).array();
    }

    /** Of a directory of so many entries, and none after it. */
    private static int size(int entries) {
        return 2 + ENTRY * entries + 4;
    }

    private static ByteBuffer entry(ByteBuffer out, int tag, int type, int count) {
        return out.putShort((short) tag).putShort((short) type).putInt(count);
    }
}
