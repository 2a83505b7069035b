package io.bottleneck4j.springai;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import org.springframework.ai.image.ImageGeneration;

/** The tiny model, and what the library makes of it. */
public final class Tiny {
    public static final Path FOLDER = Golden.folder("tiny-a");
    public static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    private Tiny() {}

    /** Options of a small picture, made by the plain schedule. */
    public static BottleneckImageOptions.Builder options() {
        return BottleneckImageOptions.builder()
                .plan("baseline")
                .width(32)
                .height(64)
                .maxSequenceLength(32)
                .seed(7L);
    }

    /** The same in the library's words. */
    public static Request.Builder request(Pipeline pipeline, long seed) {
        return pipeline.model()
                .request("a red fox")
                .plan("baseline")
                .size(32, 64)
                .maxSequenceLength(32)
                .seed(seed);
    }

    /** The file that the library writes. */
    public static byte[] file(Pipeline pipeline, Request.Builder request, Path file) throws IOException {
        pipeline.generate(request.build()).write(file);
        return Files.readAllBytes(file);
    }

    public static byte[] bytes(ImageGeneration made) {
        return Base64.getDecoder()
                .decode(Objects.requireNonNull(made.getOutput().getB64Json()));
    }

    /** A picture as a user has one: its upper half light, its lower half dark. */
    public static Picture halves() {
        byte[] rgb = new byte[32 * 64 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i < rgb.length / 2 ? 220 : 20);
        }
        return new Picture(32, 64, rgb);
    }

    public static byte[] png(Picture picture) {
        return PngWriter.bytes(picture, Map.of());
    }
}
