package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.models.vae.StreamedLayer.Convolution;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.function.Consumer;

/**
 * The autoencoder of Wan 2.1, of Wan 2.2 and of Qwen-Image: videos [B, 3, F, H, W] with values in [-1, 1] to latents [B, C, f, h, w] and
 * back, where F = 4f - 3; a picture is a video of one frame. Source: diffusers autoencoder_kl_wan.py@0.42.1, AutoencoderKLWan, and
 * autoencoder_kl_qwenimage.py@0.42.1, AutoencoderKLQwenImage.
 *
 * <p>{@link #decode} and {@link #encode} deal in the autoencoder's own latents; {@link #fromModel} and {@link #toModel} convert from and to
 * the diffusion model's. Memory follows one frame of latents, whatever the video's length; tiles bound it by the frame's size too, and
 * differ from the whole, since a tile does not see beyond its edge.
 */
public final class AutoencoderKlWan {
    private final AutoencoderKlWanConfig config;
    private final StreamedCoder encoder;
    private final StreamedCoder decoder;
    private final StreamedLayer quant;
    private final StreamedLayer postQuant;
    private final Tensor mean; // [1, C, 1, 1, 1]
    private final Tensor std; // the same

    public AutoencoderKlWan(AutoencoderKlWanConfig config, Weights w) {
        this.config = config;
        encoder = StreamedCoder.encoder(config, w.at("encoder"));
        decoder = StreamedCoder.decoder(config, w.at("decoder"));
        quant = Convolution.of(w, "quant_conv", 2 * config.zDim(), 2 * config.zDim(), 1, 1);
        postQuant = Convolution.of(w, "post_quant_conv", config.zDim(), config.zDim(), 1, 1);
        mean = w.made(() -> ofChannels(config.latentsMean()));
        std = w.made(() -> ofChannels(config.latentsStd()));
    }

    private static Tensor ofChannels(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return Tensor.of(floats, 1, floats.length, 1, 1, 1);
    }

    public AutoencoderKlWanConfig config() {
        return config;
    }

    /** The diffusion model's latents as the autoencoder's own: times the deviations, plus the means. */
    public Tensor fromModel(Tensor latents) {
        requireLatents(latents);
        return scoped(() -> latents.mul(like(std, latents)).add(like(mean, latents)));
    }

    /** The autoencoder's latents as the diffusion model's: the reverse of {@link #fromModel}. */
    public Tensor toModel(Tensor z) {
        requireLatents(z);
        return scoped(() -> z.sub(like(mean, z)).div(like(std, z)));
    }

    private static Tensor like(Tensor statistics, Tensor latents) {
        return statistics.to(latents.dtype()).to(latents.device());
    }

    /**
     * The video of latents, in the type of the weights, cut to [-1, 1].
     *
     * @param z the autoencoder's latents [B, C, f, h, w], of any floating-point type and device
     * @throws NonFinitePictureException if the result holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite
     */
    public Tensor decode(Tensor z) {
        requireLatents(z);
        return finished(z, scoped(() -> decoder.forward(postQuant(z))));
    }

    /**
     * {@link #decode} in overlapping tiles of space, as diffusers does after {@code enable_tiling()}; latents no larger than a tile are
     * decoded whole. Holds the decoded video.
     *
     * @param tile side of a tile in pixels, as 256, of 4 · n cells; each overlaps the next by a quarter
     */
    public Tensor decodeTiled(Tensor z, int tile) {
        requireLatents(z);
        Tiles.Axis side = tiles(tile);
        Layer tiles = new Tiles(decoder, side, side);
        return finished(z, scoped(() -> tiles.forward(postQuant(z))));
    }

    /**
     * {@link #decode} frame by frame: what one frame of latents makes is handed out before the next is decoded.
     *
     * @param chunks is given [B, 3, n, H, W] one after the other, in order, each valid during the call only
     */
    public void decode(Tensor z, Consumer<Tensor> chunks) {
        requireLatents(z);
        try (Scope scope = Scope.open()) {
            decoder.forEach(postQuant(z), chunk -> chunks.accept(finished(z, chunk)));
        }
    }

    private Tensor postQuant(Tensor z) {
        try (Past past = new Past()) {
            return postQuant.forward(placed(z), past);
        }
    }

    /** Put together from patches and cut to [-1, 1], a frame at a time, since a copy of a whole video is large. */
    private Tensor finished(Tensor z, Tensor decoded) {
        return NonFinitePictureException.requireFinite(z, scoped(() -> {
            Tensor video =
                    StreamedResampling.ofPatches(decoded, config.patchSize()).contiguous();
            for (long i = 0; i < video.size(2); i++) {
                try (Scope frame = Scope.open()) {
                    Tensor x = video.narrow(2, i, 1);
                    // Exact inside the bounds, where nothing is added.
                    x.copyFrom(x.sub(Ops.relu(x.add(-1))).add(Ops.relu(x.mul(-1).add(-1))));
                }
            }
            return video;
        }));
    }

    /**
     * The latents a video may have.
     *
     * @param x [B, 3, F, H, W] with values in [-1, 1], of whole cells
     * @throws IllegalArgumentException if it is not of that shape
     */
    public Moments encode(Tensor x) {
        return encoded(x, encoder);
    }

    /** {@link #encode} in overlapping tiles of space; see {@link #decodeTiled}. */
    public Moments encodeTiled(Tensor x, int tile) {
        Tiles.Axis reversed = tiles(tile).reversed();
        return encoded(x, new Tiles(encoder, reversed, reversed));
    }

    private Moments encoded(Tensor x, Layer coder) {
        requireVideo(x);
        return Moments.of(() -> scoped(() -> {
            try (Past past = new Past()) {
                return quant.forward(coder.forward(StreamedResampling.toPatches(placed(x), config.patchSize())), past);
            }
        }));
    }

    /** From cells to positions of the decoder's result, which are patches. */
    private Tiles.Axis tiles(int tile) {
        Autoencoder.requireMultiple("tile", tile, "px", 4 * config.cell());
        return Tiles.Axis.overlappingByAQuarter(tile / config.cell(), tile / config.patchSize());
    }

    private void requireLatents(Tensor z) {
        Autoencoder.requireShape("latents", z, config.zDim(), "frames", "height", "width");
    }

    private void requireVideo(Tensor x) {
        int channels = config.inChannels() / (config.patchSize() * config.patchSize());
        Autoencoder.requireShape("video", x, channels, "frames", "height", "width");
        Autoencoder.requireFrames(x.size(2), AutoencoderKlWanConfig.FRAMES_PER_CELL);
        Autoencoder.requireMultiple("height", x.size(3), "px", config.cell());
        Autoencoder.requireMultiple("width", x.size(4), "px", config.cell());
    }

    /** In the type of the weights, on their device. */
    private Tensor placed(Tensor x) {
        return x.to(decoder.device()).to(decoder.dtype());
    }

    /** The encoder, for tests that compare its parts one by one. */
    StreamedCoder encoder() {
        return encoder;
    }

    /** The decoder, whose parts tests compare too. */
    StreamedCoder decoder() {
        return decoder;
    }
}
