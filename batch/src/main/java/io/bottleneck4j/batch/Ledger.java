package io.bottleneck4j.batch;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What became of the rows: {@code results.jsonl}, of shard 2 of 4 {@code results-2-of-4.jsonl}. Lines are added and never changed; where
 * two speak of one row, the later one holds, by the time in it: shards write files of their own. A line that the end of a process cut off is removed when the next begins.
 *
 * <p>In memory it holds some 200 bytes a row, and no texts.
 */
final class Ledger implements Closeable {
    private static final String STEM = "results";

    private static final String FILES = STEM + "(-\\d+-of-\\d+)?\\.jsonl";

    static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final Path own;
    private final RandomAccessFile out;
    private final Map<Digest, Entry> rows = new HashMap<>();
    private final Map<String, Part> parts = new LinkedHashMap<>();
    private final Set<Digest> faults = new HashSet<>();
    private final List<String> damages = new ArrayList<>();

    /**
     * What is known of a row.
     *
     * @param row its meaning when this was written
     * @param results the file of the line that says so
     * @param offset of that line
     * @param at milliseconds since 1970 when it was written
     * @param made false where it failed
     * @param part the file it was packed into; null where it lies alone
     */
    record Entry(
            Digest row,
            Path results,
            long offset,
            long at,
            boolean made,
            @Nullable Part part) {
        private Entry in(Part packed) {
            return new Entry(row, results, offset, at, made, packed);
        }
    }

    /** A file of many pictures, by its name below the run's folder. */
    record Part(String file, String sha256, long bytes) {}

    /**
     * A line: a row that failed, or that could not be read.
     *
     * @param row its meaning; null of a row that could not be read
     * @param at when; null of a row that could not be read, whose line is the same each time
     */
    @JsonPropertyOrder({"id", "line", "error"})
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Failed(
            @Nullable String id,
            long line,
            @Nullable String row,
            String error,
            @Nullable String at) {}

    /** A line: rows whose files were packed into one. */
    @JsonPropertyOrder({"part", "sha256", "bytes", "at", "ids"})
    private record Packed(String part, String sha256, long bytes, String at, List<String> ids) {}

    private Ledger(Path own) throws IOException {
        this.own = own;
        out = new RandomAccessFile(own.toFile(), "rw");
    }

    /** The file of a shard. */
    static Path file(Path run, Shard shard) {
        return run.resolve(shard.name(STEM) + ".jsonl");
    }

    /** Reads all that is known of a run, and opens the shard's own file. */
    static Ledger open(Path run, Shard shard) throws IOException {
        Ledger ledger = new Ledger(file(run, shard));
        try {
            List<Path> files;
            try (Stream<Path> listed = Files.list(run)) {
                files = listed.filter(file -> String.valueOf(file.getFileName()).matches(FILES))
                        .sorted()
                        .toList();
            }
            for (Path file : files) {
                long whole = ledger.read(file);
                if (file.equals(ledger.own)) {
                    ledger.out.setLength(whole);
                    ledger.out.seek(whole);
                }
            }
            return ledger;
        } catch (IOException | RuntimeException e) {
            ledger.out.close();
            throw e;
        }
    }

    /** Takes in the lines of a file; returns where the last whole one ends. */
    private long read(Path file) throws IOException {
        long begin = 0;
        long at = 0;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int next = in.read(); next >= 0; next = in.read()) {
                at++;
                if (next != '\n') {
                    line.write(next);
                    continue;
                }
                take(file, begin, line.toString(StandardCharsets.UTF_8));
                line.reset();
                begin = at;
            }
        }
        return begin;
    }

    private void take(Path file, long offset, String line) {
        try {
            JsonNode json = JSON.readTree(line);
            if (json.has("part")) {
                Packed packed = JSON.treeToValue(json, Packed.class);
                Part part = new Part(packed.part(), packed.sha256(), packed.bytes());
                parts.put(part.file(), part);
                packedAt(part, packed.ids(), millis(packed.at()));
            } else if (!json.path("row").isTextual()) {
                faults.add(Digest.of(line));
            } else {
                Digest meaning = Digest.parse(json.path("row").textValue());
                long at = millis(json.path("at").textValue());
                put(json.path("id").textValue(), new Entry(meaning, file, offset, at, !json.has("error"), null));
            }
        } catch (JsonProcessingException | RuntimeException e) {
            damages.add(file + ": the line at byte " + offset + " is damaged and not used");
        }
    }

    private void put(String id, Entry entry) {
        rows.merge(Digest.of(id), entry, (known, now) -> now.at() < known.at() ? known : now);
    }

    /** Rows lie in a part, but for those that were made again since. */
    private void packedAt(Part part, List<String> ids, long at) {
        ids.forEach(
                id -> rows.computeIfPresent(Digest.of(id), (key, entry) -> entry.at() > at ? entry : entry.in(part)));
    }

    /** For lines: now, in thousandths of a second. */
    static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private static long millis(String at) {
        return Instant.parse(at).toEpochMilli();
    }

    /** Lines that could not be read, for the user. */
    List<String> damages() {
        return List.copyOf(damages);
    }

    /** What is known of a row by its id; null if it was not come to. */
    @Nullable
    Entry find(String id) {
        return rows.get(Digest.of(id));
    }

    /** The line of a row that was made. */
    Made line(Entry entry) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(entry.results().toFile(), "r")) {
            file.seek(entry.offset());
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            byte[] buffer = new byte[4096];
            for (int n = file.read(buffer); n > 0; n = file.read(buffer)) {
                int end = 0;
                while (end < n && buffer[end] != '\n') {
                    end++;
                }
                line.write(buffer, 0, end);
                if (end < n) {
                    break;
                }
            }
            return JSON.readValue(line.toByteArray(), Made.class);
        } catch (JsonProcessingException e) {
            throw new IOException(entry.results() + ": was changed while it was read: " + e.getOriginalMessage(), e);
        }
    }

    /** Rows that were made and lie alone, as this shard has to pack them: its own, or of a whole run all. */
    List<Entry> unpacked(boolean all) {
        return rows.values().stream()
                .filter(entry -> entry.made()
                        && entry.part() == null
                        && (all || entry.results().equals(own)))
                .sorted((a, b) -> {
                    int byFile = a.results().compareTo(b.results());
                    return byFile != 0 ? byFile : Long.compare(a.offset(), b.offset());
                })
                .toList();
    }

    /** Files of many pictures, by name. */
    Map<String, Part> parts() {
        return Map.copyOf(parts);
    }

    /** A row was made. */
    Entry made(Made made) throws IOException {
        long offset = append(text(made));
        Entry entry = new Entry(Digest.parse(made.row()), own, offset, millis(made.at()), true, null);
        put(made.id(), entry);
        return entry;
    }

    /** A row failed; one that could not be read is told once, however often the run begins. */
    void failed(Failed failed) throws IOException {
        String line = text(failed);
        String at = failed.at();
        if (failed.row() == null || at == null) {
            if (faults.add(Digest.of(line))) {
                append(line);
            }
            return;
        }
        long offset = append(line);
        put(String.valueOf(failed.id()), new Entry(Digest.parse(failed.row()), own, offset, millis(at), false, null));
    }

    /** Rows were packed. */
    void packed(Part part, List<String> ids) throws IOException {
        String now = now();
        append(text(new Packed(part.file(), part.sha256(), part.bytes(), now, ids)));
        parts.put(part.file(), part);
        packedAt(part, ids, millis(now));
    }

    private static String text(Record line) {
        try {
            return JSON.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("json: text can always be written", e);
        }
    }

    /** Adds a line, whole or not at all; returns where it begins. */
    private long append(String line) throws IOException {
        long begin = out.length();
        try {
            out.seek(begin);
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return begin;
        } catch (IOException e) {
            out.setLength(begin);
            throw new IOException(own + ": cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
