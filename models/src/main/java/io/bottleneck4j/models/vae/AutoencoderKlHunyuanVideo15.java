package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/**
 * HunyuanVideo-1.5's autoencoder: videos [B, 3, F, H, W] with values about [-1, 1] to latents [B, C, f, h, w] and back, where F = 4f - 3. No
 * layer sees a later frame. Source: diffusers autoencoder_kl_hunyuanvideo15.py@0.42.1, AutoencoderKLHunyuanVideo15.
 *
 * <p>{@link #decode} and {@link #encode} deal in the autoencoder's own latents; {@link #fromModel} and {@link #toModel} convert from and to
 * the diffusion model's. Tiles, of space alone as in diffusers, bound memory by the frames' size but not by their number.
 */
public final class AutoencoderKlHunyuanVideo15 {
    private final AutoencoderKlHunyuanVideo15Config config;
    private final HunyuanVideo15Coder encoder;
    private final HunyuanVideo15Coder decoder;

    public AutoencoderKlHunyuanVideo15(AutoencoderKlHunyuanVideo15Config config, Weights w) {
        this.config = config;
        encoder = HunyuanVideo15Coder.encoder(config, w.at("encoder"));
        decoder = HunyuanVideo15Coder.decoder(config, w.at("decoder"));
    }

    public AutoencoderKlHunyuanVideo15Config config() {
        return config;
    }

    /** The diffusion model's latents as the autoencoder's own: {@code latents / scaling_factor}. */
    public Tensor fromModel(Tensor latents) {
        return latents.div(config.scalingFactor());
    }

    /** The autoencoder's latents as the diffusion model's: {@code z · scaling_factor}. */
    public Tensor toModel(Tensor z) {
        return z.mul(config.scalingFactor());
    }

    /**
     * The video of latents, in the type of the weights.
     *
     * @param z the autoencoder's latents [B, C, f, h, w], of any floating-point type and device
     * @throws NonFinitePictureException if the result holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite
     */
    public Tensor decode(Tensor z) {
        return decoded(z, decoder);
    }

    /**
     * {@link #decode} in tiles of space that overlap by a quarter, as diffusers does after {@code enable_tiling()}. Latents no larger than a
     * tile are decoded whole.
     *
     * @param tile cells of a tile's side, a multiple of 4; 16 as in diffusers
     */
    public Tensor decodeTiled(Tensor z, int tile) {
        Tiles.Axis side = tiles(tile);
        return decoded(z, new Tiles(decoder, side, side));
    }

    private Tensor decoded(Tensor z, Layer coder) {
        Autoencoder.requireShape("latents", z, config.latentChannels(), "frames", "height", "width");
        return NonFinitePictureException.requireFinite(
                z, scoped(() -> coder.forward(placed(z)).contiguous()));
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

    /** {@link #encode} in tiles of space; see {@link #decodeTiled}. */
    public Moments encodeTiled(Tensor x, int tile) {
        Tiles.Axis reversed = tiles(tile).reversed();
        return encoded(x, new Tiles(encoder, reversed, reversed));
    }

    private Moments encoded(Tensor x, Layer coder) {
        Autoencoder.requireShape("video", x, config.inChannels(), "frames", "height", "width");
        Autoencoder.requireFrames(x.size(2), config.temporalCompressionRatio());
        Autoencoder.requireMultiple("height", x.size(3), "px", config.spatialCompressionRatio());
        Autoencoder.requireMultiple("width", x.size(4), "px", config.spatialCompressionRatio());
        return Moments.of(() -> coder.forward(placed(x)));
    }

    private Tiles.Axis tiles(int cells) {
        return Tiles.Axis.overlappingByAQuarter(cells, cells * config.spatialCompressionRatio());
    }

    /** In the type of the weights, on their device. */
    private Tensor placed(Tensor x) {
        return x.to(decoder.device()).to(decoder.dtype());
    }

    HunyuanVideo15Coder encoder() {
        return encoder;
    }

    HunyuanVideo15Coder decoder() {
        return decoder;
    }
}
