package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.document.Html;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A picture or video as it is shown: its type as browsers name it, such as {@code image/png}, its pixels, and nothing
 * that tells how it was made.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Blind(String type, byte[] bytes) {

    /** Reads a file and takes its settings out; IllegalArgumentException if it is damaged, or of another kind. */
    static Blind of(Path file) throws IOException {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".png") || name.endsWith(".jpg")) { // benchmarks that want .jpg get PNG under that name
            return new Blind("image/png", PngWriter.bytes(PngReader.read(file), Map.of()));
        }
        if (name.endsWith(".mp4")) {
            return new Blind("video/mp4", without(Files.readAllBytes(file), VideoSettings.read(file)));
        }
        throw new IllegalArgumentException(file + ": must be a PNG picture or .mp4, whose settings can be taken out");
    }

    /** The same bytes with spaces in the place of a text; what follows keeps its place, which the file's index needs. */
    private static byte[] without(byte[] bytes, @Nullable String text) {
        if (text == null) {
            return bytes;
        }
        byte[] sought = text.getBytes(StandardCharsets.UTF_8);
        byte[] blank = bytes.clone();
        for (int from = 0; from + sought.length <= blank.length; from++) {
            if (Arrays.equals(blank, from, from + sought.length, sought, 0, sought.length)) {
                Arrays.fill(blank, from, from + sought.length, (byte) ' ');
            }
        }
        return blank;
    }

    /** As an address. */
    String address() {
        return Html.address(type, bytes);
    }
}
