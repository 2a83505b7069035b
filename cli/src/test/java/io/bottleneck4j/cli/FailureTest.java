package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders, devices and disks that fail: the exit code of their kind, and nothing lost. */
class FailureTest {
    @TempDir
    Path folder;

    private Cli.Result generate(Path model, Object output) {
        return Cli.run(
                "generate",
                "a fox",
                "--model",
                model,
                "--plan",
                "baseline",
                "--steps",
                1,
                "--seed",
                1,
                "--max-sequence-length",
                8,
                "-o",
                output);
    }

    private void assertFails(Path model, int code, String message) {
        Path output = folder.resolve("out.png");
        Cli.Result result = generate(model, output);
        assertThat(result.err()).startsWith("bottleneck4j: ").contains(message).doesNotContain("\tat ");
        assertThat(result.errLines()).hasSize(1);
        assertThat(result.code()).isEqualTo(code);
        assertThat(output).doesNotExist();
    }

    private static void edit(Path file, UnaryOperator<String> change) throws IOException {
        String text = Files.readString(file);
        String changed = change.apply(text);
        assertThat(changed).isNotEqualTo(text);
        Files.writeString(file, changed);
    }

    @Test
    void generate_folderWithoutIndex_saysSo() throws IOException {
        assertFails(Files.createDirectory(folder.resolve("empty")), 3, "holds no model_index.json");
    }

    @Test
    void generate_anotherPipeline_namesIt() throws IOException {
        Path model = Cli.copyOfTiny(folder);
        edit(
                model.resolve("model_index.json"),
                text -> text.replace("\"FluxPipeline\"", "\"StableDiffusionPipeline\""));
        assertFails(model, 3, "_class_name is StableDiffusionPipeline; bottleneck4j reads FluxPipeline");
    }

    @Test
    void generate_missingShard_namesIt() throws IOException {
        Path model = Cli.copyOfTiny(folder);
        Path transformer = model.resolve("transformer");
        Files.delete(transformer.resolve("diffusion_pytorch_model.safetensors"));
        Files.writeString(
                transformer.resolve("diffusion_pytorch_model.safetensors.index.json"),
                "{\"weight_map\": {\"x\": \"diffusion_pytorch_model-00001-of-00001.safetensors\"}}");
        assertFails(model, 3, "diffusion_pytorch_model-00001-of-00001.safetensors: does not exist");
    }

    @Test
    void generate_truncatedWeights_saysSo() throws IOException {
        Path model = Cli.copyOfTiny(folder);
        Path file = model.resolve("vae/diffusion_pytorch_model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
        assertFails(model, 3, "vae/diffusion_pytorch_model.safetensors");
    }

    @Test
    void generate_unexpectedTensor_namesIt() throws IOException {
        Path model = Cli.copyOfTiny(folder);
        rewrite(model.resolve("vae/diffusion_pytorch_model.safetensors"), Map.of("decoder.extra", new float[] {1}));
        assertFails(model, 3, "vae: weights do not fit config.json: 1 unexpected (decoder.extra)");
    }

    @Test
    void generate_noCuda_saysWhatToDo() {
        assumeTrue(Libtorch.cudaDevices() == 0);
        Cli.Result result = Cli.run("generate", "a fox", "--device", "cuda:0", "-o", folder.resolve("out.png"));
        assertThat(result.code()).isEqualTo(4);
        assertThat(result.err())
                .contains("bottleneck4j: device: cuda:0 is not available")
                .contains("or use cpu");
    }

    @Test
    void generate_decodingFails_keepsLatentsThatCanBeDecodedLater() throws IOException {
        Path model = Cli.copyOfTiny(folder);
        Path weights = model.resolve("vae/diffusion_pytorch_model.safetensors");
        byte[] sound = Files.readAllBytes(weights);
        rewrite(weights, Map.of("decoder.conv_out.bias", new float[] {Float.NaN, 0, 0}));
        Path output = Files.createDirectory(folder.resolve("work")).resolve("my fox.png");
        Cli.Result result = generate(model, output);
        Path latents = output.resolveSibling("my fox.latents.safetensors");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains("bottleneck4j: decode: the picture holds NaN or infinity in float32")
                .contains("the denoised latents are kept in " + latents)
                .contains("bottleneck4j decode '" + latents + "' -o '" + output + "'")
                .doesNotContain("\tat ");
        assertThat(Cli.names(output.resolveSibling(""))).containsExactly("my fox.latents.safetensors");

        generate(model, output);
        assertThat(Cli.names(output.resolveSibling("")))
                .as("a kept file is not overwritten")
                .containsExactly("my fox.latents-1.safetensors", "my fox.latents.safetensors");

        Files.write(weights, sound);
        Path decoded = folder.resolve("decoded.png");
        Cli.Result again = Cli.run("decode", latents, "-o", decoded);
        assertThat(again.code()).as(again.err()).isZero();
        generate(model, output);
        assertThat(decoded).as("as if nothing had failed").hasSameBinaryContentAs(output);
    }

    @Test
    void decode_inTiles_givesAPictureOfTheSameSize() throws IOException {
        Path latents = folder.resolve("l.safetensors");
        Cli.run(
                "generate",
                "a fox",
                "--model",
                Cli.TINY,
                "--plan",
                "baseline",
                "--steps",
                1,
                "--width",
                96,
                "--height",
                64,
                "--latents-out",
                latents,
                "-o",
                folder.resolve("whole.png"));
        Path tiled = folder.resolve("tiled.png");
        Cli.Result result = Cli.run("decode", latents, "--tile", 32, "-o", tiled);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(PngReader.read(tiled).width()).isEqualTo(96);
        assertThat(PngText.read(tiled)).isEqualTo(PngText.read(folder.resolve("whole.png")));
        assertThat(PngReader.read(tiled)).isNotEqualTo(PngReader.read(folder.resolve("whole.png")));
    }

    @Test
    void decode_tileThatDoesNotFit_saysWhichDoes() {
        Path latents = folder.resolve("l.safetensors");
        Cli.run(
                "generate",
                "a fox",
                "--model",
                Cli.TINY,
                "--plan",
                "baseline",
                "--steps",
                1,
                "--latents-out",
                latents,
                "-o",
                folder.resolve("o.png"));
        Cli.Result result = Cli.run("decode", latents, "--tile", 50, "-o", folder.resolve("x.png"));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).isEqualTo("bottleneck4j: tile: 50 px is not a multiple of 32; use 32\n");
    }

    @Test
    void decode_latentsOfAnotherModel_saysWhatItNeeds() {
        Path latents = folder.resolve("l.safetensors");
        Cli.run(
                "generate",
                "a fox",
                "--model",
                Cli.TINY,
                "--plan",
                "baseline",
                "--steps",
                1,
                "--latents-out",
                latents,
                "-o",
                folder.resolve("o.png"));
        Cli.Result result = Cli.run("decode", latents, "--model", "emoji-flux", "-o", folder.resolve("x.png"));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains(
                        "latents: must be floating-point numbers [1, 16, h, w] for this model, not float32 [1, 4, 8, 8]");
    }

    @Test
    void generate_fullDisk_keepsLatents() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full));
        Path output = Files.createSymbolicLink(folder.resolve("full.png"), full);
        Cli.Result result = generate(Cli.TINY, output);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .contains("full.png: cannot be written: No space left on device")
                .contains("the denoised latents are kept in " + folder.resolve("full.latents.safetensors"));
        Files.delete(output);
    }

    @Test
    void inspect_brokenComponents_showsTheOthersToo() throws IOException {
        Path model = Cli.copyOfTiny(folder);
        Files.delete(model.resolve("transformer/diffusion_pytorch_model.safetensors"));
        rewrite(model.resolve("text_encoder/model.safetensors"), Map.of("extra", new float[] {1}));
        edit(model.resolve("text_encoder_2/config.json"), text -> text.replace("\"d_model\": 14", "\"d_model\": 16"));
        Cli.Result result = Cli.run("inspect", model, "--format", "json");
        assertThat(result.code()).isEqualTo(3);
        assertThat(result.err()).startsWith("bottleneck4j: ").contains("of its parts cannot be used");
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.get("complete").asBoolean()).isFalse();
        List<JsonNode> parts = json.get("components").valueStream().toList();
        assertThat(parts.get(0).get("problems").toString()).contains("transformer: holds no weights");
        assertThat(parts.get(1).get("unexpected").toString()).isEqualTo("[\"extra\"]");
        assertThat(parts.get(2).get("misshapen")).isNotEmpty();
        assertThat(parts.get(3).get("problems")).isEmpty();
        assertThat(parts.get(3).get("parameters").asLong()).isPositive();
        assertThat(Cli.run("inspect", model).out())
                .contains("vae")
                .contains("complete")
                .contains("problem: ");
    }

    /** Replaces and adds tensors. */
    private static void rewrite(Path file, Map<String, float[]> changed) throws IOException {
        Path copy = file.resolveSibling("old");
        Files.move(file, copy);
        try (SafetensorsFile source = SafetensorsFile.open(copy);
                Scope scope = Scope.open()) {
            Map<String, Tensor> tensors = new HashMap<>();
            source.infos().keySet().forEach(name -> tensors.put(name, source.tensor(name)));
            changed.forEach((name, values) -> tensors.put(name, Tensor.of(values, values.length)));
            SafetensorsWriter.write(file, tensors, Map.of());
        }
        Files.delete(copy);
    }
}
