package io.bottleneck4j.eval.report;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Runs on disk, of prompts whose first half is of category {@code counting}, the other of {@code position}. */
public final class ScoredRuns {
    private final Path parent;
    private final int prompts;
    private final int samples;

    public ScoredRuns(Path parent, int prompts, int samples) {
        this.parent = parent;
        this.prompts = prompts;
        this.samples = samples;
    }

    /** A whole run; its pictures are of 4 × 4 pixels and hold the plan as a text. */
    public Entry write(String plan, double flops, ToDoubleFunction<Slot> seconds) throws IOException {
        return write(record(plan, flops, 7), seconds);
    }

    public RunRecord record(String plan, double flops, long seed) {
        return new RunRecord(
                new RunRecord.PromptSet("prompts.jsonl", "0".repeat(64), prompts),
                "emoji",
                "emoji-flux",
                plan,
                List.of("256x256, 20 of 20 steps"),
                20,
                flops,
                false,
                256,
                256,
                1,
                "float32",
                Map.of("guidance", "3.5"),
                samples,
                seed,
                1,
                "cpu, 2 threads",
                "0.1.0");
    }

    public Entry write(RunRecord run, ToDoubleFunction<Slot> seconds) throws IOException {
        RunFolder folder = new RunFolder(Files.createDirectories(parent.resolve(run.plan())));
        Files.createDirectories(folder.images());
        Files.createDirectories(folder.path().resolve("scores"));
        folder.write(run);
        List<RunPicture> pictures = new ArrayList<>();
        for (Slot slot : slots()) {
            RunPicture picture = new RunPicture(
                    file(slot),
                    slot.promptIndex(),
                    slot.sample(),
                    run.seed() + slot.sample(),
                    slot.promptIndex() < prompts / 2 ? "counting" : "position",
                    "prompt <" + slot.promptIndex() + ">",
                    seconds.applyAsDouble(slot));
            pictures.add(picture);
            PngWriter.write(
                    folder.images().resolve(picture.file()),
                    picture(run.plan().length() + 16 * slot.promptIndex() + slot.sample()),
                    Map.of("settings", "made by " + run.plan()));
        }
        folder.write(Shard.WHOLE, pictures);
        return Entry.read(folder);
    }

    private static Picture picture(int gray) {
        byte[] rgb = new byte[48];
        Arrays.fill(rgb, (byte) gray);
        return new Picture(4, 4, rgb);
    }

    /** Adds scores to a run, and reads it again. */
    public Entry score(Entry entry, String metric, ToDoubleFunction<Slot> score) throws IOException {
        StringBuilder csv = new StringBuilder(Csv.row("file", "prompt", metric, "missing"));
        for (Slot slot : slots()) {
            double value = score.applyAsDouble(slot);
            csv.append(
                    Double.isNaN(value)
                            ? Csv.row(file(slot), "", "", "cannot be read")
                            : Csv.row(file(slot), "a prompt", value, ""));
        }
        Files.writeString(entry.folder().scores(metric), csv);
        return Entry.read(entry.folder());
    }

    public List<Slot> slots() {
        List<Slot> slots = new ArrayList<>();
        for (int prompt = 0; prompt < prompts; prompt++) {
            for (int sample = 0; sample < samples; sample++) {
                slots.add(new Slot(prompt, sample));
            }
        }
        return slots;
    }

    public static String file(Slot slot) {
        return slot.promptIndex() + "-" + slot.sample() + ".png";
    }
}
