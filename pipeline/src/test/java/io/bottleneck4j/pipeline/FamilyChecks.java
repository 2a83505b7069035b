package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import java.nio.file.Path;
import java.util.List;

/** What holds for every family, of a tiny folder. */
final class FamilyChecks {
    private FamilyChecks() {}

    /** Which parts stay in memory changes no bit. */
    static void assertSameUnder(Residency residency, Path folder) {
        try (Pipeline kept = Tiny.pipeline(folder, Residency.KEEP);
                Pipeline other = Tiny.pipeline(folder, residency)) {
            Request request = Tiny.request(kept.model(), 3);
            Latents expected = kept.denoise(request, kept.encode(request));
            Request same = Tiny.request(other.model(), 3);
            assertThat(other.denoise(same, other.encode(same))).isEqualTo(expected);
        }
    }

    static void assertTimesAForward(Path folder) {
        try (Pipeline pipeline = Tiny.pipeline(folder, Residency.KEEP)) {
            LatentShape shape =
                    Tiny.request(pipeline.model(), 1).plan().stages().last().shape();
            Latents velocity = pipeline.withRandomPrompt(
                    List.of(0.5), new Cancellation(), model -> model.velocity(Latents.zeros(shape), 0.5));
            assertThat(velocity.values()).isNotEmpty();
        }
    }

    /** Files under diffusers' names in place of the folder's components make the same, complete model, which is returned. */
    static Model assertReadsFilesOf(Path folder) {
        Path transformer = folder.resolve("transformer/diffusion_pytorch_model.safetensors");
        Path vae = folder.resolve("vae/diffusion_pytorch_model.safetensors");
        Path text = folder.resolve("text_encoder/model.safetensors");
        Model files =
                Model.open(ModelFiles.of(transformer).base(folder).vae(vae).textEncoder(text));
        assertThat(files.architecture()).isEqualTo(Model.open(folder).architecture());
        assertThat(files.components())
                .allSatisfy(part -> assertThat(part.report().isComplete())
                        .as(part.files().name())
                        .isTrue());
        return files;
    }
}
