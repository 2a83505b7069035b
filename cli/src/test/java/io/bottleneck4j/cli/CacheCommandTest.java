package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.cli.terminal.ExitCode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches of steps on the command line: {@code --cache}, {@code --plan NAME+CACHE}, and {@code dpcache}. */
class CacheCommandTest {
    private static final String STAGES = """
            stages:
              - {width: 64, height: 64, steps: 6, strength: 1.0, shift: 3}
              - {width: 32, height: 32, steps: 8, strength: 0.8, shift: 2}
            """;

    @TempDir
    private Path folder;

    private static Cli.Result generate(Object... args) {
        Object[] all = new Object[args.length + 6];
        System.arraycopy(new Object[] {"generate", "a fox", "--model", Cli.TINY, "--seed", 3}, 0, all, 0, 6);
        System.arraycopy(args, 0, all, 6, args.length);
        return Cli.run(all);
    }

    /** By option, by the plan's name and by its file the same picture; and from the picture again. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "taylor",
                "linear:feature=hidden",
                "easycache:first=2:threshold=0.5",
                "firstblock:threshold=50",
                "toca:first=2",
                "duca"
            })
    void generate_withCache_isRepeatedFromThePicture(String cache) throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.yaml"), STAGES);
        Path first = folder.resolve("first.png");
        Cli.Result made = generate("--plan", plan, "--cache", cache, "-o", first);
        assertThat(made.code()).as(made.err()).isZero();
        Path again = folder.resolve("again.png");
        assertThat(Cli.run("generate", "--from-png", first, "-o", again).code()).isZero();
        assertThat(again).hasSameBinaryContentAs(first);

        Path written = Files.writeString(folder.resolve("cached.yaml"), "cache: " + cache + "\n" + STAGES);
        Path other = folder.resolve("other.png");
        Path plain = folder.resolve("plain.png");
        assertThat(generate("--plan", written, "-o", other).code()).isZero();
        assertThat(generate("--plan", written, "--cache", "none", "-o", plain).code())
                .isZero();
        assertThat(pixels(other)).isEqualTo(pixels(first)).isNotEqualTo(pixels(plain));
    }

    private static int[] pixels(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void plan_withCache_saysWhatRuns() {
        Cli.Result result = Cli.run("plan", "--model", "flux", "--plan", "x3+taylor");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .startsWith("x3+taylor on flux")
                .contains("3 full, 3 skipped", "6 full, 10 skipped", "The model runs in 12 of 28 steps.", "6.46x");
        assertThat(Cli.run("plan", "--model", "flux", "--plan", "baseline", "--steps", 50, "--cache", "toca-paper")
                        .out())
                .contains("1.51x", "The model runs in 50 of 50 steps, in 24 of them only in part.");
        assertThat(Cli.run("plan", "--model", "flux", "--plan", "x3", "--cache", "easycache:first=2")
                        .out())
                .contains("The cache decides during the run");
    }

    @Test
    void tune_withCache_countsWhatRuns() {
        Cli.Result result = Cli.run("tune", "--speedup", 5, "--plan", "x3", "--cache", "taylor", "--model", "flux");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("cache: taylor\nstages:");
        assertThat(Cli.run("tune", "--speedup", 5, "--plan", "x3", "--cache", "toca", "--model", "flux")
                        .errLines())
                .last()
                .asString()
                .startsWith("bottleneck4j: cache: toca runs some steps in part, and only whole forwards have a price");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tailor | bottleneck4j: cache: 'tailor' is unknown; use one of none, reuse,",
                "taylor:every=1 | bottleneck4j: cache taylor: every: 1 computes every step; use 2 or more, or no cache",
                "none.json | bottleneck4j: none.json: does not exist; give a file that dpcache wrote",
                "reuse:steps=0.1.9 | bottleneck4j: plan p: stage 1: cache reuse:steps=0.1.9: steps: 0.1.9 computes step 9, but",
            })
    void generate_unfitCache_saysWhatIsWrong(String cache, String message) throws IOException {
        Path plan = Files.writeString(folder.resolve("p.yaml"), STAGES);
        Cli.Result result = generate("--plan", plan, "--cache", cache, "-o", folder.resolve("x.png"));
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.errLines().get(0).replace(plan.toString(), "p")).startsWith(message);
    }

    @Test
    void dpcache_writesACacheOfThisPlanAndType() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.yaml"), STAGES);
        Path file = folder.resolve("cache.json");
        Cli.Result found = Cli.run(
                "dpcache", "a fox", "a cat", "--model", Cli.TINY, "--plan", plan, "--dtype", "float32", "-o", file);
        assertThat(found.code()).as(found.err()).isZero();
        assertThat(found.out())
                .startsWith("stage 1 computes 3 of 6 steps: 0 1 ")
                .endsWith(file + System.lineSeparator());
        Path picture = folder.resolve("x.png");
        assertThat(generate("--plan", plan, "--cache", file, "--dtype", "float32", "-o", picture)
                        .code())
                .isZero();
        assertThat(Cli.run("generate", "--from-png", picture, "-o", folder.resolve("again.png"))
                        .code())
                .isZero();
        assertThat(folder.resolve("again.png")).hasSameBinaryContentAs(picture);
        assertThat(generate("--plan", plan, "--cache", file, "--dtype", "bfloat16", "-o", picture)
                        .errLines())
                .last()
                .asString()
                .startsWith("bottleneck4j: cache: the schedule was calibrated in float32, not bfloat16");
        assertThat(generate("--plan", "x3", "--width", 64, "--height", 64, "--cache", file, "-o", picture)
                        .errLines())
                .last()
                .asString()
                .startsWith("bottleneck4j: cache " + file + ": the schedule was made for plan ");
    }

    /** What cannot be is refused before the model runs. */
    @Test
    void dpcache_unfit_isRefusedAtOnce() {
        Path file = folder.resolve("cache.json");
        Cli.Result part = Cli.run("dpcache", "a fox", "--model", Cli.TINY, "--part", 2, "-o", file);
        assertThat(part.errLines())
                .containsExactly("bottleneck4j: part: must be above 0 and at most 1, not 2.0; try 0.5");
        assertThat(Cli.run("dpcache", "--model", Cli.TINY, "-o", file).errLines())
                .singleElement()
                .asString()
                .startsWith("bottleneck4j: prompt: is missing");
        assertThat(file).doesNotExist();
        assertThat(Cli.run("dpcache", "--help").out()).contains("4 to 16 are enough", "--part=P", "DPCache");
    }

    /** Two wishes for one thing are told, not settled in silence. */
    @Test
    void caches_askedForTwice_areRefused() throws IOException {
        for (String command : List.of("generate", "plan", "tune")) {
            List<Object> args = new ArrayList<>(List.of(command, "--model", Cli.TINY, "--plan", "x3+taylor"));
            args.addAll(List.of("--cache", "reuse"));
            args.addAll(command.equals("generate") ? List.of("a fox") : List.of());
            args.addAll(command.equals("tune") ? List.of("--speedup", 3) : List.of());
            assertThat(Cli.run(args.toArray()).errLines())
                    .as(command)
                    .last()
                    .isEqualTo("bottleneck4j: cache: is given in both --plan x3+taylor and --cache reuse; keep one");
        }
        Path file = folder.resolve("cache.json");
        for (String[] more : new String[][] {{"--plan", "x3", "--cache", "taylor"}, {"--plan", "x3+taylor"}}) {
            List<Object> args = new ArrayList<>(List.of("dpcache", "a fox", "--model", Cli.TINY, "-o", file));
            args.addAll(List.of(more));
            assertThat(Cli.run(args.toArray()).errLines())
                    .last()
                    .isEqualTo(
                            "bottleneck4j: cache: dpcache finds a cache itself; leave out --cache, and +CACHE after the plan's name");
        }
        Files.writeString(file, "{}");
        assertThat(Cli.run("dpcache", "a fox", "--model", Cli.TINY, "-o", file).errLines())
                .last()
                .isEqualTo("bottleneck4j: output: " + file + " is there and is no cache schedule; choose another name");
        assertThat(file).hasContent("{}");
    }

    @Test
    void names_sayWhichCacheRuns() {
        assertThat(Cli.run("plan", "--model", "flux", "--plan", "x4", "--cache", "taylor")
                        .out())
                .startsWith("x4+taylor on ");
        assertThat(Cli.run("plan", "--model", "flux", "--plan", "x4+none").out())
                .startsWith("x4+none on ");
        assertThat(Cli.run("plan", "--model", "flux", "--plan", "x3+none").out())
                .startsWith("x3 on ");
    }

    @Test
    void generate_withACacheThatDecides_countsWhatRan() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.yaml"), STAGES);
        Cli.Result result =
                generate("--plan", plan, "--cache", "easycache:first=2:threshold=1000", "-o", folder.resolve("x.png"));
        assertThat(result.out())
                .contains("6 forwards (", "plan.yaml+easycache"); // two and the last of each stage's 6 and 7
    }

    /** Each picture's own count: another may need more. */
    @Test
    void generate_asJson_countsForwardsOfEachPicture() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.yaml"), STAGES);
        Cli.Result result = generate(
                "--plan",
                plan,
                "--cache",
                "easycache:first=2:threshold=1000",
                "-n",
                2,
                "--format",
                "json",
                "-o",
                folder.resolve("x.png"));
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.get("images"))
                .hasSize(2)
                .allSatisfy(image -> assertThat(image.get("forwards").asInt()).isEqualTo(6));
        assertThat(json.get("forwards").asInt()).isEqualTo(13);
    }

    @Test
    void generate_withTrueGuidanceAndCachedStages_warns() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.yaml"), STAGES);
        Path out = folder.resolve("x.png");
        String warning = "with true guidance, caches in stages of few steps made broken pictures";
        assertThat(generate("--plan", plan, "--true-cfg-scale", 4, "--cache", "taylor", "-o", out)
                        .err())
                .contains(warning);
        assertThat(generate("--plan", plan, "--true-cfg-scale", 4, "-o", out).err())
                .doesNotContain(warning);
    }
}
