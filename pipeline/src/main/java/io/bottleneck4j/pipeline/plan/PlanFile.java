package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.pipeline.plan.PlanSpec.Places;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Plans as YAML.
 *
 * <pre>{@code
 * stages:
 *   - {width: 1024, height: 1024, steps: 6,  strength: 1.0, shift: 9}
 *   - {width: 512,  height: 512,  steps: 20, strength: 0.8, shift: 6}
 *   - {width: 1024, height: 1024, steps: 8,  strength: 0.6, shift: 9}
 * }</pre>
 *
 * <p>Beside {@code stages} it may say {@code frames} (of a video), {@code resampler}, {@code rounding}, {@code renoise} or {@code
 * handover}, {@code reshift}, {@code grid}, {@code solver}, {@code amplify} and {@code tile}, each as {@link PlanRules} explains, and {@code cache}, as {@link Caches} has it, of all stages; a stage may say {@code until} and
 * a {@code cache} of its own.
 */
public final class PlanFile {
    static final Set<String> PLAN_KEYS = ordered(
            "stages",
            "frames",
            "resampler",
            "rounding",
            "renoise",
            "reshift",
            "grid",
            "handover",
            "solver",
            "amplify",
            "tile",
            "cache");
    private static final Set<String> STAGE_KEYS =
            ordered("width", "height", "steps", "strength", "shift", "until", "cache");
    private static final List<String> RESAMPLERS =
            Stream.of(Resamplers.values()).map(Resamplers::toString).toList();
    private static final List<String> ROUNDINGS =
            Stream.of(Rounding.values()).map(Rounding::toString).toList();
    private static final List<String> HAND_OVERS = List.of("renoise", "dct");
    private static final List<String> GRIDS =
            Stream.of(Grid.values()).map(Grid::toString).toList();
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
        List<String> places = new ArrayList<>();
        StepCache cache = cache(yaml, StepCache.NONE);
        for (YamlMapping stage : yaml.list("stages", STAGE_KEYS)) {
            stages.add(stage(stages.size() + 1, stage).withCache(cache(stage, cache)));
            places.add(stage.place());
        }
        if (stages.isEmpty()) {
            throw yaml.error("stages", "stages: a plan needs at least one");
        }
        if (stages.size() > MAX_STAGES) {
            throw yaml.error("stages", "stages: must be at most " + MAX_STAGES + ", not " + stages.size());
        }
        return new PlanSpec(name, yaml.positive("frames"), stages, rules(yaml), new Places(places));
    }

    private static StageSpec stage(int number, YamlMapping yaml) {
        int width = yaml.integer("width");
        int height = yaml.integer("height");
        int steps = yaml.integer("steps");
        double strength = yaml.number("strength");
        double shift = yaml.number("shift");
        double until = yaml.has("until") ? yaml.number("until") : 0;
        try {
            return new StageSpec(width, height, steps, strength, shift, until);
        } catch (IllegalArgumentException e) {
            throw yaml.error("stage " + number + ": " + e.getMessage());
        }
    }

    private static StepCache cache(YamlMapping yaml, StepCache usual) {
        if (!yaml.has("cache")) {
            return usual;
        }
        try {
            return Caches.parse(yaml.text("cache"));
        } catch (PlanFileException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw yaml.error("cache", String.valueOf(e.getMessage()));
        }
    }

    private static PlanRules rules(YamlMapping yaml) {
        PlanRules rules = PlanRules.DEFAULT;
        if (yaml.has("resampler")) {
            rules = rules.with(Resamplers.parse(yaml.word("resampler", RESAMPLERS)));
        }
        if (yaml.has("rounding")) {
            rules = rules.with(Rounding.parse(yaml.word("rounding", ROUNDINGS)));
        }
        if (yaml.has("renoise")) {
            rules = rules.with(yaml.isTrue("renoise") ? HandOver.RENOISE : HandOver.AS_IS);
        }
        if (yaml.has("handover")) {
            if (yaml.has("renoise")) {
                throw yaml.error("handover", "handover: is given beside renoise, which says the same; keep one");
            }
            rules = rules.with(yaml.word("handover", HAND_OVERS).equals("dct") ? HandOver.DCT : HandOver.RENOISE);
        }
        if (yaml.has("grid")) {
            rules = rules.with(Grid.parse(yaml.word("grid", GRIDS)));
        }
        if (yaml.has("solver")) {
            rules = rules.with(SolverChoice.parse(yaml.word("solver", SolverChoice.WORDS)));
        }
        if (yaml.has("amplify")) {
            double amplify = yaml.number("amplify");
            try {
                rules = rules.withAmplify(amplify);
            } catch (IllegalArgumentException e) {
                throw yaml.error("amplify", String.valueOf(e.getMessage()));
            }
        }
        if (yaml.has("tile")) {
            rules = rules.withTile(yaml.positive("tile").orElseThrow());
        }
        if (yaml.has("reshift")) {
            rules = rules.with(yaml.isTrue("reshift") ? ShiftSource.STAGE : ShiftSource.MODEL);
        }
        return rules;
    }

    static Set<String> ordered(String... keys) {
        return new LinkedHashSet<>(List.of(keys));
    }

    /**
     * The plan as YAML; what is as the method has it is left unsaid.
     *
     * @param comments lines to stand at the top
     */
    public static String text(PlanSpec plan, List<String> comments) {
        StringBuilder text = new StringBuilder();
        comments.forEach(comment -> text.append("# ").append(comment).append('\n'));
        plan.frames().ifPresent(frames -> line(text, "frames", String.valueOf(frames)));
        PlanRules rules = plan.rules();
        if (rules.resampler() != PlanRules.DEFAULT.resampler()) {
            line(text, "resampler", rules.resampler().toString());
        }
        if (rules.rounding() != PlanRules.DEFAULT.rounding()) {
            line(text, "rounding", rules.rounding().toString());
        }
        if (!rules.renoise()) {
            line(text, "renoise", "false");
        }
        if (rules.handOver() == HandOver.DCT) {
            line(text, "handover", "dct");
        }
        if (rules.grid() != PlanRules.DEFAULT.grid()) {
            line(text, "grid", rules.grid().toString());
        }
        if (rules.solver() != PlanRules.DEFAULT.solver()) {
            line(text, "solver", rules.solver().toString());
        }
        if (rules.amplify() != 0) {
            line(text, "amplify", number(rules.amplify()));
        }
        if (rules.tile() != 0) {
            line(text, "tile", String.valueOf(rules.tile()));
        }
        if (!rules.reshift()) {
            line(text, "reshift", "false");
        }
        Set<StepCache> caches = plan.stages().stream().map(StageSpec::cache).collect(Collectors.toSet());
        boolean oneCache = caches.size() == 1;
        if (oneCache && plan.last().cache() != StepCache.NONE) {
            line(text, "cache", plan.last().cache().toString());
        }
        text.append("stages:\n");
        for (StageSpec stage : plan.stages()) {
            String until = stage.until() == 0 ? "" : ", until: " + number(stage.until());
            String cache = oneCache ? "" : ", cache: " + stage.cache();
            text.append("  - {width: %s, height: %s, steps: %s, strength: %s, shift: %s%s%s}\n"
                    .formatted(
                            stage.width(),
                            stage.height(),
                            stage.steps(),
                            number(stage.strength()),
                            number(stage.shift()),
                            until,
                            cache));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String key, String value) {
        text.append(key).append(": ").append(value).append('\n');
    }

    /** Every digit that makes the number, without an exponent or a trailing {@code .0}. */
    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : new BigDecimal(String.valueOf(value)).toPlainString();
    }
}
