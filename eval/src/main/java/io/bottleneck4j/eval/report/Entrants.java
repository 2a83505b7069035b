package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs, at least one, that drew the same prompts from the same noise under several plans, so that their pictures can be
 * paired; one of them is the reference.
 */
public record Entrants(List<Entry> entries, Entry reference) {
    /** Facts of a run that all have in common. */
    private static final Set<String> SHARED =
            Set.of("benchmark", "model", "sha256 of prompts", "prompts", "samples", "seed", "size", "frames");

    /**
     * Checks that they can be compared; IllegalArgumentException naming two runs and what tells them apart, if they
     * cannot.
     */
    public Entrants {
        entries = List.copyOf(entries);
        if (!entries.contains(reference)) {
            throw new IllegalArgumentException(
                    "reference: " + reference.folder().path() + " is none of the runs; name it among them");
        }
        Set<Path> seen = new HashSet<>();
        for (Entry entry : entries) {
            if (!seen.add(place(entry.folder().path()))) {
                throw new IllegalArgumentException("run: " + entry.folder().path() + " is given twice; leave one out");
            }
            requireSame(reference, entry);
        }
    }

    /**
     * Reads runs; the reference is one of them, null for the first. IllegalArgumentException if one is damaged, or they
     * cannot be compared.
     */
    public static Entrants read(List<Path> runs, @Nullable Path reference) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path run : runs) {
            entries.add(Entry.read(new RunFolder(run)));
        }
        Path wanted = place(reference == null ? runs.get(0) : reference);
        Entry other = entries.stream()
                .filter(entry -> place(entry.folder().path()).equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "reference: " + reference + " is none of the runs; name it among them"));
        return new Entrants(entries, other);
    }

    private static Path place(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private static void requireSame(Entry reference, Entry other) {
        Map<String, String> others = other.run().facts();
        reference.run().facts().forEach((name, value) -> {
            if (SHARED.contains(name) && !value.equals(others.get(name))) {
                throw different(reference, other, name + " " + value, name + " " + others.get(name));
            }
        });
        other.pictures().forEach((slot, picture) -> {
            RunPicture paired = reference.pictures().get(slot);
            if (paired != null && !subject(paired).equals(subject(picture))) {
                throw different(reference, other, slot + " as " + subject(paired), "it as " + subject(picture));
            }
        });
    }

    private static String subject(RunPicture picture) {
        String category = picture.category().isEmpty() ? "" : " in " + picture.category();
        return "'" + picture.prompt() + "' with seed " + picture.seed() + category;
    }

    private static IllegalArgumentException different(Entry reference, Entry other, String one, String another) {
        return new IllegalArgumentException("run: " + reference.folder().path() + " has " + one + ", and "
                + other.folder().path() + " has " + another + "; compare runs of one benchmark, model and seed");
    }

    /** Names of the runs, each its own: the plan's, and the folder's too where two runs have one plan. */
    public List<String> names() {
        Map<String, Long> times = entries.stream()
                .collect(Collectors.groupingBy(entry -> entry.run().plan(), Collectors.counting()));
        return entries.stream()
                .map(entry -> {
                    String plan = entry.run().plan();
                    boolean alone = times.getOrDefault(plan, 1L) == 1;
                    return alone ? plan : plan + " (" + entry.folder().path() + ")";
                })
                .toList();
    }

    /** Whether a run is the one that the others are measured against. */
    boolean isReference(Entry entry) {
        return entry.folder().equals(reference.folder());
    }

    /** The name of a run. */
    public String name(Entry entry) {
        return names().get(entries.indexOf(entry));
    }

    /** The metrics that any of them has, sorted. */
    List<String> metrics() {
        return List.copyOf(entries.stream()
                .flatMap(entry -> entry.scores().keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** What is missing of a run: pictures, scores, and metrics that others have. */
    List<Fault> missing(Entry entry) {
        List<Fault> missing = new ArrayList<>(entry.lost());
        missing.addAll(entry.unscored());
        metrics().stream()
                .filter(metric -> !entry.scores().containsKey(metric))
                .forEach(metric -> missing.add(new Fault(metric, "was not computed for this run")));
        return missing;
    }

    /**
     * Checks that no picture and no score is missing; IllegalArgumentException naming the first that is, and how many.
     */
    public void requireWhole() {
        entries.forEach(entry -> requireNone(entry, missing(entry)));
    }

    /** Checks that no picture is missing; IllegalArgumentException naming the first that is, and how many. */
    public void requirePictures() {
        entries.forEach(entry -> requireNone(entry, entry.lost()));
    }

    private static void requireNone(Entry entry, List<Fault> faults) {
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(entry.folder().path() + ": " + faults.get(0)
                    + (faults.size() == 1 ? "" : ", and " + (faults.size() - 1) + " more")
                    + "; finish the run, or --skip-bad leaves such pictures out and lists them");
        }
    }

    /** The category of every prompt of which any run has a picture, by the prompt's index; empty words where it has none. */
    Map<Integer, String> categories() {
        Map<Integer, String> categories = new HashMap<>();
        entries.forEach(entry -> entry.pictures()
                .values()
                .forEach(picture -> categories.put(picture.promptIndex(), picture.category())));
        return categories;
    }
}
