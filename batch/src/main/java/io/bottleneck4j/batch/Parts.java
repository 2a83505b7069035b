package io.bottleneck4j.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where finished files lie: alone, or in parts of many. A part is written as a whole, then recorded, and only then are the files gone that
 * it holds; whatever ends the process between two of these, each picture is recorded once, and in a place where it is whole.
 */
final class Parts {
    private final Path run;
    private final Batch.Options options;
    private final Ledger ledger;
    private final Deque<Ledger.Entry> alone = new ArrayDeque<>();
    private final Map<String, Boolean> whole = new HashMap<>();
    private int next;

    Parts(Path run, Batch.Options options, Ledger ledger) {
        this.run = run;
        this.options = options;
        this.ledger = ledger;
        if (options.packing() != Packing.FILES) {
            alone.addAll(ledger.unpacked(options.shard().isWhole()));
        }
    }

    private Path folder() {
        return run.resolve("parts");
    }

    private String stem() {
        return options.shard().name("part");
    }

    /** Removes parts of this shard that were not recorded: a process ended there. */
    void clean() throws IOException {
        if (!Files.isDirectory(folder())) {
            return;
        }
        Pattern own = Pattern.compile(Pattern.quote(stem()) + "-(\\d{5,})\\.(tar|parquet)(\\.tmp)?");
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder())) {
            files = listed.toList();
        }
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            Matcher part = own.matcher(name);
            if (part.matches()) {
                if (ledger.parts().containsKey("parts/" + name)) {
                    next = Math.max(next, Integer.parseInt(part.group(1)) + 1);
                } else {
                    Files.delete(file);
                }
            }
        }
    }

    /** Whether a row's file is there and is the one that was made. */
    boolean isWhole(Ledger.Entry entry, String place) throws IOException {
        Ledger.Part part = entry.part();
        if (part != null) {
            Files.deleteIfExists(run.resolve(place)); // a process ended between recording the part and this
            Boolean known = whole.get(part.file());
            if (known == null) {
                known = isWhole(run.resolve(part.file()), part.bytes(), part.sha256());
                whole.put(part.file(), known);
            }
            return known;
        }
        Made made = ledger.line(entry);
        return isWhole(run.resolve(made.file()), made.bytes(), made.sha256());
    }

    private static boolean isWhole(Path file, long bytes, String sha256) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == bytes
                && Digest.ofFile(file).equals(sha256);
    }

    /** A file lies in its place. */
    void made(Made made) throws IOException {
        Ledger.Entry entry = ledger.made(made);
        if (options.packing() != Packing.FILES) {
            alone.add(entry);
        }
    }

    /**
     * Packs files that lie alone.
     *
     * @param rest also those that do not fill a part
     */
    void pack(boolean rest, Cancellation cancellation) throws IOException {
        while (alone.size() >= options.partRows() || (rest && !alone.isEmpty())) {
            List<Packing.Picture> pictures = new ArrayList<>();
            while (pictures.size() < options.partRows() && !alone.isEmpty()) {
                Ledger.Entry entry = alone.remove();
                Made made = ledger.line(entry);
                Path file = run.resolve(made.file());
                boolean holds = entry.equals(ledger.find(made.id())); // and was not made again since
                if (holds && isWhole(file, made.bytes(), made.sha256())) {
                    pictures.add(picture(made, file));
                }
            }
            if (!pictures.isEmpty()) {
                cancellation.check("before files were packed");
                cancellation.whole(() -> pack(pictures));
            }
        }
    }

    private void pack(List<Packing.Picture> pictures) throws IOException {
        Files.createDirectories(folder());
        String name = String.format(
                Locale.ROOT, "%s-%05d%s", stem(), next, options.packing().ending());
        Path part = folder().resolve(name);
        Path unfinished = folder().resolve(name + ".tmp");
        try {
            options.packing().write(unfinished, pictures);
            Files.move(unfinished, part);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(unfinished);
            throw new IOException(part + ": cannot be written: " + WholeFile.message(e), e);
        }
        next++;
        ledger.packed(
                new Ledger.Part("parts/" + name, Digest.ofFile(part), Files.size(part)),
                pictures.stream().map(picture -> picture.made().id()).toList());
        for (Packing.Picture picture : pictures) {
            Files.delete(picture.file());
        }
    }

    private static Packing.Picture picture(Made made, Path file) throws IOException {
        Settings settings = Settings.read(file, made.frames() == null ? Model.Kind.PICTURE : Model.Kind.VIDEO);
        String text = settings == null ? "{}" : settings.toJson();
        try {
            ObjectNode json = Ledger.JSON.valueToTree(made);
            json.set("settings", Ledger.JSON.readTree(text));
            return new Packing.Picture(made, file, text, Ledger.JSON.writeValueAsString(json));
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": " + e.getOriginalMessage(), e);
        }
    }
}
