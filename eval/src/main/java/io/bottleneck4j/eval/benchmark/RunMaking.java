package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.run.Shard;
import io.bottleneck4j.eval.score.Fault;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A shard of a run while it is made: goes on with what is there, and puts every finished picture in its place.
 *
 * <p>Pictures are made in a folder of their own, so that the run's images hold finished ones alone, whatever ends the run; one that the
 * table does not list yet is made again.
 */
public final class RunMaking {
    /** How folders of unfinished pictures begin. */
    static final String WORK = "making";

    private final RunFolder folder;
    private final Shard shard;
    private final Layout layout;
    private final Map<Integer, Map<Integer, RunPicture>> done = new TreeMap<>();
    private final List<Fault> lost = new ArrayList<>();

    private RunMaking(RunFolder folder, Shard shard, Layout layout) {
        this.folder = folder;
        this.shard = shard;
        this.layout = layout;
    }

    /**
     * Begins a run or goes on with it.
     *
     * @throws IllegalArgumentException if the folder holds another run, or something else, or a table is damaged
     * @throws IOException if it cannot be written
     */
    public static RunMaking begin(RunFolder folder, Shard shard, Layout layout, PromptFiles prompts, RunRecord run)
            throws IOException {
        Path path = folder.path();
        if (folder.isBegun()) {
            List<String> differences = folder.record().differences(run);
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException("out: " + path + " is a run with other settings, of which the first"
                        + " is the folder's and the second this command's: " + String.join("; ", differences)
                        + "; repeat its settings, or name another folder");
            }
        } else {
            requireEmpty(path);
            Files.createDirectories(path);
            folder.write(run);
        }
        prompts.copyTo(path, layout.benchmark());
        Files.createDirectories(folder.images());
        RunMaking making = new RunMaking(folder, shard, layout);
        Files.createDirectories(making.work());
        making.find();
        return making;
    }

    private static void requireEmpty(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("out: " + path + " is a file; name a folder");
        }
        try (Stream<Path> files = Files.list(path)) {
            if (files.findAny().isPresent()) {
                throw new IllegalArgumentException(
                        "out: " + path + " holds files and no run.json; name an empty folder or a new one");
            }
        }
    }

    private void find() throws IOException {
        for (RunPicture picture : folder.pictures(shard)) {
            String damage = MadeFile.damage(
                    folder.images().resolve(picture.file()), layout.benchmark().isOfVideos());
            if (damage == null) {
                put(picture);
            } else {
                lost.add(new Fault(picture.file(), damage));
            }
        }
        if (!lost.isEmpty()) {
            writeTable();
        }
    }

    private void put(RunPicture picture) {
        done.computeIfAbsent(picture.promptIndex(), prompt -> new TreeMap<>()).put(picture.sample(), picture);
    }

    /** Pictures that were listed and are to be made again, each with the reason. */
    public List<Fault> lost() {
        return Collections.unmodifiableList(lost);
    }

    /** The pictures of this shard that are to be made, in order. */
    public List<Slot> missing() {
        return layout.slots().stream()
                .filter(slot -> shard.has(slot.promptIndex()))
                .filter(slot -> !done.getOrDefault(slot.promptIndex(), Map.of()).containsKey(slot.sample()))
                .toList();
    }

    /** How many pictures of this shard are finished. */
    public int finished() {
        return done.values().stream().mapToInt(Map::size).sum();
    }

    private Path work() {
        return folder.path().resolve(shard.isWhole() ? WORK : WORK + "-" + shard.index() + "-of-" + shard.count());
    }

    /** Where a picture is to be made. */
    public Path unfinished(Slot slot) {
        String ending = layout.benchmark().isOfVideos() ? ".mp4" : ".png";
        return work().resolve(String.format(Locale.ROOT, "%05d-%02d%s", slot.promptIndex(), slot.sample(), ending));
    }

    /**
     * Takes in a picture that was made: puts it in its place, and lists it.
     *
     * @param seconds as {@link RunPicture#TIMING} has them
     */
    public void add(Slot slot, long seed, double seconds) throws IOException {
        for (Map.Entry<String, String> companion : layout.companions(slot).entrySet()) {
            WholeFile.write(room(companion.getKey()), companion.getValue().getBytes(StandardCharsets.UTF_8));
        }
        Path made = unfinished(slot);
        Files.move(made, room(layout.file(slot)), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (layout.benchmark().isOfVideos()) {
            Files.deleteIfExists(VideoFormat.sidecar(made)); // the video holds the same, and scripts count files
        }
        BenchmarkPrompt prompt = layout.prompt(slot);
        put(new RunPicture(
                layout.file(slot), slot.promptIndex(), slot.sample(), seed, prompt.category(), prompt.text(), seconds));
        writeTable();
    }

    private Path room(String name) throws IOException {
        Path file = folder.images().resolve(name);
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return file;
    }

    private void writeTable() throws IOException {
        folder.write(
                shard,
                done.values().stream()
                        .flatMap(samples -> samples.values().stream())
                        .toList());
    }

    /** Removes the folder of unfinished pictures, unless something in it was kept. */
    public void close() throws IOException {
        try {
            Files.deleteIfExists(work());
        } catch (DirectoryNotEmptyException e) {
            // latents that outlived a failure, whose message names them
        }
    }
}
