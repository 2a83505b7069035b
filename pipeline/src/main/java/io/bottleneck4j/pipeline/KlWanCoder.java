package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vae.AutoencoderKlWan;
import io.bottleneck4j.models.vae.AutoencoderKlWanConfig;
import io.bottleneck4j.models.vae.Moments;
import io.bottleneck4j.models.vae.OriginalWanAutoencoder;
import io.bottleneck4j.models.vae.Pixels;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Wan's autoencoder of videos, which Qwen-Image has for pictures, loaded. */
record KlWanCoder(AutoencoderKlWan coder, Execution execution) implements Model.Autoencoder {
    /** Up to so many positions of the decoder's result a frame is decoded whole: 832 × 480 pixels of Wan 2.1. */
    static final long WHOLE_POSITIONS = 832L * 480;

    /** Side of a tile in pixels, diffusers' own. */
    static final int TILE = 256;

    /**
     * The {@code vae} of a folder.
     *
     * @param className AutoencoderKLWan or AutoencoderKLQwenImage
     */
    static Component<AutoencoderKlWanConfig, AutoencoderKlWan> component(ModelFolder folder, String className) {
        ComponentFiles own = folder.component("vae", className);
        return Component.read(own, AutoencoderKlWanConfig::from, UnaryOperator.identity(), AutoencoderKlWan::new);
    }

    /** How single files hold it, under its original names too. */
    static FileLayout layout(String className) {
        return FileLayout.vae(
                className,
                names ->
                        OriginalWanAutoencoder.isIn(names) || names.contains("decoder.mid_block.resnets.0.norm1.gamma"),
                FileLayout.where(OriginalWanAutoencoder::isIn, OriginalWanAutoencoder::renamed));
    }

    static KlWanCoder load(ModelFolder folder, String className, Execution e, Residency residency, Opened opened) {
        return new KlWanCoder(component(folder, className).load(e.vaeDtype(), e.device(), residency, opened), e);
    }

    /** Frame by frame where the frame is whole; in tiles the video is held. */
    @Override
    public void decode(Latents latents, int tile, FrameSink frames) throws IOException {
        try (Scope scope = Scope.open()) {
            Tensor z = coder.fromModel(tensor(latents));
            if (tile == 0) {
                coder.decode(z, chunk -> Pipeline.handOut(chunk, frames));
            } else {
                Pipeline.handOut(coder.decodeTiled(z, tile), frames);
            }
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
    }

    /** One frame. */
    @Override
    public Latents encode(Picture picture, @Nullable Mask erased, int tile, Latents noise) {
        try (Scope scope = Scope.open()) {
            Tensor x = erased == null
                    ? Pixels.ofRgb(picture.rgb(), picture.height(), picture.width())
                    : Pixels.ofRgb(picture.rgb(), picture.height(), picture.width(), pixel -> !erased.isFree(pixel));
            Tensor frame = x.unsqueeze(2);
            Moments moments = tile == 0 ? coder.encode(frame) : coder.encodeTiled(frame, tile);
            Tensor drawn = moments.sample(tensor(noise).to(execution.vaeDtype()).to(execution.device()));
            return Latents.copyOf(
                    noise.shape(), coder.toModel(drawn).to(DType.FLOAT32).toFloats());
        }
    }

    private static Tensor tensor(Latents latents) {
        LatentShape s = latents.shape();
        return Tensor.of(latents.asReadOnlyBuffer(), 1, s.channels(), s.frames(), s.height(), s.width());
    }
}
