package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.run.RunScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A run as a report takes it in: the pictures that are there, by their place; by metric their scores, and those whose
 * prompts ask nothing that it measures; pictures that are not there, each with its reason; and scores that are not
 * there, or belong to no picture.
 */
public record Entry(
        RunFolder folder,
        RunRecord run,
        Map<Slot, RunPicture> pictures,
        Map<String, Map<Slot, Double>> scores,
        Map<String, Set<Slot>> unasked,
        List<Fault> lost,
        List<Fault> unscored) {

    public Entry {
        pictures = Collections.unmodifiableMap(new LinkedHashMap<>(pictures));
        scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
        unasked = Collections.unmodifiableMap(new LinkedHashMap<>(unasked));
        lost = List.copyOf(lost);
        unscored = List.copyOf(unscored);
    }

    /** Reads a run; IllegalArgumentException naming the file, if one of its tables is damaged. */
    public static Entry read(RunFolder folder) throws IOException {
        List<Fault> lost = new ArrayList<>();
        folder.missing().forEach(slot -> lost.add(new Fault(slot.toString(), "was not made")));
        Map<Slot, RunPicture> pictures = new LinkedHashMap<>();
        for (RunPicture picture : folder.pictures()) {
            if (Files.isRegularFile(folder.images().resolve(picture.file()))) {
                pictures.put(picture.slot(), picture);
            } else {
                lost.add(new Fault(picture.file(), "is listed, and is not in " + folder.images()));
            }
        }
        List<Fault> unscored = new ArrayList<>();
        Map<String, Map<Slot, Double>> scores = new TreeMap<>();
        Map<String, Set<Slot>> unasked = new TreeMap<>();
        folder.scores().forEach((metric, read) -> {
            scores.put(metric, matched(metric, read, pictures, unscored));
            unasked.put(metric, unasked(read, pictures));
        });
        return new Entry(folder, folder.record(), pictures, scores, unasked, lost, unscored);
    }

    private static Set<Slot> unasked(RunScores read, Map<Slot, RunPicture> pictures) {
        return pictures.values().stream()
                .filter(picture -> read.unasked().contains(picture.file()))
                .map(RunPicture::slot)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether a metric says nothing of a picture, since its prompt does not ask. */
    boolean isUnasked(String metric, Slot slot) {
        return unasked.getOrDefault(metric, Set.of()).contains(slot);
    }

    /** The file of a picture. */
    public Path file(Slot slot) {
        return folder.images().resolve(picture(slot).file());
    }

    /** What a picture was drawn from. */
    public String prompt(Slot slot) {
        return picture(slot).prompt();
    }

    private RunPicture picture(Slot slot) {
        RunPicture picture = pictures.get(slot);
        if (picture == null) {
            throw new IllegalArgumentException(folder.path() + ": has no " + slot);
        }
        return picture;
    }

    /** The scores of pictures that are there; whatever else the file says or does not say is a fault. */
    private static Map<Slot, Double> matched(
            String metric, RunScores read, Map<Slot, RunPicture> pictures, List<Fault> faults) {
        Map<String, Double> left = new HashMap<>(read.scores());
        Map<Slot, Double> matched = new LinkedHashMap<>();
        pictures.forEach((slot, picture) -> {
            Double score = left.remove(picture.file());
            if (score != null) {
                matched.put(slot, score);
            } else if (!read.unasked().contains(picture.file())) {
                String reason = read.missing().get(picture.file());
                faults.add(new Fault(
                        picture.file(),
                        reason == null
                                ? "has no " + metric + "; run 'evaluate score --run' again"
                                : "has no " + metric + ": " + reason));
            }
        });
        left.keySet().stream()
                .sorted()
                .forEach(file -> faults.add(new Fault(file, "has a " + metric + ", and is no picture of this run")));
        return matched;
    }
}
