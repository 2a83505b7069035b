package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.pipeline.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PresetsCommandTest {
    @TempDir
    Path folder;

    @Test
    void presets_asText_listsBundledAndPublishedModels() {
        Cli.Result result = Cli.run("presets");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err().lines()).allMatch(line -> line.endsWith("px rounded to 96 x 96, multiples of 16"));
        assertThat(result.out())
                .containsSubsequence(
                        "emoji-flux (flux, 256x256)",
                        "emoji-video (hunyuan-video, 128x128, 17 frames)",
                        "flux (FLUX.1-dev as published, 1024x1024)",
                        "hunyuan-video (HunyuanVideo as published, 1280x720, 129 frames)",
                        "z-image (Z-Image as published, 1024x1024)",
                        "flux2-klein (FLUX.2-klein-base-4B as published, 1024x1024)",
                        "qwen-image (Qwen-Image as published, 1328x1328)",
                        "wan (Wan2.1-T2V-14B as published, 1280x720, 81 frames)",
                        "hunyuan-video-1.5 (HunyuanVideo-1.5-720p_t2v as published, 1280x720, 121 frames)");
        assertThat(words(result.out()))
                .contains(
                        "plan stages, px forwards cache GFLOPs faster",
                        "plan stages, px forwards cache TFLOPs faster",
                        "bottleneck 256, 128, 256 5 + 13 + 5 45.18 2.16x",
                        "x4 256, 128, 256 3 + 4 + 3 taylor 23.56 4.14x",
                        "paper 1024, 512, 1024 6 + 16 + 5 1,162.27 3.20x",
                        "x2 1280x720, 960x544, 1280x720 4 + 16 + 16 310,956.27 1.95x");
        assertThat(result.out().lines().map(String::length).filter(length -> length > 90))
                .isEmpty();
    }

    private static String words(String text) {
        return text.lines().map(line -> line.replaceAll(" +", " ")).reduce("", (a, b) -> a + b + "\n");
    }

    /** What the presets were counted to run. */
    @ParameterizedTest
    @CsvSource({
        "flux, paper, 1024x1024, 11, 512x512, 16",
        "flux, bottleneck, 1024x1024, 11, 512x512, 16",
        "flux, x2, 1024x1024, 18, 512x512, 25",
        "flux, x3, 1024x1024, 12, 512x512, 16",
        "hunyuan-video, paper, 1280x720, 16, 960x544, 20",
        "hunyuan-video, x2, 1280x720, 20, 960x544, 16",
        "hunyuan-video, x3, 1280x720, 10, 960x544, 19",
        "flux, x4, 1024x1024, 10, 512x512, 6",
        "flux, x5, 1024x1024, 7, 512x512, 9",
        "flux, x6, 1024x1024, 6, 512x512, 6",
        "hunyuan-video, x4, 1280x720, 8, 960x544, 10",
        "hunyuan-video, x5, 1280x720, 7, 960x544, 7",
        "hunyuan-video, x6, 1280x720, 5, 960x544, 7",
        "z-image, bottleneck, 1024x1024, 11, 512x512, 16",
        "z-image, x2, 1024x1024, 18, 512x512, 25",
        "z-image, x3, 1024x1024, 12, 512x512, 16",
        "flux2-klein, bottleneck, 1024x1024, 11, 512x512, 16",
        "flux2-klein, x2, 1024x1024, 18, 512x512, 25",
        "flux2-klein, x3, 1024x1024, 12, 512x512, 16",
        "qwen-image, bottleneck, 1328x1328, 11, 928x928, 16",
        "qwen-image, x2, 1328x1328, 16, 928x928, 20",
        "qwen-image, x3, 1328x1328, 10, 928x928, 15",
        "hunyuan-video-1.5, bottleneck, 1280x720, 16, 848x480, 20",
        "hunyuan-video-1.5, x2, 1280x720, 21, 848x480, 16",
        "hunyuan-video-1.5, x3, 1280x720, 13, 848x480, 16",
        "wan, bottleneck, 1280x720, 16, 960x544, 20",
        "wan, x2, 1280x720, 15, 960x544, 24",
        "wan, x3, 1280x720, 10, 960x544, 17",
    })
    void presets_ofPublishedModels_runTheKnownForwards(
            String model, String plan, String high, int highForwards, String low, int lowForwards) throws IOException {
        JsonNode forwards = plan(json("--model", model), plan).get("forwards_by_size");
        assertThat(forwards).hasSize(2);
        assertThat(forwards.get(high).asInt()).isEqualTo(highForwards);
        assertThat(forwards.get(low).asInt()).isEqualTo(lowForwards);
    }

    /** Half and a third of its own baseline. */
    @ParameterizedTest
    @CsvSource({"x2, 1.99", "x3, 3.00", "x4, 4.14", "x5, 5.06", "x6, 6.08", "bottleneck, 2.16", "baseline, 1"})
    void presets_ofTheBundledModel_saveWhatTheirNamesSay(String plan, double speedup) throws IOException {
        assertThat(plan(json("--model", "emoji-flux"), plan).get("speedup").asDouble())
                .isCloseTo(speedup, within(0.005));
    }

    /** As the command plan has it. */
    @ParameterizedTest
    @CsvSource({
        "flux, x2, 1876.49, 1.98",
        "flux, x3, 1236.66, 3.01",
        "flux, paper-baseline, 3719.23, 1",
        "hunyuan-video, x2, 310956.27, 1.95",
        "hunyuan-video, x3, 202759.21, 2.99",
        "hunyuan-video, baseline, 605459.49, 1",
        "z-image, x2, 1588.44, 1.97",
        "z-image, x3, 1046.61, 2.99",
        "z-image, baseline, 3125.31, 1",
        "flux2-klein, x2, 881.09, 1.98",
        "flux2-klein, x3, 580.61, 3.00",
        "flux2-klein, baseline, 1741.01, 1",
        "qwen-image, x2, 3531.40, 2.00",
        "qwen-image, x3, 2366.57, 2.98",
        "qwen-image, baseline, 7049.55, 1",
        "hunyuan-video-1.5, x2, 152920.27, 2.03",
        "hunyuan-video-1.5, x3, 103152.00, 3.02",
        "hunyuan-video-1.5, baseline, 311051.65, 1",
        "wan, x2, 159000.41, 2.05",
        "wan, x3, 108548.14, 3.00",
        "wan, baseline, 326171.83, 1"
    })
    void presets_ofPublishedModels_costWhatPlanSays(String model, String plan, double tera, double speedup)
            throws IOException {
        JsonNode preset = plan(json("--model", model), plan);
        assertThat(preset.get("flops").asDouble() / 1e12).isCloseTo(tera, within(0.005));
        assertThat(preset.get("speedup").asDouble()).isCloseTo(speedup, within(0.005));
    }

    @ParameterizedTest
    @CsvSource({"flux, 3", "hunyuan-video, 7"})
    void presets_ofPublishedModels_baselineIsThePapers(String model, double shift) throws IOException {
        for (String name : new String[] {"baseline", "paper-baseline"}) {
            JsonNode plan = plan(json("--model", model), name);
            assertThat(plan.get("forwards").asInt()).isEqualTo(50);
            assertThat(plan.get("stages").get(0).get("shift").asDouble()).isEqualTo(shift);
        }
    }

    @Test
    void presets_ofAFolder_baselineIsItsPipelines() throws IOException {
        JsonNode json = json("--model", Cli.TINY);
        assertThat(plan(json, "baseline").get("forwards").asInt()).isEqualTo(28);
        assertThat(plan(json, "paper-baseline").get("forwards").asInt()).isEqualTo(50);
        assertThat(plan(json, "paper-baseline").get("speedup").asDouble()).isCloseTo(28 / 50.0, within(1e-9));
        assertThat(json.get("models").get(0).get("text_tokens").asInt()).isEqualTo(512);
        assertThat(json.get("models").get(0).get("width").asInt()).isEqualTo(64);
    }

    @Test
    void presets_ofAConfigAlone_notesWhatItTakesFromThePublishedModel() throws IOException {
        Path config = Files.writeString(
                folder.resolve("config.json"), "{\"_class_name\": \"HunyuanVideoTransformer3DModel\"}");
        Cli.Result result = Cli.run("presets", "--model", config);
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("note: " + config + " is a transformer's; autoencoder, scheduler and 256 text tokens");
        assertThat(result.out()).startsWith(config + " (hunyuan-video, 1280x720, 129 frames)");
    }

    @Test
    void presets_ofANameInTheHuggingFaceCache_isFound() throws IOException {
        Path model = Files.createDirectories(folder.resolve("models--org--tiny"));
        Files.createDirectories(model.resolve("refs"));
        Files.writeString(model.resolve("refs/main"), "abc\n");
        Files.createDirectories(model.resolve("snapshots"));
        Files.createSymbolicLink(model.resolve("snapshots/abc"), Cli.TINY.toAbsolutePath());
        Cli.Result result = Cli.run(
                new Cancellation(), Map.of("HF_HUB_CACHE", folder.toString()), "presets", "--model", "org/tiny");
        assertThat(result.out()).startsWith("org/tiny (flux, 64x64)");
        Files.delete(model.resolve("snapshots/abc"));
    }

    @Test
    void presets_planThatDoesNotFit_saysWhere() throws IOException {
        Path copy = Cli.copyOfTiny(folder);
        Path yaml = Files.writeString(copy.resolve("bottleneck4j.yaml"), """
                plans:
                  odd:
                    stages:
                      - {width: 64, height: 40, steps: 3, strength: 1, shift: 1}
                """);
        Cli.Result result = Cli.run("presets", "--model", copy);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains(yaml + ":4:9: stage 1: height: 40 px is not a multiple of 16; use 32 or 48");
    }

    private static JsonNode json(Object... options) throws IOException {
        Object[] args = new Object[options.length + 3];
        args[0] = "presets";
        System.arraycopy(options, 0, args, 1, options.length);
        args[args.length - 2] = "--format";
        args[args.length - 1] = "json";
        Cli.Result result = Cli.run(args);
        assertThat(result.code()).as(result.err()).isZero();
        return new ObjectMapper().readTree(result.out());
    }

    private static JsonNode plan(JsonNode json, String name) {
        return json.get("models")
                .get(0)
                .get("plans")
                .valueStream()
                .filter(plan -> plan.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
