package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.pipeline.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code compare} and {@code ablate} with the tiny model, whose pictures are 64 × 64. */
class CompareCommandTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

    @TempDir
    Path temporary;

    private Path out() {
        return temporary.resolve("out");
    }

    private Cli.Result tiny(String command, Object... more) {
        return tiny(new Cancellation(), command, more);
    }

    private Cli.Result tiny(Cancellation cancellation, String command, Object... more) {
        List<Object> args =
                new ArrayList<>(List.of(command, "--model", Cli.TINY, "--max-sequence-length", 16, "--out-dir", out()));
        args.addAll(List.of(more));
        return Cli.run(cancellation, Map.of(), args.toArray());
    }

    /** A plan of one stage of that many steps. */
    private String plan(String name, int steps) throws IOException {
        String stage = "stages:\n  - {width: 64, height: 64, steps: " + steps + ", strength: 1.0, shift: 1}\n";
        return Files.writeString(temporary.resolve(name + ".yaml"), stage).toString();
    }

    private JsonNode table() throws IOException {
        return new ObjectMapper().readTree(out().resolve("results.json").toFile());
    }

    private static List<String> names(JsonNode plans) {
        return StreamSupport.stream(plans.spliterator(), false)
                .map(plan -> plan.get("name").asText())
                .toList();
    }

    private List<Path> pictures() throws IOException {
        try (Stream<Path> files = Files.walk(out().resolve("pictures"))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private Path picture(JsonNode picture) {
        return out().resolve(picture.get("file").asText());
    }

    @Test
    void compare_twoPromptsOnTheCommandLine_areTwoSubjects() throws IOException {
        Cli.Result result = tiny("compare", "a fox", "two owls", "--plan", plan("one", 1), "--plan", plan("two", 2));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(table().get("pictures"))
                .extracting(picture -> picture.get("prompt").asText())
                .containsOnly("a fox", "two owls")
                .hasSize(4);
    }

    @Test
    void compare_withoutPlans_setsBaselineStepCutAndBottleneckSideBySide() throws IOException {
        Cli.Result result = tiny("compare", "a cat", "--seed", 7);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err()).contains("picture 3/3, bottleneck, stage 2/3 32x32, 16 steps");
        assertThat(result.out())
                .contains("plan")
                .containsPattern("bottleneck-step-cut +\\d+ ")
                .contains(out().resolve("index.html").toString());
        assertThat(Cli.names(out()))
                .containsExactly("index.html", "pictures", "results.csv", "results.json", "sheet.png");

        JsonNode table = table();
        assertThat(names(table.get("plans"))).containsExactly("baseline", "bottleneck-step-cut", "bottleneck");
        assertThat(table.get("complete").asBoolean()).isTrue();
        JsonNode cut = table.get("plans").get(1);
        JsonNode bottleneck = table.get("plans").get(2);
        assertThat(bottleneck.get("forwards").asInt()).isEqualTo(6 + 16 + 5);
        assertThat(cut.get("flops").asDouble())
                .as("as many steps as cost no more")
                .isBetween(
                        bottleneck.get("flops").asDouble()
                                * (1 - 1.0 / cut.get("forwards").asInt()),
                        bottleneck.get("flops").asDouble());
        assertThat(table.get("pictures")).hasSize(3);
        assertThat(table.get("pictures").get(0).get("psnr").isNull())
                .as("of the reference")
                .isTrue();
        assertThat(table.get("pictures").get(2).get("psnr").asDouble()).isBetween(1.0, 60.0);
        assertThat(table.get("pictures").get(2).get("previews")).hasSize(2);
        JsonNode low = table.get("pictures").get(2).get("previews").get(1);
        assertThat(PngReader.read(out().resolve(low.asText())).width())
                .as("of the low stage")
                .isEqualTo(32);
        assertThat(Files.readString(out().resolve("index.html"))).contains(low.asText());
        assertThat(PngReader.read(out().resolve("sheet.png")).width()).isGreaterThan(3 * 64);
    }

    @Test
    void compare_asJson_printsTheTableAlone() throws IOException {
        Cli.Result result =
                tiny("compare", "a cat", "--plan", plan("two", 2), "--plan", plan("one", 1), "--format", "json");
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.get("out_dir").asText()).isEqualTo(out().toString());
        assertThat(names(json.get("plans"))).containsExactly("two", "one");
        assertThat(json.get("reference").asText()).isEqualTo("two");
        assertThat(json.get("plans").get(1).get("flop_ratio").asDouble()).isCloseTo(2, within(1e-9));
    }

    @Test
    void compare_picture_isTheOneGenerateMakes() throws IOException {
        tiny("compare", "a cat", "--seed", 3, "--plan", plan("two", 2), "--plan", plan("one", 1));
        Path made = temporary.resolve("made.png");
        Path again = temporary.resolve("again.png");
        Path compared = picture(table().get("pictures").get(0));
        Cli.run(
                "generate",
                "a cat",
                "--seed",
                3,
                "--plan",
                temporary.resolve("two.yaml"),
                "--model",
                Cli.TINY,
                "--max-sequence-length",
                16,
                "-o",
                made);
        assertThat(PngReader.read(made)).isEqualTo(PngReader.read(compared));
        assertThat(Cli.run("generate", "--from-png", compared, "-o", again).code())
                .isZero();
        assertThat(again).hasSameBinaryContentAs(compared);
    }

    @Test
    void compare_again_makesNothingAgain() throws IOException {
        Object[] args = {"a cat", "--plan", plan("two", 2), "--plan", plan("one", 1), "-n", 2};
        tiny("compare", args);
        JsonNode before = table();
        for (Path file : pictures()) {
            Files.setLastModifiedTime(file, LONG_AGO);
        }
        Cli.Result again = tiny("compare", args);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.err())
                .isEqualTo("bottleneck4j: note: 4 of 4 pictures are there already, with these settings\n");
        assertThat(table()).as("times and distances").isEqualTo(before);
        for (Path file : pictures()) {
            assertThat(Files.getLastModifiedTime(file)).isEqualTo(LONG_AGO);
        }
    }

    @Test
    void compare_morePrompts_makesOnlyTheNewOnes() throws IOException {
        Path prompts = Files.writeString(temporary.resolve("p.txt"), "a cat\n");
        Object[] args = {"--prompt-file", prompts, "--plan", plan("two", 2), "--plan", plan("one", 1)};
        tiny("compare", args);
        Files.writeString(prompts, "a dog\na cat\n");
        Cli.Result result = tiny("compare", args);
        assertThat(result.err()).contains("2 of 4 pictures are there already").contains("picture 2/2, one");
        assertThat(table().get("pictures").get(0).get("prompt").asText()).isEqualTo("a dog");
        assertThat(table().get("pictures").get(3).get("psnr").isNumber()).isTrue();
    }

    @Test
    void compare_otherSettings_makesItAgain() throws IOException {
        plan("two", 2);
        tiny("compare", "a cat", "--plan", temporary.resolve("two.yaml"), "--plan", plan("one", 1));
        plan("two", 3);
        Cli.Result result = tiny(
                "compare", "a cat", "--plan", temporary.resolve("two.yaml"), "--plan", temporary.resolve("one.yaml"));
        assertThat(result.err()).contains("1 of 2 pictures").contains("two, stage 1/1 64x64, 3 steps");
        assertThat(table().get("plans").get(0).get("forwards").asInt()).isEqualTo(3);
        assertThat(table().get("pictures").get(1).get("psnr").isNumber())
                .as("measured against the new reference")
                .isTrue();
    }

    @Test
    void compare_damagedPicture_isNamedAndMadeAgain() throws IOException {
        Object[] args = {"a cat", "--plan", plan("two", 2), "--plan", plan("one", 1)};
        tiny("compare", args);
        Path file = picture(table().get("pictures").get(1));
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        Cli.Result result = tiny("compare", args);
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("warning: " + file)
                .contains("it is made again")
                .contains("picture", "one, stage");
        assertThat(file).hasBinaryContent(whole);
    }

    @Test
    void compare_pictureWithoutTime_isNamedAndMadeAgain() throws IOException {
        Object[] args = {"a cat", "--plan", plan("two", 2), "--plan", plan("one", 1)};
        tiny("compare", args);
        Files.delete(out().resolve("results.json"));
        Files.delete(out().resolve("index.html"));
        Files.delete(out().resolve("results.csv"));
        Files.delete(out().resolve("sheet.png"));
        Cli.Result result = tiny("compare", args);
        assertThat(result.err()).contains("results.json does not know how long it took; it is made again");
        assertThat(table().get("complete").asBoolean()).isTrue();
    }

    @Test
    void compare_foreignFiles_areRefusedByName() throws IOException {
        Object[] args = {"a cat", "--plan", plan("two", 2), "--plan", plan("one", 1)};
        Files.createDirectories(out());
        Files.writeString(out().resolve("index.html"), "<p>mine");
        assertThat(tiny("compare", args).errLines())
                .containsExactly("bottleneck4j: " + out().resolve("index.html") + ": is there without results.json,"
                        + " and would be replaced; move it away, or name another folder with --out-dir");
        Files.writeString(out().resolve("results.json"), "{\"mine\": 1}");
        Cli.Result result = tiny("compare", args);
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains("results.json: is not a table that this version of bottleneck4j wrote");
        assertThat(Files.readString(out().resolve("index.html"))).isEqualTo("<p>mine");
    }

    @Test
    void compare_cancelled_leavesWhatIsDoneRightAndGoesOnLater() throws Exception {
        Object[] args = {"a cat", "--plan", plan("short", 1), "--plan", plan("long", 3000)};
        Cancellation cancellation = new Cancellation();
        Thread user = new Thread(() -> {
            while (!Files.exists(out().resolve("results.json"))) {
                Thread.onSpinWait();
            }
            cancellation.request();
        });
        user.start();
        Cli.Result result = tiny(cancellation, "compare", args);
        user.join();
        assertThat(result.code()).isEqualTo(ExitCode.CANCELLED);
        assertThat(result.err())
                .containsPattern("bottleneck4j: cancelled (after step \\d+ of 3000|before picture 2 of 2)");
        JsonNode table = table();
        assertThat(table.get("complete").asBoolean()).isFalse();
        assertThat(table.get("pictures")).hasSize(1);
        assertThat(Files.readString(out().resolve("index.html"))).contains("1 of 2 pictures are made");
        assertThat(PngReader.read(out().resolve("sheet.png")).height()).isGreaterThan(64);
        assertThat(Files.readAllLines(out().resolve("results.csv"))).hasSize(1 + 1 + 2);

        args[4] = plan("long", 2);
        assertThat(tiny("compare", args).err()).contains("1 of 2 pictures are there already");
        assertThat(table().get("complete").asBoolean()).isTrue();
    }

    @Test
    void compare_badInput_saysWhatAndHow() throws IOException {
        String one = plan("one", 1);
        Path empty = Files.writeString(temporary.resolve("empty.txt"), "\n \n");
        Path file = Files.writeString(temporary.resolve("file"), "");
        refused("plan: one is given twice; leave one out", "a cat", "--plan", one, "--plan", one);
        refused(
                "plan: a comparison needs at least two, not 1; name another, as --plan baseline",
                "a cat",
                "--plan",
                one);
        refused("plan: 'x9' is neither a file nor a plan of this model", "a cat", "--plan", one, "--plan", "x9");
        refused("prompt-file: " + empty + " holds no prompt; write one a line", "--prompt-file", empty);
        refused("prompt: is missing");
        refused("reference: 'x9' is none of the plans compared; use", "a cat", "--reference", "x9");
        refused("n: must be at least 1, not 0", "a cat", "-n", 0);
        refused("seed: must be between 0 and", "a cat", "--seed", -1);
        refused("out-dir: " + file.resolve("x"), "a cat", "--out-dir", file.resolve("x"));
        assertThat(out()).doesNotExist();
    }

    @Test
    void compare_plansOfSeveralSizes_areRefused() throws IOException {
        Path large = Files.writeString(
                temporary.resolve("large.yaml"),
                "stages:\n  - {width: 96, height: 64, steps: 1, strength: 1.0, shift: 1}\n");
        refused(
                "plan: large ends at 96x64 and one at 64x64; compare plans of one size, as with --width and --height",
                "a cat",
                "--plan",
                plan("one", 1),
                "--plan",
                large);
    }

    private void refused(String message, Object... args) {
        Cli.Result result = tiny("compare", args);
        assertThat(result.err()).startsWith("bottleneck4j: " + message);
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.out()).isEmpty();
    }

    @Tag("slow")
    @Test
    void ablate_withoutAxes_isTables3And7() throws IOException {
        Cli.Result result = tiny("ablate", "a cat", "--width", 128, "--height", 128);
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode plans = table().get("plans");
        assertThat(names(plans))
                .containsExactly(
                        "baseline",
                        "bottleneck",
                        "no-reshift",
                        "no-renoise",
                        "cascade",
                        "five-stages",
                        "bicubic",
                        "bilinear",
                        "nearest");
        assertThat(table().get("reference").asText()).isEqualTo("baseline");
        assertThat(plans.get(4).get("stages").get(0).asText()).startsWith("64x64, 20 of 20 steps, shift 6.00");
        assertThat(plans.get(4).get("flops").asDouble())
                .isLessThanOrEqualTo(plans.get(1).get("flops").asDouble());
        assertThat(plans.get(5).get("stages").get(2).asText()).startsWith("32x32, 16 of 20 steps");
        assertThat(plans.get(2).get("stages").get(0).asText())
                .as("the model's shift")
                .doesNotContain("shift 9.00");
        assertThat(result.out()).contains("no-renoise");
    }

    @Test
    void compare_withACacheThatDecides_showsWhatRan() throws IOException {
        Object[] args = {"a fox", "--plan", plan("whole", 8), "--plan", plan("easy", 8) + "+easycache:threshold=1000"};
        assertThat(tiny("compare", args).code()).isZero();
        JsonNode cached = table().get("plans").get(1);
        assertThat(cached.get("forwards").asInt()).isEqualTo(8);
        assertThat(cached.get("forwards_are_at_most").asBoolean()).isTrue();
        assertThat(cached.get("forwards_run").asDouble())
                .as("five and the last")
                .isEqualTo(6);
        assertThat(cached.get("flop_ratio").asDouble()).isEqualTo(8 / 6.0);
        assertThat(table().get("plans").get(0).has("forwards_are_at_most")).isFalse();
        JsonNode before = table();
        assertThat(tiny("compare", args).err()).contains("2 of 2 pictures are there already");
        assertThat(table()).isEqualTo(before);
    }

    @Test
    void compare_withCacheForAll_namesIt() throws IOException {
        String mine = plan("mine", 4) + "+reuse";
        String one = plan("one", 3);
        Cli.Result result = tiny("compare", "a fox", "--plan", one, "--plan", plan("two", 4), "--cache", "taylor");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(names(table().get("plans"))).containsExactly("one+taylor", "two+taylor");

        Cli.Result twice = tiny("compare", "a fox", "--plan", one, "--plan", mine, "--cache", "taylor");
        assertThat(twice.errLines())
                .last()
                .isEqualTo("bottleneck4j: cache: is given in both --plan " + mine + " and --cache taylor; keep one");
    }

    @Tag("slow")
    @Test
    void ablate_cacheWithACacheOnThePlan_hasOneRowForEach() throws IOException {
        Cli.Result result = tiny(
                "ablate",
                "a cat",
                "--axis",
                "cache",
                "--plan",
                "x3",
                "--cache",
                "taylor",
                "--width",
                128,
                "--height",
                128);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(names(table().get("plans")))
                .containsExactly(
                        "baseline",
                        "x3+taylor",
                        "reuse",
                        "linear",
                        "linear:feature=hidden",
                        "freqca:feature=hidden",
                        "easycache:first=2",
                        "firstblock",
                        "toca",
                        "toca-paper",
                        "duca");
        for (JsonNode plan : table().get("plans")) {
            boolean decides = plan.get("name").asText().matches("easycache.*|firstblock");
            assertThat(plan.has("forwards_run")).isEqualTo(decides);
        }
    }

    @Test
    void ablate_unknownAxisOrPlan_saysWhatThereIs() {
        Cli.Result axis = tiny("ablate", "a cat", "--axis", "table4");
        assertThat(axis.code()).isEqualTo(ExitCode.USAGE);
        assertThat(axis.err()).startsWith("bottleneck4j: axis: 'table4' is unknown; use one of table3, table7");
        Cli.Result plan = tiny("ablate", "a cat", "--plan", "baseline");
        assertThat(plan.code()).isEqualTo(ExitCode.USAGE);
        assertThat(plan.err()).contains("must have three stages to be varied");
    }
}
