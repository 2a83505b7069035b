package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vae.NonFinitePictureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CancellationException;
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
        Request first = Tiny.request(pipeline.model(), 7);
        for (String type : List.of(PictureBytes.PNG, PictureBytes.JPEG)) {
            Outputs outputs = new Outputs();
            List<byte[]> made = PictureBytes.make(pipeline, PictureBytes.seeds(first, 2), type, List.of(outputs));
            outputs.assertGone(2);
            assertThat(made).hasSize(2);
            for (int i = 0; i < 2; i++) {
                Path file = temp.resolve(type.equals(PictureBytes.PNG) ? "own.png" : "own.jpg");
                pipeline.generate(first.withSeed(7 + i)).write(file);
                assertThat(made.get(i)).isEqualTo(Files.readAllBytes(file));
            }
        }
    }

    @Test
    void make_cancelledByAListener_leavesNothing() {
        Outputs stop = new Outputs() {
            @Override
            public void onStep(Step step) {
                throw new CancellationException("enough");
            }
        };
        List<Request> one = List.of(Tiny.request(pipeline.model(), 7));
        assertThatThrownBy(() -> PictureBytes.make(pipeline, one, PictureBytes.PNG, List.of(stop)))
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");
        stop.assertGone(1);
    }

    @Test
    void make_whichCannotDecode_failsAsGenerateDoes_andLeavesNothing() {
        Path damaged = TinyFolder.copy("tiny-a", temp.resolve("damaged"))
                .poke("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias", Float.NaN)
                .path();
        Outputs outputs = new Outputs();
        try (Pipeline broken = Tiny.pipeline(damaged, Residency.KEEP)) {
            List<Request> one = List.of(Tiny.request(broken.model(), 7));
            assertThatThrownBy(() -> PictureBytes.make(broken, one, PictureBytes.PNG, List.of(outputs)))
                    .isInstanceOf(NonFinitePictureException.class)
                    .hasMessageNotContaining("kept in");
        }
        outputs.assertGone(1);
    }

    /** Where the files were while they were made. */
    private static class Outputs implements JobListener {
        private final List<Path> files = new ArrayList<>();

        @Override
        public void begin(Job job, int index) {
            files.add(job.output());
            assertThat(job.output().getParent()).isDirectory();
        }

        void assertGone(int count) {
            assertThat(files)
                    .hasSize(count)
                    .allSatisfy(file -> assertThat(file.getParent()).doesNotExist());
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
