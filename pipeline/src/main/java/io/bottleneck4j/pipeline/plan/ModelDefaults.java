package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.models.folder.ModelFolder;
import java.nio.file.Files;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * What a model's author advises, from an optional {@code bottleneck4j.yaml} in its folder, which other programs ignore.
 *
 * @param width pixels
 * @param height pixels
 * @param frames of a video
 * @param fps frames a second in a video's playback
 * @param steps of the baseline
 * @param guidance embedded guidance
 * @param smallest pixels of the shorter side of the smallest pictures that the model has learnt from; stages below get a warning
 * @param plans by name, in the file's order
 */
@API(status = API.Status.INTERNAL)
public record ModelDefaults(
        OptionalInt width,
        OptionalInt height,
        OptionalInt frames,
        OptionalInt fps,
        OptionalInt steps,
        OptionalDouble guidance,
        OptionalInt smallest,
        Map<String, PlanSpec> plans) {
    /** The file's name in a model folder. */
    public static final String FILE = "bottleneck4j.yaml";

    private static final Set<String> KEYS =
            PlanFile.ordered("width", "height", "frames", "fps", "steps", "guidance", "smallest", "plans");
    /** No advice. */
    public static final ModelDefaults NONE = parse(FILE, "{}");

    public ModelDefaults {
        plans = Collections.unmodifiableMap(new LinkedHashMap<>(plans));
    }

    /**
     * Reads the folder's file, of single files that of their base; without one every value is absent. What it must not say is a {@link PlanFileException}.
     */
    public static ModelDefaults read(ModelFolder folder) {
        return folder.folder()
                .map(own -> own.path().resolve(FILE))
                .filter(Files::exists)
                .map(file -> parse(file.toString(), PlanFile.readText(file)))
                .orElse(NONE);
    }

    /** Reads a text that is written as the file is; {@code name} stands for the file in messages. */
    public static ModelDefaults parse(String name, String text) {
        YamlMapping yaml = YamlMapping.parse(name, text, KEYS);
        Map<String, PlanSpec> plans = new LinkedHashMap<>();
        if (yaml.has("plans")) {
            YamlMapping named = yaml.mapping("plans", null);
            for (String plan : named.keys()) {
                plans.put(plan, PlanFile.plan(plan, named.mapping(plan, PlanFile.PLAN_KEYS)));
            }
        }
        return new ModelDefaults(
                yaml.positive("width"),
                yaml.positive("height"),
                yaml.positive("frames"),
                yaml.positive("fps"),
                yaml.positive("steps"),
                guidance(yaml),
                yaml.positive("smallest"),
                plans);
    }

    /** The same with another's size, frames and frames a second where the file is silent; its plans stay. */
    public ModelDefaults or(ModelDefaults other) {
        return new ModelDefaults(
                width.isPresent() ? width : other.width,
                height.isPresent() ? height : other.height,
                frames.isPresent() ? frames : other.frames,
                fps.isPresent() ? fps : other.fps,
                steps,
                guidance,
                smallest,
                plans);
    }

    /** The same with this size where the file is silent. */
    public ModelDefaults orSize(int otherWidth, int otherHeight) {
        return new ModelDefaults(
                OptionalInt.of(width.orElse(otherWidth)),
                OptionalInt.of(height.orElse(otherHeight)),
                frames,
                fps,
                steps,
                guidance,
                smallest,
                plans);
    }

    /** The same with this many steps of the baseline where the file is silent. */
    public ModelDefaults orSteps(int otherSteps) {
        OptionalInt known = OptionalInt.of(steps.orElse(otherSteps));
        return new ModelDefaults(width, height, frames, fps, known, guidance, smallest, plans);
    }

    /** The same with one more plan, under its own name. */
    public ModelDefaults with(PlanSpec plan) {
        Map<String, PlanSpec> all = new LinkedHashMap<>(plans);
        all.put(plan.name(), plan);
        return new ModelDefaults(width, height, frames, fps, steps, guidance, smallest, all);
    }

    private static OptionalDouble guidance(YamlMapping yaml) {
        return yaml.has("guidance") ? OptionalDouble.of(yaml.number("guidance")) : OptionalDouble.empty();
    }
}
