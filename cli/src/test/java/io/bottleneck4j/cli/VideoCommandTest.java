package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoReader;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From prompt to video with a tiny model of random weights. */
class VideoCommandTest {
    private static final Path TINY_VIDEO = Cli.FOLDERS.resolve("hunyuan-a");

    @TempDir
    Path folder;

    private static Cli.Result video(String command, Object... more) {
        return video(new Cancellation(), command, more);
    }

    private static Cli.Result video(Cancellation cancellation, String command, Object... more) {
        List<Object> words = new ArrayList<>(List.of(command));
        words.addAll(Arrays.asList(more));
        words.addAll(List.of("--model", TINY_VIDEO, "--dtype", "float32", "--threads", 1));
        return Cli.run(cancellation, Map.of(), words.toArray());
    }

    private static Object[] small(Object... more) {
        return Stream.concat(
                        Stream.of(more),
                        Stream.of("--plan", "baseline", "--steps", 2, "--width", 64, "--height", 48, "--frames", 5))
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip.png"})
    void generate_everyFormat_writesFramesAndSettings(String name) throws IOException {
        Cli.Result result = video("generate", small("a cat", "--seed", 3, "--fps", 12, "-o", folder.resolve(name)));

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(frames(folder.resolve(name))).hasSize(5).allSatisfy(frame -> {
            assertThat(frame.width()).isEqualTo(64);
            assertThat(frame.height()).isEqualTo(48);
        });
        Settings stored = Settings.parse(Model.Kind.VIDEO, Files.readString(folder.resolve("clip.json")));
        assertThat(stored.fps()).isEqualTo(12);
        assertThat(stored.seed()).isEqualTo(3);
        assertThat(stored.plan().frames()).hasValue(5);
        assertThat(Cli.names(folder)).noneMatch(file -> file.contains("latents") || file.startsWith("."));
    }

    @Test
    void generate_fromVideo_makesTheSameAgain() throws IOException {
        Path first = folder.resolve("first.mp4");
        Path again = folder.resolve("again.mp4");
        assertThat(video("generate", small("a cat", "--seed", 3, "--fps", 12, "-o", first))
                        .code())
                .isZero();

        Cli.Result result = Cli.run("generate", "--from-video", first, "-o", again);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(VideoSettings.read(again)).isEqualTo(VideoSettings.read(first));
        assertThat(frames(again)).isEqualTo(frames(first));
    }

    @Test
    void decode_keptLatents_isTheSameVideo() throws IOException {
        Path clip = folder.resolve("clip.png");
        Path latents = folder.resolve("l.safetensors");
        assertThat(video("generate", small("a cat", "--seed", 3, "-o", clip, "--latents-out", latents))
                        .code())
                .isZero();

        Cli.Result result = Cli.run("decode", latents, "-o", folder.resolve("again.png"));

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(frames(folder.resolve("again.png"))).isEqualTo(frames(clip));
        assertThat(Files.readString(folder.resolve("again.json")))
                .isEqualTo(Files.readString(folder.resolve("clip.json")));
    }

    @Test
    void generate_cancelledWhileDenoising_leavesNothing() {
        Cancellation cancellation = new Cancellation();
        cancellation.request();

        Cli.Result result = video(cancellation, "generate", small("a cat", "-o", folder.resolve("clip.mp4")));

        assertThat(result.code()).isEqualTo(130);
        assertThat(Cli.names(folder)).isEmpty();
    }

    @Test
    void make_cancelledWhileEncoding_leavesNothing() throws IOException {
        Path latents = folder.resolve("l.safetensors");
        assertThat(video("generate", small("a cat", "-o", folder.resolve("clip.mp4"), "--latents-out", latents))
                        .code())
                .isZero();
        Cancellation cancellation = new Cancellation();
        cancellation.request();

        Cli.Result result = Cli.run(cancellation, Map.of(), "decode", latents, "-o", folder.resolve("again.mp4"));

        assertThat(result.code()).isEqualTo(130);
        assertThat(result.err()).isEqualTo("bottleneck4j: cancelled while the video was encoded\n");
        assertThat(Cli.names(folder)).containsExactly("clip.json", "clip.mp4", "l.safetensors");
    }

    @Test
    void plan_ofVideoFolder_statesMemoryOfEachPart() {
        Cli.Result result = video("plan", "--plan", "baseline", "--width", 512, "--height", 512, "--frames", 17);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("text encoders", "transformer, 512 x 512", "decoding", "for the program itself");
    }

    @Test
    void generate_encoderFails_keepsLatentsAndNamesThem() throws IOException {
        Path clip = folder.resolve("clip.mp4");
        Files.createDirectory(folder.resolve("clip.json")); // the settings cannot be written there

        Cli.Result result = video("generate", small("a cat", "-o", clip));

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains("the denoised latents are kept in " + folder.resolve("clip.latents.safetensors"));
        assertThat(Cli.names(folder)).containsExactlyInAnyOrder("clip.json", "clip.latents.safetensors");
    }

    @Test
    void compare_ofVideos_writesSheetPageAndVideos() throws IOException {
        Cli.Result result = video(
                "compare",
                "a cat",
                "--plan",
                "baseline",
                "--plan",
                "x3",
                "--width",
                64,
                "--height",
                48,
                "--frames",
                5,
                "--out-dir",
                folder);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(Files.readString(folder.resolve("index.html"))).contains("<video src=", "side-by-side/");
        assertThat(folder.resolve("sheet.png")).exists();
        try (Stream<Path> files = Files.walk(folder.resolve("side-by-side"))) {
            Path side = files.filter(file -> file.toString().endsWith(".mp4"))
                    .findFirst()
                    .orElseThrow();
            assertThat(frames(side)).hasSize(5);
        }
    }

    @Test
    void compare_withFps_writesVideosOfThatRate() throws IOException {
        Cli.Result result = compared("compare", "--fps", 8, "--plan", "baseline", "--plan", "x3", "--width", 64);

        assertThat(result.code()).as(result.err()).isZero();
        List<Path> videos = videos(folder);
        assertThat(videos).hasSize(3); // one of each plan, and both side by side
        for (Path file : videos) {
            try (VideoReader video = VideoReader.open(file)) {
                assertThat(video.fps()).as("%s", file).isEqualTo(8);
            }
        }
    }

    @Test
    @Tag("slow")
    void ablate_ofVideos_makesEachVariation() throws IOException {
        Cli.Result result = compared("ablate", "--axis", "table3", "--fps", 12, "--width", 128);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("baseline", "no-reshift", "no-renoise", "cascade", "five-stages");
        assertThat(videos(folder))
                .hasSize(6 + 1)
                .allSatisfy(file -> assertThat(frames(file)).hasSize(5));
    }

    private Cli.Result compared(String command, Object... more) {
        Stream<Object> words = Stream.of("a cat", "--height", 128, "--frames", 5, "--out-dir", folder);
        return video(command, Stream.concat(words, Stream.of(more)).toArray());
    }

    @Test
    void decode_inTiles_isAnotherVideoOfThatSize() throws IOException {
        Path whole = folder.resolve("whole.png");
        Path latents = folder.resolve("l.safetensors");
        assertThat(video("generate", small("a cat", "--seed", 3, "-o", whole, "--latents-out", latents))
                        .code())
                .isZero();

        Path tiled = folder.resolve("tiled.png");
        Cli.Result result = Cli.run("decode", latents, "--tile", 32, "-o", tiled);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(frames(tiled)).hasSameSizeAs(frames(whole)).isNotEqualTo(frames(whole));
        Cli.Result odd = Cli.run("decode", latents, "--tile", 40, "-o", tiled);
        assertThat(odd.code()).isEqualTo(2);
        assertThat(odd.err()).isEqualTo("bottleneck4j: tile: 40 px is not a multiple of 32; use 32\n");
    }

    @Test
    void generate_besideForeignJson_isRefusedBeforeAnyWork() throws IOException {
        Path notes = Files.writeString(folder.resolve("clip.json"), "[1, 2]");

        Cli.Result result = video("generate", small("a cat", "-o", folder.resolve("clip.mp4")));

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo("bottleneck4j: " + notes
                        + ": holds no settings of a video, which belong there; move it, or name the video otherwise\n");
        assertThat(notes).content().isEqualTo("[1, 2]");
    }

    @Test
    void inspect_ofVideoFolder_countsEveryComponent() {
        Cli.Result result = Cli.run("inspect", TINY_VIDEO);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("HunyuanVideoPipeline", "HunyuanVideoTransformer3DModel", "LlamaModel", "CLIPTextModel")
                .contains("AutoencoderKLHunyuanVideo", "plan bottleneck: ", "complete")
                .doesNotContain("problem");
    }

    @Test
    void plan_ofVideoFolderCalibrated_saysSeconds() {
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", folder.toString());
        Object[] plan = {
            "plan",
            "--plan",
            "x2",
            "--model",
            TINY_VIDEO,
            "--dtype",
            "float32",
            "--threads",
            1,
            "--width",
            64,
            "--height",
            48,
            "--frames",
            5
        };
        Cli.Result timed = Cli.run(
                new Cancellation(),
                environment,
                Stream.concat(Stream.of(plan), Stream.of("--calibrate")).toArray());

        assertThat(timed.code()).as(timed.err()).isZero();
        assertThat(timed.err()).contains("note: timed a forward at ");
        assertThat(timed.out()).contains("s/forward");
        assertThat(Cli.run(new Cancellation(), environment, plan).out()).isEqualTo(timed.out());
    }

    @ParameterizedTest
    @CsvSource({
        "--frames 6, 'frames: 6 is not 1 more than a multiple of 4; use 5 or 9'",
        "--width 65, 'width: 65 px is not a multiple of 16; use 64 or 80'",
        "--fps 0, 'fps: must be between 1 and 240, not 0'",
        "-o clip.avi, 'video: must end in .mp4, .webm, .gif, .png'",
        "-o none/clip.mp4, 'none is missing; create it first'",
    })
    void generate_badInput_saysSoInOneLine(String options, String message) {
        Cli.Result result = video(
                "generate",
                Stream.concat(Stream.of("a cat"), Stream.of(options.split(" "))).toArray());

        assertThat(result.code()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains(message);
    }

    private static List<Path> videos(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".mp4")).toList();
        }
    }

    private static List<Picture> frames(Path file) throws IOException {
        List<Picture> frames = new ArrayList<>();
        try (VideoReader video = VideoReader.open(file)) {
            for (Picture frame = video.next(); frame != null; frame = video.next()) {
                frames.add(frame);
            }
        }
        return frames;
    }
}
