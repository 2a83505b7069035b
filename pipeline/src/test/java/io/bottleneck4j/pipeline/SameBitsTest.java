package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Processors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The bundled models make what they always made: latents in files of an earlier version, made again from the settings in them. Bit for bit
 * on the processor they were made on, and close to them on any other; see the JSON files beside them.
 */
class SameBitsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final List<String> PROCESSOR_KEYS = List.of("cpu family", "model", "model name", "cache size");
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"emoji-flux", "emoji-video"})
    void generate_fromTheSettingsOfAnEarlierVersion_makesItsLatents(String name)
            throws IOException, NoSuchAlgorithmException {
        JsonNode made =
                new ObjectMapper().readTree(GOLDEN.resolve(name + ".json").toFile());
        Model model = Model.open(name, ModelFolder.open(Path.of("..", name)));
        LatentsFile golden =
                LatentsFile.read(GOLDEN.resolve(name + ".safetensors"), model.latentChannels(), model.kind());
        String expected = made.get("latents_sha256").asText();
        assertThat(sha256(golden.latents())).as("the file itself").isEqualTo(expected);
        Settings settings = Settings.of(golden.texts());
        assertThat(settings).isNotNull();
        if (settings == null) {
            return;
        }
        assertThat(settings.kind()).isEqualTo(model.kind());

        int threads = Libtorch.threads();
        Libtorch.setThreads(made.get("threads").asInt());
        try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32)) {
            Request request = request(model, settings);
            assertThat(Settings.of(request, settings.origin())).isEqualTo(settings);
            Latents latents = pipeline.denoise(request, pipeline.encode(request));

            assertClose(latents, golden.latents());
            boolean same = made.get("processor").asText().equals(processor())
                    && made.get("cpu_capability").asText().equals(Libtorch.cpuCapability())
                    && made.get("libtorch").asText().equals(Libtorch.version());
            System.out.println(name + ": compared " + (same ? "bit for bit" : "within " + TOLERANCE) + " on "
                    + processor() + ", " + Libtorch.cpuCapability());
            if (same) {
                assertThat(sha256(latents)).isEqualTo(expected);
            }
        } finally {
            Libtorch.setThreads(threads);
        }
    }

    /** Its name, and the family, model and cache by which native libraries choose how they compute, as Linux tells them. */
    private static String processor() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(cpuinfo)) {
            return Processors.name();
        }
        return Files.readAllLines(cpuinfo).stream()
                .takeWhile(line -> !line.isBlank())
                .filter(line -> PROCESSOR_KEYS.contains(line.replaceFirst("\\s*:.*", "")))
                .map(line -> line.replaceAll("\\s+", " "))
                .collect(Collectors.joining("; "));
    }

    private static Request request(Model model, Settings settings) {
        Request.Builder builder = model.request(settings.prompt())
                .negativePrompt(settings.negativePrompt())
                .trueCfgScale(settings.trueCfgScale())
                .guidance(settings.guidance())
                .seed(settings.seed())
                .maxSequenceLength(settings.maxSequenceLength())
                .plan(settings.plan());
        Request.Video video = settings.video();
        return video == null
                ? builder.build()
                : builder.fps(video.fps()).template(video.template()).build();
    }

    private static void assertClose(Latents actual, Latents expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        double worst = 0;
        for (int i = 0; i < expected.shape().elements(); i++) {
            double difference = Math.abs((double) actual.get(i) - expected.get(i));
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        assertThat(worst).as("largest difference").isLessThanOrEqualTo(TOLERANCE);
    }

    /** Of the values as the file stores them. */
    private static String sha256(Latents latents) throws NoSuchAlgorithmException {
        ByteBuffer bytes =
                ByteBuffer.allocate(latents.shape().elements() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(latents.asReadOnlyBuffer());
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    }
}
