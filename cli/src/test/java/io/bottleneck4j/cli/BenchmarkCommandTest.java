package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.media.VideoSettings;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evaluate generate} and {@code evaluate check} with tiny models of random weights, and with the bundled one. */
class BenchmarkCommandTest {
    private static final String GENEVAL = """
            {"tag": "single_object", "include": [{"class": "bench", "count": 1}], "prompt": "a photo of a bench"}
            {"tag": "counting", "include": [{"class": "fox", "count": 2}], "prompt": "a photo of two foxes"}
            {"tag": "counting", "include": [{"class": "cat", "count": 3}], "prompt": "a photo of three cats"}
            """;

    @TempDir
    Path temp;

    private Path prompts = Path.of("");

    @BeforeEach
    void prompts() throws IOException {
        prompts = Files.writeString(temp.resolve("evaluation_metadata.jsonl"), GENEVAL);
    }

    private static Cli.Result generate(
            Cancellation cancellation, String benchmark, Path model, Path out, Object... more) {
        List<Object> words = new ArrayList<>(List.of("evaluate", "generate", "--benchmark", benchmark));
        words.addAll(List.of("--out", out, "--model", model, "--dtype", "float32", "--threads", 1));
        words.addAll(List.of("--plan", "baseline", "--steps", 1));
        words.addAll(Arrays.asList(more));
        return Cli.run(cancellation, Map.of(), words.toArray());
    }

    private static Cli.Result pictures(String benchmark, Path out, Object... more) {
        return generate(new Cancellation(), benchmark, Cli.TINY, out, with(more, "--width", 16, "--height", 16));
    }

    private static Object[] with(Object[] some, Object... more) {
        return Stream.concat(Stream.of(some), Stream.of(more)).toArray();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static String check(Path run) {
        Cli.Result result = Cli.run("evaluate", "check", run);
        assertThat(result.code()).as(result.out() + result.err()).isEqualTo(ExitCode.OK);
        return result.out();
    }

    @Test
    void generate_geneval_makesARunThatChecks() throws IOException {
        Path out = temp.resolve("run");
        Cli.Result result = pictures("geneval", out, "--prompts", prompts, "-n", 2, "--limit", 2);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out()).isEqualTo(out + ": 4 of 4; geneval's scripts read " + out.resolve("images") + "\n");
        assertThat(result.err())
                .contains("n: geneval has 4 samples of each prompt, this run 2; mention this beside its");
        assertThat(files(out))
                .containsExactly(
                        "images/00000/metadata.jsonl",
                        "images/00000/samples/0000.png",
                        "images/00000/samples/0001.png",
                        "images/00001/metadata.jsonl",
                        "images/00001/samples/0000.png",
                        "images/00001/samples/0001.png",
                        "pictures.csv",
                        "prompts.jsonl",
                        "run.json");
        assertThat(check(out)).isEqualTo(out + ": 4 of 4, as geneval's scripts read them\n");
        Settings stored = Settings.parse(
                Model.Kind.PICTURE,
                String.valueOf(PngText.read(out.resolve("images/00001/samples/0001.png"))
                        .get(Settings.PICTURE_KEY)));
        assertThat(stored.prompt()).isEqualTo("a photo of two foxes");
        assertThat(stored.seed()).isEqualTo(43);
        RunRecord run = new RunFolder(out).record();
        assertThat(run.seed()).isEqualTo(42);
        assertThat(run.plan()).isEqualTo("baseline");
        assertThat(run.prompts().count()).isEqualTo(2);
        assertThat(run.settings()).containsEntry("resampler", "lanczos").containsEntry("rounding", "img2img");
        assertThat(new RunFolder(out).pictures())
                .extracting(RunPicture::category)
                .contains("counting");
    }

    @Test
    void generate_again_goesOnWithoutMakingAnythingTwice() throws IOException {
        Path out = temp.resolve("run");
        assertThat(pictures("geneval", out, "--prompts", prompts, "-n", 1).code())
                .isEqualTo(ExitCode.OK);
        Path kept = out.resolve("images/00000/samples/0000.png");
        Path lost = out.resolve("images/00001/samples/0000.png");
        byte[] before = Files.readAllBytes(lost);
        Object time = Files.getLastModifiedTime(kept);
        Files.writeString(lost, "cut off");
        Cli.Result faults = Cli.run("evaluate", "check", out);
        assertThat(faults.code()).isEqualTo(ExitCode.OTHER);
        assertThat(faults.out()).contains("00001/samples/0000.png: must be a PNG file", out + ": 1 fault\n");

        Cli.Result again = pictures("geneval", out, "--prompts", prompts, "-n", 1);
        assertThat(again.code()).as(again.err()).isEqualTo(ExitCode.OK);
        assertThat(again.err()).contains("it is made again").contains("2 of 3 pictures are there already");
        assertThat(lost).hasBinaryContent(before);
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(time);
        check(out);

        Cli.Result nothing = pictures("geneval", out, "--prompts", prompts, "-n", 1);
        assertThat(nothing.err()).contains("3 of 3 pictures are there already");
        Cli.Result other = pictures("geneval", out, "--prompts", prompts, "-n", 1, "--seed", 7);
        assertThat(other.code()).isEqualTo(ExitCode.USAGE);
        assertThat(other.err()).contains("is a run with other settings").contains("seed: 42 and 7");
    }

    @Test
    void generate_shards_makeTheSamePicturesAsTheWhole() throws IOException {
        Path whole = temp.resolve("whole");
        Path parts = temp.resolve("parts");
        assertThat(pictures("geneval", whole, "--prompts", prompts, "-n", 1).code())
                .isEqualTo(ExitCode.OK);
        Cli.Result second = pictures("geneval", parts, "--prompts", prompts, "-n", 1, "--shard", "2/2");
        assertThat(second.out()).startsWith(parts + ": 1 of 3, 1 of this shard; ");
        assertThat(pictures("geneval", parts, "--prompts", prompts, "-n", 1, "--shard", "1/2")
                        .out())
                .startsWith(parts + ": 3 of 3, 2 of this shard; ");
        check(parts);
        assertThat(files(parts.resolve("images"))).isEqualTo(files(whole.resolve("images")));
        for (String file : files(whole.resolve("images"))) {
            assertThat(parts.resolve("images").resolve(file))
                    .hasBinaryContent(Files.readAllBytes(whole.resolve("images").resolve(file)));
        }
    }

    @Test
    void generate_cancelled_leavesARunThatGoesOn() throws IOException {
        Path out = temp.resolve("run");
        Cancellation cancelled = new Cancellation();
        cancelled.request();
        Cli.Result result =
                generate(cancelled, "geneval", Cli.TINY, out, "--prompts", prompts, "--width", 16, "--height", 16);
        assertThat(result.code()).isEqualTo(ExitCode.CANCELLED);
        assertThat(files(out)).containsExactly("prompts.jsonl", "run.json");
        assertThat(pictures("geneval", out, "--prompts", prompts).code()).isEqualTo(ExitCode.OK);
        check(out);
    }

    @Test
    void generate_everyBenchmarkOfPictures_checks() throws IOException {
        Path color = Files.writeString(temp.resolve("color_val.txt"), "a red car\r\na blue cup");
        Path shape = Files.writeString(temp.resolve("shape_val.txt"), "an oval mirror");
        run(
                "t2i-compbench",
                List.of(color, shape),
                "color/samples/a red car_000000.png",
                "shape/samples/an oval mirror_000009.png");
        Path drawbench = Files.writeString(temp.resolve("drawbench.csv"), "Prompts,Category\nA red car,Colors\n");
        run("drawbench", List.of(drawbench), "00000.jpg");
        Path anime = Files.writeString(temp.resolve("anime.json"), "[\"a girl\", \"a cat\"]");
        run("hpsv2", List.of(anime), "anime/00000.jpg", "anime/00001.jpg");
        Path captions = Files.writeString(temp.resolve("captions.json"), "{\"image1\": \"a cat\"}");
        run("clipscore", List.of(captions), "image1.png");
        Path reward = Files.writeString(temp.resolve("reward.json"), "[{\"id\": \"0-1\", \"prompt\": \"a cat\"}]");
        run("imagereward", List.of(reward), "0-1_0.png", "0-1_9.png");
        Path emoji = Files.writeString(temp.resolve("e.jsonl"), "{\"prompt\": \"a cat\", \"category\": \"one\"}\n");
        run("emoji", List.of(emoji), "0000_00.png", "0000_03.png");
    }

    private void run(String benchmark, List<Path> files, String... names) throws IOException {
        Path out = temp.resolve(benchmark);
        Cli.Result result = pictures(benchmark, out, with(new Object[] {"--prompts"}, files.toArray()));
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(files(out.resolve("images"))).contains(names);
        check(out);
        assertThat(PngReader.read(out.resolve("images").resolve(names[0])).width())
                .isEqualTo(16);
    }

    @Test
    void generate_videos_leavesNothingBesideThem() throws IOException {
        Path info = Files.writeString(
                temp.resolve("VBench_full_info.json"),
                "[{\"prompt_en\": \"a dog, running.\", \"dimension\": [\"color\"]}]");
        Path out = temp.resolve("vbench");
        Cli.Result result = videos("vbench", out, "--prompts", info, "-n", 2);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(files(out.resolve("images"))).containsExactly("a dog, running.-0.mp4", "a dog, running.-1.mp4");
        Settings stored = Settings.parse(
                Model.Kind.VIDEO, String.valueOf(VideoSettings.read(out.resolve("images/a dog, running.-1.mp4"))));
        assertThat(stored.seed()).isEqualTo(43);
        assertThat(new RunFolder(out).record().frames()).isEqualTo(5);
        check(out);
        assertThat(videos("vbench", out, "--prompts", info, "-n", 2).err())
                .contains("2 of 2 pictures are there already");

        Path numeracy = Files.writeString(temp.resolve("7_numeracy.txt"), "two dogs\nsix cats");
        Path second = temp.resolve("t2v");
        assertThat(videos("t2v-compbench", second, "--prompts", numeracy).code())
                .isEqualTo(ExitCode.OK);
        assertThat(files(second))
                .contains("images/generative_numeracy/0002.mp4", "prompts/7_numeracy.txt")
                .hasSize(5);
        check(second);
        Files.copy(out.resolve("images/a dog, running.-1.mp4"), second.resolve("images/generative_numeracy/0003.mp4"));
        Files.writeString(second.resolve("images/generative_numeracy/0002.mp4"), "cut off");
        assertThat(Cli.run("evaluate", "check", second).out())
                .contains("generative_numeracy/0002.mp4: must be a video, and ffmpeg cannot read it")
                .contains("generative_numeracy/0003.mp4: does not belong to the run")
                .contains("2 faults");
    }

    private static Cli.Result videos(String benchmark, Path out, Object... more) {
        return generate(
                new Cancellation(),
                benchmark,
                Cli.FOLDERS.resolve("hunyuan-a"),
                out,
                with(more, "--width", 64, "--height", 48, "--frames", 5));
    }

    @Test
    void generate_badPrompt_endsTheRunUnlessSkipped() throws IOException {
        Path color = Files.writeString(temp.resolve("color_val.txt"), "a red/blue car\na blue cup");
        Path out = temp.resolve("run");
        Cli.Result refused = pictures("t2i-compbench", out, "--prompts", color, "-n", 1);
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err())
                .contains("prompt 0, 'a red/blue car': has a slash, which a file name cannot hold; --skip-bad leaves");
        assertThat(out).doesNotExist();
        Cli.Result skipped = pictures("t2i-compbench", out, "--prompts", color, "-n", 1, "--skip-bad");
        assertThat(skipped.code()).as(skipped.err()).isEqualTo(ExitCode.OK);
        assertThat(skipped.err()).contains("which a file name cannot hold; it is left out");
        assertThat(skipped.out()).startsWith(out + ": 1 of 2");
        assertThat(files(out.resolve("images"))).containsExactly("color/samples/a blue cup_000001.png");
        assertThat(Cli.run("evaluate", "check", out).out())
                .isEqualTo("prompt 0, 'a red/blue car': has a slash, which a file name cannot hold\n" + out
                        + ": 1 fault\n");
    }

    @Test
    void generate_wrongOptions_sayWhatIsWrong() throws IOException {
        Path out = temp.resolve("run");
        assertThat(pictures("geneval", out).err()).contains("geneval's are not bundled; name the file of its authors");
        assertThat(pictures("coco", out).err()).contains("benchmark: 'coco' is unknown; use one of emoji, geneval");
        assertThat(pictures("geneval", out, "--prompts", temp.resolve("none")).err())
                .contains("none is no file");
        assertThat(pictures("geneval", out, "--prompts", prompts, "--shard", "3/2")
                        .err())
                .contains("shard: must be i/n with i from 1 to n, not 3/2");
        assertThat(pictures("geneval", out, "--prompts", prompts, "--limit", 0).err())
                .contains("limit: must be at least 1");
        assertThat(pictures("geneval", out, "--prompts", prompts, "--seed", -1).err())
                .contains("seed: must be between 0");
        assertThat(videos("geneval", out, "--prompts", prompts).err())
                .contains("benchmark: geneval is of pictures, and ", "hunyuan-a makes videos; name another model");
        assertThat(Cli.run("evaluate", "generate", "--benchmark", "geneval").code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("evaluate", "check", temp).err()).contains("run.json: is missing");
        assertThat(out).doesNotExist();
    }

    @Test
    void generate_bundledModel_isTimedAndReported() throws IOException {
        for (String plan : List.of("x2", "x3")) {
            Cli.Result result = Cli.run(
                    "evaluate",
                    "generate",
                    "--benchmark",
                    "geneval",
                    "--prompts",
                    prompts,
                    "-n",
                    1,
                    "--plan",
                    plan,
                    "--width",
                    64,
                    "--height",
                    64,
                    "--out",
                    temp.resolve(plan));
            assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
            check(temp.resolve(plan));
        }
        assertThat(new RunFolder(temp.resolve("x3")).record().stages()).hasSizeGreaterThan(1);
        Cli.Result report =
                Cli.run("evaluate", "report", temp.resolve("x2"), temp.resolve("x3"), "--out", temp.resolve("report"));
        assertThat(report.code()).as(report.err()).isEqualTo(ExitCode.OK);
    }

    @Test
    void generate_bundledVideoModel_makesClipsThatCheck() throws IOException {
        Path info = Files.writeString(
                temp.resolve("VBench_full_info.json"), "[{\"prompt_en\": \"a red fox\", \"dimension\": [\"color\"]}]");
        Path out = temp.resolve("run");
        Cli.Result result = Cli.run(
                "evaluate",
                "generate",
                "--benchmark",
                "vbench",
                "--prompts",
                info,
                "-n",
                1,
                "--model",
                "emoji-video",
                "--plan",
                "baseline",
                "--steps",
                1,
                "--width",
                64,
                "--height",
                64,
                "--frames",
                5,
                "--out",
                out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(files(out.resolve("images"))).containsExactly("a red fox-0.mp4");
        assertThat(new RunFolder(out).record().settings()).containsKey("fps");
        check(out);
    }
}
