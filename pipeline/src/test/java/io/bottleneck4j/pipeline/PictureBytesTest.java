package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.media.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures as bytes, and the bytes of pictures. */
class PictureBytesTest {
    private static Pipeline pipeline;

    @TempDir
    private Path temp;

    @BeforeAll
    static void open() {
        pipeline = Tiny.pipeline(Tiny.PICTURES, Residency.KEEP);
    }

    @AfterAll
    static void close() {
        pipeline.close();
    }

    @Test
    void make_ofSeveralSeeds_givesTheFilesOfEach() throws IOException {
        Set<Path> before = temporary();
        Request first = Tiny.request(pipeline.model(), 7);
        for (String type : List.of(PictureBytes.PNG, PictureBytes.JPEG)) {
            List<byte[]> made = PictureBytes.make(pipeline, PictureBytes.seeds(first, 2), type, List.of());
            assertThat(made).hasSize(2);
            for (int i = 0; i < 2; i++) {
                Path file = temp.resolve(type.equals(PictureBytes.PNG) ? "own.png" : "own.jpg");
                pipeline.generate(first.withSeed(7 + i)).write(file);
                assertThat(made.get(i)).isEqualTo(Files.readAllBytes(file));
            }
        }
        assertThat(temporary()).isEqualTo(before);
    }

    @Test
    void make_cancelledByAListener_leavesNothing() throws IOException {
        Set<Path> before = temporary();
        JobListener stop = new JobListener() {
            @Override
            public void onStep(Step step) {
                throw new CancellationException("enough");
            }
        };
        List<Request> one = List.of(Tiny.request(pipeline.model(), 7));
        assertThatThrownBy(() -> PictureBytes.make(pipeline, one, PictureBytes.PNG, List.of(stop)))
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");
        assertThat(temporary()).isEqualTo(before);
    }

    private static Set<Path> temporary() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir", "/tmp")))) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches("bottleneck4j-\\d+"))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void image_ofWhatWasMade_isThePicture() {
        Request request = Tiny.request(pipeline.model(), 7);
        byte[] file = PictureBytes.make(pipeline, List.of(request), PictureBytes.PNG, List.of())
                .get(0);
        byte[] decoded = PictureBytes.decoded("image", Base64.getEncoder().encodeToString(file));
        Picture picture = pipeline.generate(request).picture();
        assertThat(PictureBytes.image(decoded)).isEqualTo(picture);
        assertThat(PictureBytes.mask(decoded)).as("opaque").isEqualTo(picture);
    }

    @Test
    void input_ofAnythingElse_isRefusedByName() {
        assertThatThrownBy(() -> PictureBytes.decoded("mask", "data:image/png;base64,AAAA"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mask: must be the bytes of a picture's file in base64: Illegal base64 character 3a; leave"
                        + " out line breaks and 'data:...;base64,'");
        assertThatThrownBy(() -> PictureBytes.image(new byte[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "image: must be a PNG, JPEG or WebP picture, and does not begin like one; convert it to PNG");
        assertThatThrownBy(() -> PictureBytes.mask(new byte[] {1, 2, 3})).hasMessageStartingWith("mask: must be a PNG");
    }

    @Test
    void require_ofWrongValues_saysWhatToDo() {
        assertThatThrownBy(() -> PictureBytes.requireMimeType("image/gif"))
                .hasMessage("mime-type: must be image/png or image/jpeg, not 'image/gif'; use image/png");
        assertThatThrownBy(() -> PictureBytes.requireCount(0))
                .hasMessage("n: must be at least 1, not 0; leave it out for one picture");
        assertThatThrownBy(() -> PictureBytes.requirePictures(Tiny.model(Tiny.VIDEOS)))
                .hasMessageMatching("model: .*hunyuan-a makes videos, not pictures; take a FLUX.1 model");
        assertThat(PictureBytes.requirePictures(pipeline.model())).isSameAs(pipeline.model());
        assertThat(PictureBytes.randomSeed()).isBetween(0L, (1L << 32) - 1);
    }
}
