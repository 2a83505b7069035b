package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;

/**
 * The autoencoder of latent diffusion models: pictures [B, 3, H, W] with values about [-1, 1] to latents [B, C, h, w] and
 * back. Source: diffusers autoencoder_kl.py@0.42.1, AutoencoderKL.
 *
 * <p>{@link #decode} and {@link #encode} deal in the autoencoder's own latents. The diffusion model works on shifted and scaled
 * ones; {@link #fromModel} and {@link #toModel} convert. Tiled forms bound memory and differ from the whole ones, since a tile
 * does not see beyond its edge; whether to use them is the caller's choice.
 */
public final class AutoencoderKl {
    private final AutoencoderKlConfig config;
    private final Encoder encoder;
    private final Decoder decoder;
    private final Layer decoding;
    private final Layer encoding;

    public AutoencoderKl(AutoencoderKlConfig config, Weights w) {
        this.config = config;
        int latent = config.latentChannels();
        Geometry geometry = new PictureGeometry(config.blockOutChannels().size());
        encoder = new Encoder(w.at("encoder"), config, geometry);
        decoder = new Decoder(w.at("decoder"), config, geometry);
        encoding = config.useQuantConv()
                ? Chain.of(encoder, Conv2d.same(w, "quant_conv", 2 * latent, 2 * latent, 1)::forward)
                : encoder;
        decoding = config.usePostQuantConv()
                ? Chain.of(Conv2d.same(w, "post_quant_conv", latent, latent, 1)::forward, decoder)
                : decoder;
    }

    /** Brings the attention's names in files of old diffusers versions to the present ones. */
    public static TensorSource checkpoint(TensorSource source) {
        return LegacyAttentionKeys.renamed(source);
    }

    /**
     * Reads the weights; files of old diffusers versions, whose attention goes by other names, are read too.
     *
     * @param dtype type to compute in; mind {@link AutoencoderKlConfig#forceUpcast} with float16
     * @throws io.bottleneck4j.torch.io.WeightsException if a tensor is missing, misshapen or unexpected
     */
    public static Weights.Loaded<AutoencoderKl> load(
            AutoencoderKlConfig config, TensorSource source, DType dtype, Device device) {
        return Weights.load("vae", checkpoint(source), dtype, device, weights -> new AutoencoderKl(config, weights));
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
     * The picture [B, 3, H, W] of latents, in the type of the weights.
     *
     * @param z the autoencoder's latents [B, C, h, w], of any floating-point type and device; see {@link #fromModel}
     * @throws NonFinitePictureException if the picture holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite
     */
    public Tensor decode(Tensor z) {
        Shapes.require("latents", z, config.latentChannels(), "height", "width");
        return NonFinitePictureException.requireFinite(
                z, scoped(() -> decoding.forward(placed(z)).contiguous()));
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
        Shapes.require("latents", z, config.latentChannels(), "height", "width");
        requireTile(tile);
        TileAxis side = TileAxis.overlappingByAQuarter(tile, tile * config.pixelsPerCell());
        Layer tiles = new Tiles(decoding, side, side);
        return NonFinitePictureException.requireFinite(
                z, scoped(() -> tiles.forward(placed(z)).contiguous()));
    }

    /**
     * The latents a picture may have.
     *
     * @param picture [B, 3, H, W] with values in [-1, 1], height and width multiples of {@link AutoencoderKlConfig#pixelsPerCell}
     * @throws IllegalArgumentException if the picture is not of that shape
     */
    public Moments encode(Tensor picture) {
        requirePicture(picture);
        return Moments.of(() -> encoding.forward(placed(picture)));
    }

    /**
     * {@link #encode} in overlapping tiles. A picture no larger than a tile is encoded whole.
     *
     * @param tile side of a tile in cells, a multiple of 4
     * @throws IllegalArgumentException if the picture is not of that shape, or the tile is not a multiple of 4
     */
    public Moments encodeTiled(Tensor picture, int tile) {
        requirePicture(picture);
        requireTile(tile);
        TileAxis side = TileAxis.overlappingByAQuarter(tile * config.pixelsPerCell(), tile);
        Layer tiles = new Tiles(encoding, side, side);
        return Moments.of(() -> tiles.forward(placed(picture)));
    }

    /** The encoder, for tests that compare its parts one by one. */
    Encoder encoder() {
        return encoder;
    }

    /** The decoder, for tests that compare its parts one by one. */
    Decoder decoder() {
        return decoder;
    }

    private Tensor placed(Tensor x) {
        return x.to(decoder.device()).to(decoder.dtype());
    }

    private void requirePicture(Tensor picture) {
        Shapes.require("picture", picture, config.inChannels(), "height", "width");
        Shapes.requireMultiple("height", picture.size(2), "px", config.pixelsPerCell());
        Shapes.requireMultiple("width", picture.size(3), "px", config.pixelsPerCell());
    }

    private static void requireTile(int tile) {
        if (tile <= 0 || tile % 4 != 0) {
            throw new IllegalArgumentException("tile: %d cells is not a positive multiple of 4; use %d"
                    .formatted(tile, Math.max(4, tile / 4 * 4)));
        }
    }
}
