package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.pipeline.Cancellation;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {
    @TempDir
    private Path temp;

    @Test
    void plan_ofX2_isAPleasureToRead() {
        Cli.Result result = Cli.run("plan", "--model", "flux", "--plan", "x2");
        assertThat(result.code()).isEqualTo(ExitCode.OK);
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo("""
                        x2 on flux: 1024 x 1024 px, 512 text tokens
                        resampler lanczos, rounding floor

                        stage            size  tokens  steps  strength  shift  forwards  T/forward         T   share
                        1      1024 x 1024 px   4,608      8         1      9         8     74.385    595.08  31.7 %
                        2        512 x 512 px   1,536     32       0.8      6        25     21.503    537.57  28.6 %
                        3      1024 x 1024 px   4,608     17       0.6      9        10     74.385    743.85  39.6 %
                        total                                                        43             1,876.49

                        sigmas  1  1.0000 0.9844 0.9643 0.9375 0.9000 0.8438 0.7500 0.5625 0
                                2  0.9554 0.9474 0.9388 0.9296 0.9197 0.9091 0.8976 0.8852 0.8718
                                   0.8571 0.8411 0.8235 0.8041 0.7826 0.7586 0.7317 0.7013 0.6667
                                   0.6269 0.5806 0.5263 0.4615 0.3830 0.2857 0.1622 0
                                3  0.9278 0.9101 0.8889 0.8630 0.8308 0.7895 0.7347 0.6585 0.5455
                                   0.3600 0

                                  forwards         T  speed-up in FLOPs
                        baseline        50  3,719.23              1.00x
                        step cut        25  1,859.62              2.00x
                        x2              43  1,876.49              1.98x

                        x2 costs 1,876.49 T, the baseline 3,719.23 T: a speed-up of 1.98x in FLOPs.
                        At no more cost, a plain schedule has 25 steps (2.00x).
                        """);
    }

    /** The figures of the paper, and of the presets' names. */
    @Test
    void plan_ofAFolderWithDamagedWeights_saysWhyMemoryIsNotStated() throws IOException {
        Path model = Cli.copyOfTiny(temp);
        Path weights = model.resolve("transformer/diffusion_pytorch_model.safetensors");
        Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 100));
        Cli.Result result = Cli.run("plan", "--model", model);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("speed-up in FLOPs").doesNotContain("memory");
        assertThat(result.err())
                .contains("note: memory is not stated, since the model cannot run here: ")
                .contains("diffusion_pytorch_model.safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hunyuan-video | baseline | baseline costs 605,459.49 T: 50 forwards of 12,109.19 T.",
                "hunyuan-video | x2       | a speed-up of 1.95x in FLOPs",
                "hunyuan-video | x3       | a speed-up of 2.99x in FLOPs",
                "flux          | baseline | baseline costs 3,719.23 T: 50 forwards of 74.385 T.",
                "flux          | x3       | a speed-up of 3.01x in FLOPs",
                "flux          | paper    | a speed-up of 3.20x in FLOPs"
            })
    void plan_ofPublishedModel_costsWhatThePaperSays(String model, String plan, String says) {
        Cli.Result result = Cli.run("plan", "--model", model, "--plan", plan);
        assertThat(result.code()).isEqualTo(ExitCode.OK);
        assertThat(result.out()).contains(says);
    }

    @Test
    void plan_ofBundledModel_isItsBottleneck() throws IOException {
        Cli.Result result = Cli.run("plan", "--format", "json");
        assertThat(result.code()).isEqualTo(ExitCode.OK);
        JsonNode json = json(result);
        assertThat(json.get("model").asText()).isEqualTo("emoji-flux");
        assertThat(json.get("plan").get("name").asText()).isEqualTo("bottleneck");
        assertThat(json.get("forwards").asInt()).isEqualTo(23);
        assertThat(json.get("baseline").get("forwards").asInt()).isEqualTo(30);
        assertThat(json.get("plan").get("stages").get(1).get("tokens").asInt()).isEqualTo(64 + 32);
        double sum = 0;
        for (JsonNode stage : json.get("plan").get("stages")) {
            sum += stage.get("flops").asDouble();
        }
        assertThat(json.get("flops").asDouble()).isCloseTo(sum, within(1.0));
        assertThat(json.get("speedup").asDouble())
                .isCloseTo(json.get("baseline").get("flops").asDouble() / sum, within(1e-9));
        assertThat(json.get("step_cut").get("flops").asDouble()).isLessThanOrEqualTo(sum);
    }

    @Test
    void plan_atOtherSizeAndFrames_fits() throws IOException {
        Cli.Result result = Cli.run(
                "plan",
                "--model",
                "hunyuan-video",
                "--width",
                640,
                "--height",
                352,
                "--frames",
                65,
                "--format",
                "json");
        assertThat(result.code()).isEqualTo(ExitCode.OK);
        assertThat(json(result).get("plan").get("frames").asInt()).isEqualTo(65);
        assertThat(json(result).get("plan").get("stages").get(0).get("tokens").asInt())
                .isEqualTo(17 * 22 * 40 + 256);
        assertThat(json(result).get("baseline").get("width").asInt()).isEqualTo(640);
    }

    @Test
    void plan_ofConfigFile_needsNoWeights() throws IOException {
        Path config = Path.of("..", "emoji-flux", "transformer", "config.json");
        Cli.Result result = Cli.run("plan", "--model", config, "--plan", "baseline", "--format", "json");
        assertThat(result.code()).isEqualTo(ExitCode.OK);
        assertThat(result.err()).contains("note: " + config);
        assertThat(json(result).get("notes")).isNotEmpty();
        assertThat(json(result).get("text_tokens").asInt()).isEqualTo(512);
    }

    @Test
    void plan_withPlot_drawsIt() throws IOException {
        Path plot = temp.resolve("plan.png");
        Cli.Result result = Cli.run("plan", "--plot", plot, "--format", "json");
        assertThat(result.code()).isEqualTo(ExitCode.OK);
        assertThat(json(result).get("plot").asText()).isEqualTo(plot.toString());
        BufferedImage image = Objects.requireNonNull(ImageIO.read(plot.toFile()));
        assertThat(image.getWidth()).isEqualTo(1200);
        Set<Integer> colours = new HashSet<>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.add(image.getRGB(x, y) & 0xffffff);
            }
        }
        assertThat(colours).contains(0x0072B2, 0xE69F00, 0xFFFFFF); // the line of either size, and paper
    }

    /** What other processes take changes from one moment to the next. */
    private static JsonNode withoutFreeMemory(JsonNode plan) {
        return ((ObjectNode) plan.deepCopy()).without("memory_available_bytes");
    }

    @Test
    void plan_calibrated_saysSecondsAndWhereTheyComeFrom() throws IOException {
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", temp.toString());
        Object[] plain = {"plan", "--model", Cli.TINY, "--dtype", "float32", "--threads", 1, "--format", "json"};
        assertThat(json(Cli.run(new Cancellation(), environment, plain)).has("seconds"))
                .isFalse();
        Object[] calibrate =
                Stream.concat(Stream.of(plain), Stream.of("--calibrate")).toArray();
        Cli.Result first = Cli.run(new Cancellation(), environment, calibrate);
        assertThat(first.code()).as(first.err()).isEqualTo(ExitCode.OK);
        assertThat(first.err()).contains("note: timed a forward at ", "note: kept in ");
        JsonNode again = json(Cli.run(new Cancellation(), environment, plain));
        assertThat(withoutFreeMemory(again)).isEqualTo(withoutFreeMemory(json(first)));
        double seconds = 0;
        for (JsonNode stage : again.get("plan").get("stages")) {
            seconds += stage.get("forwards").asInt()
                    * stage.get("seconds_per_forward").asDouble();
        }
        assertThat(seconds).isPositive();
        assertThat(again.get("seconds").asDouble()).isCloseTo(seconds, within(1e-9));
        assertThat(again.get("calibration").get("dtype").asText()).isEqualTo("float32");
        assertThat(again.get("calibration").get("threads").asInt()).isEqualTo(1);
        Cli.Result text = Cli.run(
                new Cancellation(), environment, "plan", "--model", Cli.TINY, "--dtype", "float32", "--threads", 1);
        assertThat(text.out()).contains("s/forward").contains("float32 on cpu, 1 thread, ");

        Path file;
        try (Stream<Path> files = Files.list(temp.resolve("bottleneck4j").resolve("calibration"))) {
            file = files.findFirst().orElseThrow();
        }
        Files.writeString(file, "{\"format\": 1}");
        Cli.Result broken = Cli.run(new Cancellation(), environment, plain);
        assertThat(broken.code()).isEqualTo(ExitCode.OK);
        assertThat(broken.err())
                .isEqualTo("bottleneck4j: warning: " + file + ": is no calibration: config: is missing; passed over,"
                        + " calibrate again\n");
        assertThat(json(broken).has("seconds")).isFalse();
    }

    @Test
    void presets_calibrated_saySecondsOfPlansWhoseSizesWereTimed() throws IOException {
        Map<String, String> environment = Map.of("XDG_CACHE_HOME", temp.toString());
        JsonNode timed = json(Cli.run(
                new Cancellation(), environment, "plan", "--model", Cli.TINY, "--calibrate", "--format", "json"));
        JsonNode listed = json(Cli.run(
                        new Cancellation(), environment, "presets", "--model", Cli.TINY, "--format", "json"))
                .get("models")
                .get(0);
        assertThat(listed.get("calibration")).isEqualTo(timed.get("calibration"));
        for (JsonNode plan : listed.get("plans")) {
            if (plan.get("name").asText().equals("bottleneck")) {
                assertThat(plan.get("seconds")).isEqualTo(timed.get("seconds"));
            }
        }
        Cli.Result text = Cli.run(new Cancellation(), environment, "presets", "--model", Cli.TINY);
        assertThat(text.out()).contains("faster  seconds").contains("Seconds: transformer alone, as measured on ");
    }

    @Test
    void calibrate_whenCancelled_keepsNothing() {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        Cli.Result result = Cli.run(
                cancellation, Map.of("XDG_CACHE_HOME", temp.toString()), "plan", "--model", Cli.TINY, "--calibrate");
        assertThat(result.code()).isEqualTo(ExitCode.CANCELLED);
        assertThat(result.err()).contains("cancelled while timing; nothing was kept");
        assertThat(temp.resolve("bottleneck4j").resolve("calibration")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2 | --model flux --calibrate          | calibrate: flux is a configuration without weights; give a model's folder",
                "2 | --model hunyuan-video --calibrate | calibrate: hunyuan-video is a configuration without weights; give a",
                "2 | --plan x7                         | plan: 'x7' is neither a file nor a plan of this model",
                "2 | --plot plan.jpg                   | plot: ",
                "2 | --plot no-such-folder/plan.png    | no-such-folder",
                "2 | --frames 64 --model hunyuan-video | frames: ",
                "2 | --frames 5                        | frames: ",
                "2 | --width 250                       | width: 250 px is not a multiple of 16",
                "2 | --format yaml                     | Invalid value for option '--format'"
            })
    void plan_withBadInput_saysSoInOneLine(int code, String options, String says) {
        Cli.Result result = Cli.run(
                Stream.concat(Stream.of("plan"), Stream.of(options.split(" "))).toArray());
        assertThat(result.code()).as(result.err()).isEqualTo(code);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains(says);
    }

    private static JsonNode json(Cli.Result result) throws IOException {
        assertThat(result.out().lines()).hasSize(1);
        return new ObjectMapper().readTree(result.out());
    }
}
