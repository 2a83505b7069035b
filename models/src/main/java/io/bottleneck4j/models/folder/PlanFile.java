package io.bottleneck4j.models.folder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads plans from YAML.
 *
 * <pre>{@code
 * stages:
 *   - {width: 1024, height: 1024, steps: 6,  strength: 1.0, shift: 9}
 *   - {width: 512,  height: 512,  steps: 20, strength: 0.8, shift: 6}
 *   - {width: 1024, height: 1024, steps: 8,  strength: 0.6, shift: 9}
 * }</pre>
 */
public final class PlanFile {
    static final Set<String> PLAN_KEYS = ordered("stages");
    private static final Set<String> STAGE_KEYS = ordered("width", "height", "steps", "strength", "shift");
    private static final int MAX_BYTES = YamlMapping.MAX_CHARACTERS;
    private static final int MAX_STAGES = 100;

    private PlanFile() {}

    /**
     * Reads a file that holds one plan, named after the file.
     *
     * @throws IllegalArgumentException if it is missing or unreadable, or (a {@link PlanFileException}) says what it must not
     */
    public static PlanSpec read(Path file) {
        return parse(file.toString(), readText(file));
    }

    /** The plan in a text; {@code name} stands for the file in messages. */
    public static PlanSpec parse(String name, String yaml) {
        return plan(name, YamlMapping.parse(name, yaml, PLAN_KEYS));
    }

    static String readText(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    file + ": " + (Files.exists(file) ? "cannot be read" : "does not exist") + "; give a plan file", e);
        }
        if (bytes.length > MAX_BYTES) {
            throw new PlanFileException(file + ":1:1: must be at most " + MAX_BYTES + " bytes; is it a plan file?");
        }
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), text, true);
        text.flip();
        if (result.isError()) {
            throw new PlanFileException(
                    file + YamlMapping.at(text, text.length()) + "must be UTF-8 text, and is not; save it as UTF-8");
        }
        return text.toString();
    }

    static PlanSpec plan(String name, YamlMapping yaml) {
        List<StageSpec> stages = new ArrayList<>();
        for (YamlMapping stage : yaml.list("stages", STAGE_KEYS)) {
            int width = stage.integer("width");
            int height = stage.integer("height");
            int steps = stage.integer("steps");
            double strength = stage.number("strength");
            double shift = stage.number("shift");
            try {
                stages.add(new StageSpec(width, height, steps, strength, shift));
            } catch (IllegalArgumentException e) {
                throw stage.error("stage " + (stages.size() + 1) + ": " + e.getMessage());
            }
        }
        if (stages.isEmpty()) {
            throw yaml.error("stages", "stages: a plan needs at least one");
        }
        if (stages.size() > MAX_STAGES) {
            throw yaml.error("stages", "stages: must be at most " + MAX_STAGES + ", not " + stages.size());
        }
        return new PlanSpec(name, stages);
    }

    static Set<String> ordered(String... keys) {
        return new LinkedHashSet<>(List.of(keys));
    }
}
