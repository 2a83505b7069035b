package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vae.AutoencoderKl;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.models.vae.Moments;
import io.bottleneck4j.models.vae.OriginalAutoencoder;
import io.bottleneck4j.models.vae.Pixels;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** FLUX.1's autoencoder of pictures, which other families have too, loaded. */
record KlCoder(AutoencoderKl coder, int pixelsPerCell, Execution execution) implements Model.Autoencoder {
    /** Up to so many cells a picture is decoded whole: 2048 × 2048 pixels with cells of 8. */
    static final long WHOLE_CELLS = 256L * 256;

    /** The {@code vae} of a folder. */
    static Component<AutoencoderKlConfig, AutoencoderKl> component(ModelFolder folder) {
        ComponentFiles own = folder.component("vae", "AutoencoderKL");
        return Component.read(own, AutoencoderKlConfig::from, AutoencoderKl::checkpoint, AutoencoderKl::new);
    }

    /** How single files hold it. */
    static FileLayout layout() {
        return FileLayout.vae(
                "AutoencoderKL",
                names -> OriginalAutoencoder.isIn(names) || names.contains("decoder.mid_block.resnets.0.conv1.weight"),
                FileLayout.where(OriginalAutoencoder::isIn, OriginalAutoencoder::renamed));
    }

    static KlCoder load(ModelFolder folder, Execution e, Residency residency, Opened opened) {
        Component<AutoencoderKlConfig, AutoencoderKl> vae = component(folder);
        AutoencoderKl coder = vae.load(e.vaeDtype(), e.device(), residency, opened);
        return new KlCoder(coder, vae.config().pixelsPerCell(), e);
    }

    @Override
    public void decode(Latents latents, int tile, FrameSink frames) throws IOException {
        try (Scope scope = Scope.open()) {
            Tensor z = coder.fromModel(tensor(latents));
            frames.accept(Pipeline.picture(tile == 0 ? coder.decode(z) : coder.decodeTiled(z, tile / pixelsPerCell)));
        }
    }

    @Override
    public Latents encode(Picture picture, @Nullable Mask erased, int tile, Latents noise) {
        try (Scope scope = Scope.open()) {
            Tensor x = erased == null
                    ? Pixels.ofRgb(picture.rgb(), picture.height(), picture.width())
                    : Pixels.ofRgb(picture.rgb(), picture.height(), picture.width(), pixel -> !erased.isFree(pixel));
            Moments moments = tile == 0 ? coder.encode(x) : coder.encodeTiled(x, tile / pixelsPerCell);
            Tensor drawn = tensor(noise).to(execution.device()).to(execution.vaeDtype());
            return Latents.copyOf(
                    noise.shape(), coder.toModel(moments.sample(drawn)).toFloats());
        }
    }

    /** [1, C, h, w] */
    private static Tensor tensor(Latents latents) {
        LatentShape s = latents.shape();
        return Tensor.of(latents.asReadOnlyBuffer(), 1, s.channels(), s.height(), s.width());
    }
}
