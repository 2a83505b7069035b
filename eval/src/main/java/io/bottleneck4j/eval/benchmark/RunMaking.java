package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.document.RewritePace;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.run.Shard;
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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A shard of a run while it is made: goes on with what is there, and puts every finished picture in its place.
 *
 * <p>Pictures are made in a folder of their own, so that the run's images hold finished ones alone, whatever ends the run. The table is
 * written anew at a {@link RewritePace}, and by {@link #close}; a picture that it does not list is made again.
 */
public final class RunMaking implements AutoCloseable {
    /** How folders of unfinished pictures begin. */
    static final String WORK = "making";

    private final RunFolder folder;
    private final Shard shard;
    private final Layout layout;
    private final Map<Slot, RunPicture> done = new HashMap<>();
    private final RewritePace pace = new RewritePace();
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
            String damage = RunCheck.damage(
                    folder.images().resolve(picture.file()), layout.benchmark().isOfVideos());
            if (damage == null) {
                done.put(picture.slot(), picture);
            } else {
                lost.add(new Fault(picture.file(), damage));
            }
        }
        pace.wrote(done.size());
        if (!lost.isEmpty()) {
            writeTable();
        }
    }

    /** Pictures that were listed and are to be made again, each with the reason. */
    public List<Fault> lost() {
        return Collections.unmodifiableList(lost);
    }

    /** The pictures of this shard that are to be made, in order. */
    public List<Slot> missing() {
        return layout.slots().stream()
                .filter(slot -> shard.has(slot.promptIndex()))
                .filter(slot -> !done.containsKey(slot))
                .toList();
    }

    /** How many pictures of this shard are finished. */
    public int finished() {
        return done.size();
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
        Benchmark.Prompt prompt = layout.prompt(slot);
        done.put(
                slot,
                new RunPicture(
                        layout.file(slot),
                        slot.promptIndex(),
                        slot.sample(),
                        seed,
                        prompt.category(),
                        prompt.text(),
                        seconds));
        if (pace.isDue(done.size())) {
            writeTable();
        }
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
        folder.write(shard, List.copyOf(done.values()));
        pace.wrote(done.size());
    }

    /** Lists what is not listed yet, and removes the folder of unfinished pictures, unless something in it was kept. */
    @Override
    public void close() throws IOException {
        if (!pace.isListed(done.size())) {
            writeTable();
        }
        try {
            Files.deleteIfExists(work());
        } catch (DirectoryNotEmptyException e) {
            // latents that outlived a failure, whose message names them
        }
    }
}
