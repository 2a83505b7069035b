package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.bottleneck4j.batch.ShardWork;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.media.VideoReader;
import io.bottleneck4j.models.media.VideoSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a run's folder is what the benchmark's own scripts expect: every picture there, readable and of the run's size, every
 * companion as the scripts read it, nothing else among the images, and the tables in agreement with all that.
 */
public final class RunCheck {
    private final RunFolder folder;
    private final RunRecord run;
    private final Layout layout;
    private final List<Fault> faults = new ArrayList<>();

    private RunCheck(RunFolder folder, RunRecord run, Layout layout) {
        this.folder = folder;
        this.run = run;
        this.layout = layout;
    }

    /**
     * All that is wrong with a run; none for a finished one.
     *
     * @throws IllegalArgumentException if run.json or the copy of the prompts cannot be read, without which nothing can be said
     */
    public static List<Fault> of(RunFolder folder) throws IOException {
        RunRecord run = folder.record();
        Benchmark benchmark = Benchmark.named(run.benchmark());
        PromptFiles prompts = PromptFiles.ofRun(folder.path(), run, benchmark);
        Layout layout = Layout.of(benchmark, prompts, run.prompts().count(), run.samples());
        if (layout.prompts().size() < run.prompts().count()) {
            throw new IllegalArgumentException(folder.path() + ": run.json says "
                    + run.prompts().count() + " prompts, and its copy of the prompts has "
                    + layout.prompts().size());
        }
        return new RunCheck(folder, run, layout).faults();
    }

    private List<Fault> faults() throws IOException {
        faults.addAll(layout.faults());
        Set<String> listed = new HashSet<>();
        try {
            for (Slot slot : folder.missing()) {
                if (!layout.unplaced().containsKey(slot.promptIndex())) {
                    fault(layout.file(slot), "was not made: " + slot);
                }
            }
            for (RunPicture picture : folder.pictures()) {
                listed.add(picture.file());
                check(picture);
            }
        } catch (IllegalArgumentException e) {
            fault("tables", String.valueOf(e.getMessage()));
            listed.addAll(layout.byFile().keySet()); // whether they list a file is not known
        }
        checkStrays(listed);
        checkUnfinished();
        return faults;
    }

    private void fault(String item, String reason) {
        Fault fault = new Fault(item, reason);
        if (!faults.contains(fault)) {
            faults.add(fault);
        }
    }

    private void check(RunPicture picture) throws IOException {
        Slot slot = picture.slot();
        if (layout.unplaced().containsKey(slot.promptIndex())) {
            fault(picture.file(), "is listed as " + slot + ", which has no place");
            return;
        }
        Benchmark.Prompt prompt = layout.prompt(slot);
        agree(picture, "file", picture.file(), layout.file(slot));
        agree(picture, "prompt", picture.prompt(), prompt.text());
        agree(picture, "category", picture.category(), prompt.category());
        agree(picture, "seed", picture.seed(), run.seed() + picture.sample());
        String reason = pictureFault(folder.images().resolve(picture.file()));
        if (reason != null) {
            fault(picture.file(), reason);
        }
        for (Map.Entry<String, String> companion : layout.companions(slot).entrySet()) {
            checkCompanion(companion.getKey(), companion.getValue());
        }
    }

    private void agree(RunPicture picture, String what, Object listed, Object expected) {
        if (!listed.equals(expected)) {
            fault(picture.file(), "is listed with the " + what + " '" + listed + "', not '" + expected + "'");
        }
    }

    /** As the scripts read it: one JSON value, whose spelling does not matter. */
    private void checkCompanion(String name, String expected) throws IOException {
        Path file = folder.images().resolve(name);
        if (!Files.isRegularFile(file)) {
            fault(name, "is missing");
            return;
        }
        try {
            if (!JsonFile.MAPPER.readTree(Files.readAllBytes(file)).equals(JsonFile.MAPPER.readTree(expected))) {
                fault(name, "is not the line of its prompt");
            }
        } catch (JsonProcessingException e) {
            fault(name, "is cut off or is not JSON");
        }
    }

    private void checkStrays(Set<String> listed) throws IOException {
        if (!Files.isDirectory(folder.images())) {
            fault("images", "is missing");
            return;
        }
        Map<String, Slot> expected = layout.byFile();
        Set<String> companions = layout.companions();
        for (String name : images()) {
            if (expected.containsKey(name)) {
                if (!listed.contains(name)) {
                    fault(name, "is there, and no table lists it; 'evaluate generate' makes it again");
                }
            } else if (!companions.contains(name)) {
                fault(name, "does not belong to the run, and " + run.benchmark() + "'s scripts may read it; move it");
            }
        }
    }

    private List<String> images() throws IOException {
        try (Stream<Path> files = Files.walk(folder.images())) {
            return files.filter(file -> !Files.isDirectory(file))
                    .map(file -> folder.images().relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    private void checkUnfinished() throws IOException {
        try (Stream<Path> files = Files.list(folder.path())) {
            files.filter(file -> String.valueOf(file.getFileName()).startsWith(ShardWork.FOLDER))
                    .sorted()
                    .forEach(
                            file -> fault(
                                    String.valueOf(file.getFileName()),
                                    "holds unfinished files of a run that is in progress or was interrupted; remove it if none is in progress"));
        }
    }

    /** What is wrong with a file as far as its frame tells, without its pixels; null if nothing is. */
    static @Nullable String damage(Path file, boolean video) throws IOException {
        if (!Files.isRegularFile(file)) {
            return "is missing";
        }
        try {
            if (video) {
                return VideoSettings.read(file) == null ? "is a video of another program" : null;
            }
            PngText.read(file);
            return null;
        } catch (IllegalArgumentException e) {
            return Fault.of(file, e).reason();
        }
    }

    /** What is wrong with a file that is to have the run's size; null if nothing is. */
    private @Nullable String pictureFault(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return "is missing";
        }
        try {
            return layout.benchmark().ofVideos() ? videoFault(file) : sizeFault(PngReader.read(file));
        } catch (IllegalArgumentException e) {
            return Fault.of(file, e).reason();
        }
    }

    private @Nullable String videoFault(Path file) throws IOException {
        int read = 0;
        try (VideoReader reader = VideoReader.open(file)) {
            for (Picture frame = reader.next(); frame != null; frame = reader.next()) {
                String fault = sizeFault(frame);
                if (fault != null) {
                    return "frame " + read + " " + fault;
                }
                read++;
            }
        }
        return read == run.frames() ? null : "has " + read + " frames, not the run's " + run.frames();
    }

    private @Nullable String sizeFault(Picture picture) {
        return picture.width() == run.width() && picture.height() == run.height()
                ? null
                : "is " + picture.width() + "x" + picture.height() + ", not the run's " + run.width() + "x"
                        + run.height();
    }
}
