package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.compare.Comparison.Work;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.document.TableFolder;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.media.VideoSettings;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

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
public record ComparisonFolder(Path path) {
    public static final String PAGE = "index.html";
    public static final String TABLE = "results.json";
    static final String CSV = "results.csv";
    /** What videos of a comparison end in. */
    static final String VIDEO = ".mp4";

    private static final int FIRST_PNG_BYTE = 0x89;
    private static final int WORDS = 40;

    /** A file stands where a comparison is to write, and is none that it wrote. */
    public static final class ForeignFileException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        private ForeignFileException(Path file, String why, @Nullable Throwable cause) {
            super(
                    file + ": " + why + ", and would be replaced; move it away, or name another folder with --out-dir",
                    cause);
        }
    }

    /**
     * What there is where a picture is to be: whether it is the very one, made with the settings wanted, its pixels
     * whole; and what is wrong with it, its name first, if it is cut off or otherwise damaged, and may be replaced;
     * else empty.
     */
    record Found(boolean isSame, String damage) {
        /** No file, or a picture of ours with other settings, which may be replaced. */
        static final Found NOTHING = new Found(false, "");

        static final Found SAME = new Found(true, "");
    }

    /** Makes the folder, if it is not there; IllegalArgumentException if it cannot be made or written to. */
    public static ComparisonFolder open(Path path) {
        TableFolder.make("out-dir", path.resolve("pictures"));
        TableFolder.make("out-dir", path);
        return new ComparisonFolder(path);
    }

    /**
     * Checks that what would be replaced was written by a comparison.
     *
     * @throws ForeignFileException if a page, sheet or table is there without the table that every comparison writes first
     */
    void requireOwn() {
        if (Files.exists(resolve(TABLE))) {
            return; // looked into where it is read
        }
        for (String name : List.of(PAGE, CSV, sheet(0))) {
            if (Files.exists(resolve(name))) {
                throw new ForeignFileException(resolve(name), "is there without " + TABLE, null);
            }
        }
    }

    /** What a run reads of the table that it wrote before. */
    record TimesJson(List<TimeJson> pictures) {}

    record TimeJson(
            String file,
            double seconds,
            @Nullable Integer forwardsRun,
            @Nullable Double flopsRun) {
        TimeJson {
            if (!(seconds > 0)) {
                throw new IllegalArgumentException("seconds of " + file + ": must be above 0, not " + seconds);
            }
        }
    }

    /**
     * The times an earlier run has measured: seconds by the relative name of the picture. Without a table there are none.
     *
     * @throws ForeignFileException if the table is damaged, or none of ours
     */
    Map<String, Double> seconds() throws IOException {
        return table(TimeJson::seconds);
    }

    /** What ran for the pictures of an earlier run whose cache decided as it ran, in the same way. */
    Map<String, Work> work() throws IOException {
        return table(time -> time.forwardsRun() == null || time.flopsRun() == null
                ? null
                : new Work(time.forwardsRun(), time.flopsRun()));
    }

    private <T> Map<String, T> table(Function<TimeJson, @Nullable T> value) throws IOException {
        Path file = resolve(TABLE);
        if (!Files.exists(file)) {
            return Map.of();
        }
        if (!JsonFile.isOf(file, ComparisonTables.FORMAT)) {
            throw new ForeignFileException(file, "is not a table that this version of bottleneck4j wrote", null);
        }
        try {
            return JsonFile.read(file, ComparisonTables.FORMAT, TimesJson.class, "it is damaged", times -> {
                Map<String, T> found = new HashMap<>();
                for (TimeJson time : times.pictures()) {
                    T one = value.apply(time);
                    if (one != null) {
                        found.put(time.file(), one);
                    }
                }
                return found;
            });
        } catch (IllegalArgumentException e) {
            throw new ForeignFileException(file, "holds a picture without file or seconds", e);
        }
    }

    /** Checks that every plan has a folder of its own, also where capital letters are not told from small ones. */
    static void requireDistinct(List<String> contenders) {
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
        String plain = plain(contender);
        return plain.isEmpty() ? "plan" : plain;
    }

    /** A name with nothing in it that a file system or a shell might mind. */
    private static String plain(String name) {
        return name.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[-.]+|[-.]+$", "");
    }

    /**
     * A name that tells what is in the file, and stays the same when a prompt file is sorted or a line is put in: words of the prompt, its
     * checksum, and the seed, as {@code a-red-fox-1c8b2a90-seed-4}.
     */
    private static String name(Subject subject) {
        CRC32 checksum = new CRC32();
        checksum.update(subject.prompt().getBytes(StandardCharsets.UTF_8));
        String words = plain(subject.prompt().toLowerCase(Locale.ROOT));
        String first = words.substring(0, Math.min(WORDS, words.length()));
        return first
                + (first.isEmpty() ? "" : "-")
                + String.format(Locale.ROOT, "%08x-seed-%d", checksum.getValue(), subject.seed());
    }

    /** The name of a picture, relative to the folder. */
    public static String picture(Subject subject, String contender) {
        return "pictures/" + folder(contender) + "/" + name(subject) + ".png";
    }

    /** The name of a video, relative to the folder. */
    public static String video(Subject subject, String contender) {
        return "pictures/" + folder(contender) + "/" + name(subject) + VIDEO;
    }

    /** The name of the video of all plans in one, relative to the folder. */
    static String sideBySide(Subject subject) {
        return "side-by-side/" + name(subject) + VIDEO;
    }

    /** The name of the preview of one stage, from 0, relative to the folder, by the name of its picture. */
    static String preview(String picture, int stage) {
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
     * Looks for a picture or video of a name relative to the folder, which need not be made again if it has the
     * settings wanted, under a key of the PNG's text; a video has one place for them. ForeignFileException if there is
     * a file there that is not ours to replace.
     */
    Found find(String name, String key, String settings) throws IOException {
        Path file = resolve(name);
        if (!Files.exists(file)) {
            return Found.NOTHING;
        }
        boolean video = name.endsWith(VIDEO);
        if (!video && !beginsLikePng(file)) {
            throw new ForeignFileException(file, "is not a PNG file", null);
        }
        String stored;
        try {
            stored = video ? VideoSettings.read(file) : PngText.read(file).get(key);
            if (!video) {
                PngReader.read(file);
            }
        } catch (IllegalArgumentException e) {
            if (video) {
                throw new ForeignFileException(file, "is not a video", e);
            }
            return new Found(false, String.valueOf(e.getMessage()));
        }
        if (stored == null) {
            throw new ForeignFileException(file, "holds no settings of bottleneck4j", null);
        }
        return stored.equals(settings) ? Found.SAME : Found.NOTHING;
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

    /** Makes the folder that a file is to be in. */
    void makeRoom(String name) throws IOException {
        Path parent = resolve(name).getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
    }

    /** Writes a text file, whole or not at all. */
    void write(String name, String text) throws IOException {
        WholeFile.write(resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }
}
