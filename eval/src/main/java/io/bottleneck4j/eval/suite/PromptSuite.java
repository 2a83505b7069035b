package io.bottleneck4j.eval.suite;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.score.Judged;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prompts with what their pictures must show: a JSON object a line, {@code {"prompt", "category", "include": [{"label", "count"}],
 * "background", "relation"}}, the last two where asked; other keys are not looked at.
 *
 * @param truths by prompt, in the file's order
 */
public record PromptSuite(Map<String, Truth> truths) {
    private static final String BENCHMARK = "emoji";

    public PromptSuite {
        truths = Collections.unmodifiableMap(new LinkedHashMap<>(truths));
    }

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException naming file and line, if one is damaged, says what no category judges, or repeats a prompt
     */
    public static PromptSuite read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file
                    + ": is missing; the suite judges runs of 'evaluate generate --benchmark emoji', which have it");
        }
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": is not UTF-8; make the run again", e);
        }
    }

    /**
     * The suite that a run was drawn from: its copy of the prompts' file.
     *
     * @throws IllegalArgumentException as {@link #read}, or if the run is of another benchmark, or the copy is not the file that it names
     */
    public static PromptSuite of(RunFolder run) throws IOException {
        RunRecord record = run.record();
        if (!record.benchmark().equals(BENCHMARK)) {
            throw new IllegalArgumentException("run: " + run.path() + " is of " + record.benchmark()
                    + ", which does not say what a detector is to find; give a run of " + BENCHMARK);
        }
        PromptSuite suite = read(run.prompts());
        String own = RunRecord.PromptSet.sha256Of(Files.readAllBytes(run.prompts()));
        if (!own.equals(record.prompts().sha256())) {
            throw new IllegalArgumentException(
                    run.prompts() + ": is not the " + record.prompts().file()
                            + " that the run was drawn from: its SHA-256 is " + own + ", not "
                            + record.prompts().sha256() + "; put the file back, or make the run again");
        }
        return suite;
    }

    private static PromptSuite parse(String file, String text) {
        Map<String, Truth> truths = new LinkedHashMap<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            String where = file + ": line " + (i + 1) + ": ";
            Truth truth = truth(where, lines.get(i));
            if (truths.put(truth.prompt(), truth) != null) {
                throw new IllegalArgumentException(
                        where + "'" + truth.prompt() + "' is there twice; leave one of its lines out");
            }
        }
        if (truths.isEmpty()) {
            throw new IllegalArgumentException(file + ": holds no prompt; give a line of JSON for each");
        }
        return new PromptSuite(truths);
    }

    private static Truth truth(String where, String line) {
        try {
            return JsonFile.bind(JsonFile.MAPPER.readTree(line), Truth.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(where + "is not JSON; a line must hold one whole object", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + e.getMessage(), e);
        }
    }

    /** What a prompt's pictures must show; IllegalArgumentException if it is none of the suite's. */
    public Truth of(String prompt) {
        Truth truth = truths.get(prompt);
        if (truth == null) {
            throw new IllegalArgumentException(
                    "suite: says nothing of '" + prompt + "'; score a run of the suite's own prompts");
        }
        return truth;
    }

    /** Whether a picture's background has the colour that its prompt asks. */
    public boolean hasBackground(Judged one) {
        return BackgroundColour.of(one.picture()) == of(one.prompt()).background();
    }

    /** Everything that is to be found, each once. */
    public List<String> labels() {
        return truths.values().stream()
                .flatMap(truth -> truth.include().stream())
                .map(Truth.Thing::label)
                .distinct()
                .sorted()
                .toList();
    }
}
