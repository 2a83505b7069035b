package io.bottleneck4j.batch;

import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a run leaves in its folder.
 *
 * <pre>
 * batch.json             what bears on every row: model, plan, type of number, and what else was asked for
 * results.jsonl          {@link Ledger}
 * images/3f2/ID.png      a file a row, in one of 4,096 folders by the SHA-256 of its id; of videos, videos/3f2/ID.mp4
 * parts/part-00000.tar   or .parquet: files that were packed
 * making/                what is unfinished, while a process runs
 * </pre>
 */
record BatchFolder(Path path) {
    /** What batch.json says it is. */
    private static final String FORMAT = "bottleneck4j batch 1";

    private static final String RECORD = "batch.json";
    private static final int LONGEST_NAME = 100;

    private record Fact(String name, String value) {}

    private record Begun(String format, List<Fact> settings) {}

    /**
     * Begins a run in it, or goes on with one.
     *
     * @param facts what bears on every row, by name
     * @throws IllegalArgumentException if it holds another run, or something else
     * @throws IOException if it cannot be made or written
     */
    void begin(Map<String, String> facts) throws IOException {
        Path record = path.resolve(RECORD);
        if (Files.exists(record)) {
            requireSame(record, facts);
            return;
        }
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new IllegalArgumentException("out: " + path + " is a file; name a folder");
        }
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.list(path)) {
                if (files.findAny().isPresent()) {
                    throw new IllegalArgumentException(
                            "out: " + path + " holds files and no " + RECORD + "; name an empty folder or a new one");
                }
            }
        }
        Files.createDirectories(path);
        List<Fact> settings = new ArrayList<>();
        new TreeMap<>(facts).forEach((name, value) -> settings.add(new Fact(name, value)));
        WholeFile.write(
                record, (StrictJson.write(new Begun(FORMAT, settings)) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void requireSame(Path record, Map<String, String> facts) throws IOException {
        Begun begun = StrictJson.read(Begun.class, record.toString(), Files.readString(record));
        if (!begun.format().equals(FORMAT)) {
            throw new IllegalArgumentException(record + ": format must be '" + FORMAT + "', not '" + begun.format()
                    + "'; was it made by a newer version of bottleneck4j?");
        }
        Map<String, String> stored = new TreeMap<>();
        begun.settings().forEach(fact -> stored.put(fact.name(), fact.value()));
        TreeSet<String> names = new TreeSet<>(stored.keySet());
        names.addAll(facts.keySet());
        List<String> differences = names.stream()
                .filter(name -> !stored.getOrDefault(name, "none").equals(facts.getOrDefault(name, "none")))
                .map(name ->
                        name + ": " + stored.getOrDefault(name, "none") + " and " + facts.getOrDefault(name, "none"))
                .toList();
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException("out: " + path + " is a run with other settings (first"
                    + " the folder's, then this command's): " + String.join("; ", differences)
                    + "; repeat its settings, or name another folder");
        }
    }

    /** Where the file of a row lies, below the folder: one folder of 4,096 for each id, and a name that every system takes. */
    static String place(String id, String ending) {
        String hex = Digest.of(id).hex();
        return (ending.equals("mp4") ? "videos/" : "images/") + hex.substring(0, 3) + "/" + name(id, hex) + "."
                + ending;
    }

    /**
     * The id itself where all of its characters are small letters, digits and what no system objects to. Any other has these alone, and
     * some of its SHA-256, so that no two are the same, also where large letters are small ones and names have an end.
     */
    private static String name(String id, String hex) {
        if (id.length() <= LONGEST_NAME && id.matches("[a-z0-9_][a-z0-9_.-]*") && !id.endsWith(".")) {
            return id;
        }
        String plain = id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]+", "_");
        return plain.substring(0, Math.min(plain.length(), LONGEST_NAME - 20)) + "-" + hex.substring(0, 16);
    }
}
