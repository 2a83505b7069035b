package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.document.Html;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.document.Words;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.Yaml;

/**
 * A benchmark: the format of its prompts, and the names that its own scripts read pictures by. Those that are known
 * stand in the resource {@code benchmarks.yaml}, which explains the components.
 */
public record Benchmark(
        String name,
        int samples,
        @JsonProperty(required = false) boolean oneSample,
        @JsonProperty(required = false) boolean ofVideos,
        @JsonProperty(required = false) boolean filePerCategory,
        String form,
        @Nullable String text,
        @Nullable String category,
        @Nullable String categories,
        @Nullable String id,
        @Nullable Map<String, String> folders,
        String file,
        @Nullable String companion,
        @Nullable Map<String, String> forbidden,
        @Nullable String advice) {
    /** Bytes of a name on ext4, XFS, APFS and NTFS. */
    private static final int LONGEST_NAME = 255;

    private static final Benchmark[] KNOWN = read();

    /**
     * One prompt of a benchmark: its category and what its files are named by, empty where the benchmark has none, its
     * place in its file, from 0, and the line of JSON it was read from, empty where it was none.
     */
    public record Prompt(String text, String category, String id, int number, String source) {}

    private static Benchmark[] read() {
        List<Benchmark> known = new ArrayList<>();
        Map<String, Object> yaml = new Yaml().load(Html.resource(Benchmark.class, "benchmarks.yaml"));
        yaml.forEach((name, components) -> {
            ObjectNode json = JsonFile.MAPPER.valueToTree(components);
            known.add(JsonFile.bind(json.put("name", name), Benchmark.class));
        });
        return known.toArray(Benchmark[]::new);
    }

    /** The benchmark of a name; IllegalArgumentException if there is none. */
    public static Benchmark named(String name) {
        return Words.named("benchmark", KNOWN, name);
    }

    /** Its name, as {@code --benchmark} takes it. */
    @Override
    public String toString() {
        return name;
    }

    /** Its prompts that come with bottleneck4j; IllegalArgumentException if they do not. */
    public PromptFiles bundled() throws IOException {
        String bundled = name + ".jsonl";
        try (InputStream in = Benchmark.class.getResourceAsStream("/io/bottleneck4j/eval/suite/" + bundled)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "prompts: " + name + "'s are not bundled; name the file of its authors with --prompts");
            }
            return PromptFiles.of(bundled, in.readAllBytes());
        }
    }

    /**
     * The prompts of a file; IllegalArgumentException naming file and place, if it is not in the benchmark's format.
     */
    List<Prompt> prompts(PromptFile of) {
        String folder = folder(of);
        List<Prompt> prompts = new ArrayList<>();
        Map<String, Set<String>> listed = new LinkedHashMap<>();
        for (PromptFile.Item item : of.items(form)) {
            String drawn = of.text(item, item.json().isTextual() ? null : text);
            if (categories != null) {
                listed.computeIfAbsent(drawn, first -> new LinkedHashSet<>()).addAll(of.texts(item, categories));
            } else {
                String own = category == null ? folder : of.text(item, category);
                prompts.add(new Prompt(
                        drawn, own, id == null ? item.id() : of.text(item, id), prompts.size(), item.source()));
            }
        }
        listed.forEach((drawn, all) -> prompts.add(new Prompt(drawn, String.join("+", all), "", prompts.size(), "")));
        return prompts;
    }

    /** The category of a file; empty where files are not of one. */
    private String folder(PromptFile of) {
        if (folders == null) {
            return filePerCategory ? of.stem().replaceFirst("_val$", "") : "";
        }
        String folder = folders.get(of.stem());
        if (folder == null) {
            throw new IllegalArgumentException(of.name() + ": is named as none of T2V-CompBench's files; use one of "
                    + folders.keySet() + " with .txt or .json");
        }
        return folder;
    }

    /** Why its scripts cannot read pictures of a prompt; null if they can. */
    @Nullable
    String obstacle(Prompt prompt) {
        for (Map.Entry<String, String> one :
                forbidden == null ? Map.<String, String>of().entrySet() : forbidden.entrySet()) {
            if (prompt.text().contains(one.getKey())) {
                return one.getValue();
            }
        }
        String named = file.contains("%3$") ? prompt.text() : file.contains("%5$") ? prompt.id() : "";
        if (named.contains("/")) {
            return "has a slash, which a file name cannot hold";
        }
        if (named.chars().anyMatch(Character::isISOControl)) {
            return "has a control character, which a file name cannot hold";
        }
        String longest = file(prompt, new Slot(0, 10), samples); // of a sample of two digits
        int bytes = longest.substring(longest.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8).length;
        return bytes <= LONGEST_NAME
                ? null
                : "makes a file name of " + bytes + " bytes; file systems take " + LONGEST_NAME;
    }

    /** The file of a picture, relative to the run's images, with slashes, where each prompt has so many samples. */
    String file(Prompt prompt, Slot slot, int perPrompt) {
        return String.format(
                Locale.ROOT,
                file,
                slot.promptIndex(),
                slot.sample(),
                prompt.text(),
                prompt.category(),
                prompt.id(),
                prompt.number(),
                prompt.number() * perPrompt + slot.sample(),
                prompt.number() + 1);
    }

    /** Other files that its scripts read beside a prompt's pictures: by name, relative to the run's images. */
    Map<String, String> companions(Prompt prompt, int promptIndex) {
        return companion == null
                ? Map.of()
                : Map.of(String.format(Locale.ROOT, companion, promptIndex), prompt.source() + "\n");
    }
}
