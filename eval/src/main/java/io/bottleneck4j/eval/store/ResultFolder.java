package io.bottleneck4j.eval.store;

import io.bottleneck4j.eval.result.Subject;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoSettings;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The folder a comparison is written to.
 *
 * <pre>
 * index.html  sheet.png  sheet-2.png ...  results.json  results.csv
 * pictures/PLAN/PROMPT-CHECKSUM-seed-S.png
 * pictures/PLAN/PROMPT-CHECKSUM-seed-S-stage-1.png ...
 * pictures/PLAN/PROMPT-CHECKSUM-seed-S.mp4, side-by-side/PROMPT-CHECKSUM-seed-S.mp4 of videos
 * </pre>
 *
 * @param path where it is
 */
public record ResultFolder(Path path) {
    public static final String PAGE = "index.html";
    public static final String TABLE = "results.json";
    public static final String CSV = "results.csv";

    /** What videos of a comparison end in. */
    public static final String VIDEO = ".mp4";

    private static final int FIRST_PNG_BYTE = 0x89;

    /**
     * Makes the folder, if it is not there.
     *
     * @throws IllegalArgumentException if it cannot be made or written to
     */
    public static ResultFolder open(Path path) {
        Path pictures = path.resolve("pictures");
        try {
            Files.createDirectories(pictures);
        } catch (FileAlreadyExistsException e) {
            throw new IllegalArgumentException(
                    "out-dir: " + e.getFile() + " must be a folder, and is a file; name another folder", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "out-dir: " + path + " cannot be made; name a folder that you may write to", e);
        }
        if (!Files.isWritable(path) || !Files.isWritable(pictures)) {
            throw new IllegalArgumentException(
                    "out-dir: no permission to write to " + path + "; name a folder that you may write to");
        }
        return new ResultFolder(path);
    }

    /**
     * Checks that what would be replaced was written by a comparison.
     *
     * @throws ForeignFileException if a page, sheet or table is there without the table that every comparison writes first
     */
    public void requireOwn() {
        if (Files.exists(resolve(TABLE))) {
            return; // looked into where it is read
        }
        for (String name : List.of(PAGE, CSV, sheet(0))) {
            if (Files.exists(resolve(name))) {
                throw new ForeignFileException(resolve(name), "is there without " + TABLE, null);
            }
        }
    }

    /**
     * Checks that every plan has a folder of its own, also where capital letters are not told from small ones.
     *
     * @throws IllegalArgumentException if two plans would share one
     */
    public static void requireDistinct(List<String> contenders) {
        Map<String, String> taken = new HashMap<>();
        for (String contender : contenders) {
            String other = taken.putIfAbsent(folder(contender).toLowerCase(Locale.ROOT), contender);
            if (contender.equals(other)) {
                throw new IllegalArgumentException("plan: " + contender + " is given twice; leave one out");
            }
            if (other != null) {
                throw new IllegalArgumentException("plan: " + other + " and " + contender
                        + " are too alike to tell their pictures apart; rename one");
            }
        }
    }

    private static String folder(String contender) {
        String plain = FileName.plain(contender);
        return plain.isEmpty() ? "plan" : plain;
    }

    /** The name of a picture, relative to the folder. */
    public static String picture(Subject subject, String contender) {
        return made(subject, contender) + ".png";
    }

    /** The name of a video, relative to the folder. */
    public static String video(Subject subject, String contender) {
        return made(subject, contender) + VIDEO;
    }

    private static String made(Subject subject, String contender) {
        return "pictures/" + folder(contender) + "/" + FileName.of(subject);
    }

    /** The name of the video of all plans in one, relative to the folder. */
    public static String sideBySide(Subject subject) {
        return "side-by-side/" + FileName.of(subject) + VIDEO;
    }

    /**
     * The name of the preview of one stage, relative to the folder.
     *
     * @param picture the name of its picture
     * @param stage from 0
     */
    public static String preview(String picture, int stage) {
        return picture.substring(0, picture.lastIndexOf('.')) + "-stage-" + (stage + 1) + ".png";
    }

    /** The name of a contact sheet, relative to the folder; the first is {@code sheet.png}. */
    public static String sheet(int index) {
        return index == 0 ? "sheet.png" : "sheet-" + (index + 1) + ".png";
    }

    /** A file in the folder, by its relative name. */
    public Path resolve(String name) {
        return path.resolve(name);
    }

    /**
     * Looks for a picture that need not be made again.
     *
     * @param name relative to the folder
     * @param key of the PNG text that holds the settings
     * @param settings those wanted
     * @throws ForeignFileException if there is a file there that is not ours to replace
     * @throws IOException if it cannot be read
     */
    public Found find(String name, String key, String settings) throws IOException {
        Path file = resolve(name);
        if (!Files.exists(file)) {
            return new Found.Nothing();
        }
        if (!beginsLikePng(file)) {
            throw new ForeignFileException(file, "is not a PNG file", null);
        }
        String stored;
        Picture picture;
        try {
            stored = PngText.read(file).get(key);
            picture = PngReader.read(file);
        } catch (IllegalArgumentException e) {
            return new Found.Damaged(String.valueOf(e.getMessage()));
        }
        if (stored == null) {
            throw new ForeignFileException(file, "holds no settings of bottleneck4j", null);
        }
        return stored.equals(settings) ? new Found.Same(picture) : new Found.Nothing();
    }

    /**
     * Whether a video need not be made again.
     *
     * @param name relative to the folder
     * @param settings those wanted
     * @throws ForeignFileException if there is a file there that is not ours to replace
     * @throws IOException if it cannot be read
     */
    public boolean hasVideo(String name, String settings) throws IOException {
        Path file = resolve(name);
        if (!Files.exists(file)) {
            return false;
        }
        String stored;
        try {
            stored = VideoSettings.read(file);
        } catch (IllegalArgumentException e) {
            throw new ForeignFileException(file, "is not a video", e);
        }
        if (stored == null) {
            throw new ForeignFileException(file, "holds no settings of bottleneck4j", null);
        }
        return stored.equals(settings);
    }

    /** An empty file does too: it is one whose writing was cut off before the first byte. */
    private static boolean beginsLikePng(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            int first = in.read();
            return first < 0 || first == FIRST_PNG_BYTE;
        }
    }

    /**
     * Makes the folder that a file is to be in.
     *
     * @throws IOException if it cannot be made
     */
    public void makeRoom(String name) throws IOException {
        Path parent = resolve(name).getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
    }

    /**
     * Writes a PNG file, whole or not at all.
     *
     * @throws IOException if it cannot be written
     */
    public void write(String name, Picture picture, Map<String, String> texts) throws IOException {
        PngWriter.write(resolve(name), picture, texts);
    }

    /**
     * Writes a text file, whole or not at all.
     *
     * @throws IOException if it cannot be written
     */
    public void write(String name, String text) throws IOException {
        WholeFile.write(resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }
}
