package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where the pictures of a run belong: its prompts in order, the samples of each, and the prompts whose pictures the
 * benchmark's scripts could not read, each with the reason.
 */
public record Layout(Benchmark benchmark, List<Benchmark.Prompt> prompts, int samples, Map<Integer, Fault> unplaced) {
    public Layout {
        prompts = List.copyOf(prompts);
        unplaced = Map.copyOf(unplaced);
    }

    /**
     * The layout of so many prompts from the first, and so many samples of each, both at least 1;
     * IllegalArgumentException if the files are not in the benchmark's format, have no prompt, or numbers are out of
     * range.
     */
    public static Layout of(Benchmark benchmark, PromptFiles files, int count, int samples) {
        List<Benchmark.Prompt> prompts = new ArrayList<>();
        List<PromptFile> texts = files.texts();
        if (texts.size() > 1 && !benchmark.filePerCategory()) {
            throw new IllegalArgumentException(
                    "prompts: " + benchmark + " has one file of prompts, not " + texts.size());
        }
        for (PromptFile text : texts) {
            List<Benchmark.Prompt> own = benchmark.prompts(text);
            if (own.isEmpty()) {
                throw text.wrong("the file", "holds no prompt; give the benchmark's own");
            }
            prompts.addAll(own);
        }
        if (count < 1) {
            throw new IllegalArgumentException("limit: must be at least 1, not " + count);
        }
        if (samples < 1 || (samples != benchmark.samples() && benchmark.oneSample())) {
            throw new IllegalArgumentException("n: "
                    + (samples < 1 ? "must be at least 1" : benchmark + "'s scripts read 1 sample of each prompt")
                    + ", not " + samples + "; make further runs with another --seed instead");
        }
        List<Benchmark.Prompt> drawn = prompts.subList(0, Math.min(count, prompts.size()));
        return new Layout(benchmark, drawn, samples, unplaced(benchmark, drawn, samples));
    }

    private static Map<Integer, Fault> unplaced(Benchmark benchmark, List<Benchmark.Prompt> prompts, int samples) {
        Map<Integer, Fault> unplaced = new HashMap<>();
        Map<String, Integer> taken = new HashMap<>();
        for (int i = 0; i < prompts.size(); i++) {
            Benchmark.Prompt prompt = prompts.get(i);
            String obstacle = benchmark.obstacle(prompt);
            Integer other = taken.putIfAbsent(benchmark.file(prompt, new Slot(i, 0), samples), i);
            if (obstacle == null && other != null) {
                obstacle = "would have the files of prompt " + other;
            }
            if (obstacle != null) {
                unplaced.put(i, new Fault("prompt " + i + ", '" + prompt.text() + "'", obstacle));
            }
        }
        return unplaced;
    }

    /** Prompts that have no place, in order. */
    public List<Fault> faults() {
        return unplaced.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .toList();
    }

    /** All places that have a file, in order. */
    public List<Slot> slots() {
        List<Slot> slots = new ArrayList<>();
        for (int prompt = 0; prompt < prompts.size(); prompt++) {
            for (int sample = 0; sample < samples && !unplaced.containsKey(prompt); sample++) {
                slots.add(new Slot(prompt, sample));
            }
        }
        return slots;
    }

    /** The prompt of a place. */
    public Benchmark.Prompt prompt(Slot slot) {
        return prompts.get(slot.promptIndex());
    }

    /** The file of a place, relative to the run's images. */
    public String file(Slot slot) {
        return benchmark.file(prompt(slot), slot, samples);
    }

    /** The places by their files. */
    Map<String, Slot> byFile() {
        return slots().stream().collect(Collectors.toMap(this::file, slot -> slot));
    }

    /** Other files beside those of a place's prompt, by name. */
    Map<String, String> companions(Slot slot) {
        return benchmark.companions(prompt(slot), slot.promptIndex());
    }

    /** The names of all other files. */
    Set<String> companions() {
        Set<String> names = new HashSet<>();
        slots().forEach(slot -> names.addAll(companions(slot).keySet()));
        return names;
    }
}
