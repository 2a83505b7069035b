package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;

/**
 * The autoencoder of latent diffusion models: pictures [B, 3, H, W] with values about [-1, 1] to latents [B, C, h, w] and
 * back. Source: diffusers autoencoder_kl.py@0.42.1, AutoencoderKL.
 *
 * <p>The diffusion model works on shifted and scaled latents; {@link #fromModel} and {@link #toModel} convert.
 */
public sealed class AutoencoderKl extends Autoencoder permits AutoencoderKlFlux2 {
    private final AutoencoderKlConfig config;

    /** Reads the weights; mind {@link AutoencoderKlConfig#forceUpcast} with float16. */
    public AutoencoderKl(AutoencoderKlConfig config, Weights w) {
        super(
                w,
                config,
                new Geometry.Pictures(config.blockOutChannels().size()),
                config.useQuantConv() ? ofOne(w, "quant_conv", 2 * config.latentChannels()) : null,
                config.usePostQuantConv() ? ofOne(w, "post_quant_conv", config.latentChannels()) : null);
        this.config = config;
    }

    private static Layer ofOne(Weights w, String key, int channels) {
        return Conv2d.same(w, key, channels, channels, 1)::forward;
    }

    public AutoencoderKlConfig config() {
        return config;
    }

    /** The diffusion model's latents as the autoencoder's own: {@code latents / scaling_factor + shift_factor}. */
    public Tensor fromModel(Tensor latents) {
        return scoped(() -> latents.div(config.scalingFactor()).add(config.shiftFactor()));
    }

    /** The autoencoder's latents as the diffusion model's: {@code (z - shift_factor) · scaling_factor}. */
    public Tensor toModel(Tensor z) {
        return scoped(() -> z.add(-config.shiftFactor()).mul(config.scalingFactor()));
    }

    /**
     * {@link #decode} in overlapping tiles, as diffusers does after {@code enable_tiling()}. Latents no larger than a tile are
     * decoded whole.
     *
     * @param tile side of a tile in cells, a multiple of 4; see {@link AutoencoderKlConfig#tileCells}
     * @throws NonFinitePictureException if the picture holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite, or the tile is not a multiple of 4
     */
    public Tensor decodeTiled(Tensor z, int tile) {
        requireLatents(z);
        requireTile(tile);
        Tiles.Axis side = Tiles.Axis.overlappingByAQuarter(tile, tile * config.pixelsPerCell());
        Layer tiles = new Tiles(decoding, side, side);
        return NonFinitePictureException.requireFinite(
                z, scoped(() -> tiles.forward(placed(z)).contiguous()));
    }

    /**
     * {@link #encode} in overlapping tiles. A picture no larger than a tile is encoded whole.
     *
     * @param tile side of a tile in cells, a multiple of 4
     * @throws IllegalArgumentException if the picture is not of that shape, or the tile is not a multiple of 4
     */
    public Moments encodeTiled(Tensor picture, int tile) {
        requirePixels(picture);
        requireTile(tile);
        Tiles.Axis side = Tiles.Axis.overlappingByAQuarter(tile * config.pixelsPerCell(), tile);
        Layer tiles = new Tiles(encoding, side, side);
        return Moments.of(() -> tiles.forward(placed(picture)));
    }

    @Override
    void requireLatents(Tensor z) {
        requireShape("latents", z, config.latentChannels(), "height", "width");
    }

    @Override
    void requirePixels(Tensor picture) {
        requireShape("picture", picture, config.inChannels(), "height", "width");
        requireMultiple("height", picture.size(2), "px", config.pixelsPerCell());
        requireMultiple("width", picture.size(3), "px", config.pixelsPerCell());
    }

    private static void requireTile(int tile) {
        if (tile <= 0 || tile % 4 != 0) {
            throw new IllegalArgumentException(
                    "tile: " + tile + " cells is not a positive multiple of 4; use " + Math.max(4, tile / 4 * 4));
        }
    }
}
