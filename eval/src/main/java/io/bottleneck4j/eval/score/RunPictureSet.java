package io.bottleneck4j.eval.score;

import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The pictures of a run, as metrics take them. */
public final class RunPictureSet {
    private RunPictureSet() {}

    /**
     * The pictures with the prompts they were drawn from; those not made are faults.
     *
     * @throws IllegalArgumentException if the folder is no run, is damaged, or holds videos
     */
    public static PictureSet of(RunFolder run) throws IOException {
        pictures(run);
        List<PictureSet.Entry> entries = new ArrayList<>();
        for (RunPicture picture : run.pictures()) {
            entries.add(new PictureSet.Entry(run.images().resolve(picture.file()), picture.prompt()));
        }
        return new PictureSet(entries, notMade(run));
    }

    /**
     * The pictures of a run, each beside the reference's of the same prompt and sample; those that one of both lacks are faults.
     *
     * @throws IllegalArgumentException as {@link #of}, or if two pictures of one place were drawn from other prompts or seeds
     */
    public static PictureSet paired(RunFolder run, RunFolder reference) throws IOException {
        pictures(run);
        pictures(reference);
        Map<RunPicture.Slot, RunPicture> others = new HashMap<>();
        reference.pictures().forEach(picture -> others.put(picture.slot(), picture));
        List<PictureSet.Entry> entries = new ArrayList<>();
        List<Fault> faults = new ArrayList<>(notMade(run));
        for (RunPicture picture : run.pictures()) {
            Path file = run.images().resolve(picture.file());
            RunPicture other = others.get(picture.slot());
            if (other == null) {
                faults.add(
                        new Fault(file.toString(), "has no picture of its prompt and sample in " + reference.path()));
            } else {
                requireSame(picture, other, file, reference);
                entries.add(new PictureSet.Entry(
                        file, picture.prompt(), reference.images().resolve(other.file())));
            }
        }
        return new PictureSet(entries, faults);
    }

    /**
     * Where a run's pictures are.
     *
     * @throws IllegalArgumentException as {@link #of}
     */
    public static Path pictures(RunFolder run) throws IOException {
        RunRecord record = run.record();
        if (record.frames() > 1) {
            throw new IllegalArgumentException("run: " + run.path() + " holds videos of " + record.frames()
                    + " frames; metrics here look at pictures, give videos to the benchmark's own scripts");
        }
        return run.images();
    }

    private static List<Fault> notMade(RunFolder run) throws IOException {
        return run.missing().stream()
                .map(slot -> new Fault(slot.toString(), "was not made; 'evaluate generate' goes on with the run"))
                .toList();
    }

    private static void requireSame(RunPicture picture, RunPicture other, Path file, RunFolder reference) {
        if (!picture.prompt().equals(other.prompt()) || picture.seed() != other.seed()) {
            throw new IllegalArgumentException("reference: " + file + " is '" + picture.prompt() + "' with seed "
                    + picture.seed() + ", and " + reference.path() + " has '" + other.prompt() + "' with seed "
                    + other.seed() + " in its place; compare runs of the same prompts and seed");
        }
    }
}
