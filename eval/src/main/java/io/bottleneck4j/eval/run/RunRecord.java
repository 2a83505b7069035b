package io.bottleneck4j.eval.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run makes and how: {@code run.json}.
 *
 * @param prompts what is drawn
 * @param benchmark its name, such as {@code geneval}
 * @param model as the user named it
 * @param plan its name
 * @param stages of the plan, in words, at least one
 * @param forwards of the transformer for one picture, both of a step with true guidance
 * @param flops of these
 * @param forwardsAreAtMost whether forwards and flops are the most there can be, since a cache decides as it runs
 * @param width pixels
 * @param height pixels
 * @param frames of a video; 1 for a picture
 * @param dtype the transformer's
 * @param settings what else bears on every picture, such as guidance, by name
 * @param samples pictures of each prompt
 * @param seed of each prompt's sample 0; sample k has seed + k
 * @param shards parts the run is split into, 1 where it is whole
 * @param machine device, threads and processor of the first shard begun
 * @param version of bottleneck4j
 */
@JsonPropertyOrder({
    "benchmark",
    "model",
    "plan",
    "stages",
    "forwards",
    "flops",
    "forwards_are_at_most",
    "width",
    "height",
    "frames",
    "dtype",
    "settings",
    "prompts"
})
public record RunRecord(
        PromptSet prompts,
        String benchmark,
        String model,
        String plan,
        List<String> stages,
        int forwards,
        double flops,

        @JsonProperty @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        boolean forwardsAreAtMost,

        int width,
        int height,
        int frames,
        String dtype,
        Map<String, String> settings,
        int samples,
        long seed,
        int shards,
        String machine,
        String version) {
    /** What the file says it is. */
    static final String FORMAT = "bottleneck4j evaluation run 1";

    /**
     * What is drawn: the name of the file they were in, without its folder, the SHA-256 of its bytes, 64 lower-case
     * hexadecimal digits, and how many are drawn from the file's first; fewer than it has under {@code --limit}.
     */
    public record PromptSet(String file, String sha256, int count) {

        public PromptSet {
            if (!sha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException(
                        "prompts: sha256 must be 64 hexadecimal digits, not '" + sha256 + "'");
            }
            requireAtLeastOne("prompts", count);
        }

        /** The SHA-256 of bytes, as {@link #sha256} has it. */
        public static String sha256Of(byte[] bytes) {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }

    public RunRecord {
        stages = List.copyOf(stages);
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: a plan has at least one");
        }
        requireAtLeastOne("forwards", forwards);
        requireAtLeastOne("width", width);
        requireAtLeastOne("height", height);
        requireAtLeastOne("frames", frames);
        requireAtLeastOne("samples", samples);
        requireAtLeastOne("shards", shards);
        if (!(flops > 0) || Double.isInfinite(flops)) {
            throw new IllegalArgumentException("flops: must be above 0, not " + flops);
        }
        if (seed < 0) {
            throw new IllegalArgumentException("seed: must be at least 0, not " + seed);
        }
    }

    private static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": must be at least 1, not " + value);
        }
    }

    /** What a plan is called that a user names: a file's without folders and ending. */
    public static String nameOf(String plan) {
        String file = String.valueOf(Path.of(plan).getFileName());
        return file.replaceFirst("(?i)\\.ya?ml$", "");
    }

    /** A number of forwards, FLOPs or what follows from them, as it is to be shown. */
    public String atMost(String number) {
        return (forwardsAreAtMost ? "at most " : "") + number;
    }

    /** A line for each stage. */
    public static List<String> stagesOf(Plan plan) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < plan.spec().stages().size(); i++) {
            StageSpec stage = plan.spec().stages().get(i);
            ResolutionStage runs = plan.stages().stages().get(i);
            String until = stage.until() == 0 ? "" : String.format(Locale.ROOT, ", until %.2f", stage.until());
            String cache = stage.cache() == StepCache.NONE ? "" : ", cache " + stage.cache();
            words.add(String.format(
                    Locale.ROOT,
                    "%dx%d, %d of %d steps, shift %.2f, from sigma %.3f%s%s",
                    stage.width(),
                    stage.height(),
                    runs.executedSteps(),
                    stage.steps(),
                    stage.shift(),
                    runs.schedule().sigma(0),
                    until,
                    cache));
        }
        return words;
    }

    /** All places of the run, in order. */
    public List<RunPicture.Slot> slots() {
        List<RunPicture.Slot> slots = new ArrayList<>();
        for (int i = 0; i < expected(); i++) {
            slots.add(new RunPicture.Slot(i / samples, i % samples));
        }
        return slots;
    }

    /** How many pictures a finished run has. */
    public int expected() {
        return prompts.count() * samples;
    }

    /**
     * In what this run differs from another, but for machine and version: {@code "seed: 0 and 4"} and so on; none where both make the same
     * pictures.
     */
    public List<String> differences(RunRecord other) {
        Map<String, String> mine = facts();
        Map<String, String> others = other.facts();
        List<String> names = new ArrayList<>(mine.keySet());
        others.keySet().stream().filter(name -> !mine.containsKey(name)).forEach(names::add);
        return names.stream()
                .filter(name -> !said(mine, name).equals(said(others, name)))
                .map(name -> name + ": " + said(mine, name) + " and " + said(others, name))
                .toList();
    }

    private static String said(Map<String, String> facts, String name) {
        return facts.getOrDefault(name, "none");
    }

    /** What makes the pictures what they are, by name, in words. */
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("benchmark", benchmark);
        facts.put("model", model);
        facts.put("plan", plan);
        facts.put("stages", stages.toString());
        facts.put("size", width + "x" + height);
        facts.put("frames", String.valueOf(frames));
        facts.put("dtype", dtype);
        facts.putAll(settings);
        facts.put("sha256 of prompts", prompts.sha256());
        facts.put("prompts", String.valueOf(prompts.count()));
        facts.put("samples", String.valueOf(samples));
        facts.put("seed", String.valueOf(seed));
        facts.put("shards", String.valueOf(shards));
        return facts;
    }
}
