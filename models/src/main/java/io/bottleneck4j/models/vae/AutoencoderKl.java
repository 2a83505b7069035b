package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The autoencoder of latent diffusion models: pictures [B, 3, H, W] with values about [-1, 1] to latents [B, C, h, w] and
 * back. Source: diffusers autoencoder_kl.py@0.42.1, AutoencoderKL.
 *
 * <p>{@link #decode} and {@link #encode} deal in the autoencoder's own latents. The diffusion model works on shifted and scaled
 * ones; {@link #fromModel} and {@link #toModel} convert. Tiled forms bound memory and differ from the whole ones, since a tile
 * does not see beyond its edge; whether to use them is the caller's choice.
 */
public final class AutoencoderKl {
    private static final double MIN_LOGVAR = -30;
    private static final double MAX_LOGVAR = 20;

    private final AutoencoderKlConfig config;
    private final Encoder encoder;
    private final Decoder decoder;
    private final Layer decoding;
    private final Layer encoding;

    public AutoencoderKl(AutoencoderKlConfig config, Weights w) {
        this.config = config;
        int latent = config.latentChannels();
        encoder = new Encoder(w.at("encoder"), config);
        decoder = new Decoder(w.at("decoder"), config);
        encoding = config.useQuantConv()
                ? Chain.of(encoder, Conv2d.same(w, "quant_conv", 2 * latent, 2 * latent, 1)::forward)
                : encoder;
        decoding = config.usePostQuantConv()
                ? Chain.of(Conv2d.same(w, "post_quant_conv", latent, latent, 1)::forward, decoder)
                : decoder;
    }

    /** Brings the attention's names in files of old diffusers versions to the present ones. */
    public static TensorSource checkpoint(TensorSource source) {
        return new LegacyAttentionKeys(source);
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
        requireShape("latents", z, config.latentChannels());
        return finite(z, scoped(() -> decoding.forward(placed(z)).contiguous()));
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
        requireShape("latents", z, config.latentChannels());
        requireTile(tile);
        Tiles tiles = new Tiles(decoding, config.outChannels(), tile, tile * config.pixelsPerCell());
        return finite(z, scoped(() -> tiles.forward(placed(z)).contiguous()));
    }

    /**
     * The latents a picture may have.
     *
     * @param picture [B, 3, H, W] with values in [-1, 1], height and width multiples of {@link AutoencoderKlConfig#pixelsPerCell}
     * @throws IllegalArgumentException if the picture is not of that shape
     */
    public Moments encode(Tensor picture) {
        requirePicture(picture);
        return moments(() -> encoding.forward(placed(picture)));
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
        Tiles tiles = new Tiles(encoding, 2 * config.latentChannels(), tile * config.pixelsPerCell(), tile);
        return moments(() -> tiles.forward(placed(picture)));
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

    private Moments moments(Supplier<Tensor> encoded) {
        long channels = config.latentChannels();
        try (Scope scope = Scope.open()) {
            Tensor both = encoded.get();
            Tensor mean = scope.keep(both.until(1, channels).contiguous());
            Tensor logvar = scope.keep(clamped(both.from(1, channels).contiguous()));
            return new Moments(mean, logvar);
        }
    }

    /** Exact inside the bounds, where nothing is added. */
    private static Tensor clamped(Tensor logvar) {
        Tensor above = Ops.relu(logvar.add(-MAX_LOGVAR));
        Tensor below = Ops.relu(logvar.mul(-1).add(MIN_LOGVAR));
        return logvar.sub(above).add(below);
    }

    private static Tensor finite(Tensor z, Tensor picture) {
        if (picture.isFinite()) {
            return picture;
        }
        if (!z.isFinite()) {
            throw new IllegalArgumentException("latents: hold NaN or infinity; there is nothing to decode");
        }
        throw new NonFinitePictureException(picture.dtype().toString());
    }

    private void requirePicture(Tensor picture) {
        requireShape("picture", picture, config.inChannels());
        requireCells("height", picture.size(2));
        requireCells("width", picture.size(3));
    }

    private void requireCells(String name, long pixels) {
        int cell = config.pixelsPerCell();
        if (pixels % cell != 0) {
            long lower = Math.max(cell, pixels / cell * cell);
            throw new IllegalArgumentException("%s: %d px is not a multiple of %d; use %d or %d"
                    .formatted(name, pixels, cell, lower, (pixels / cell + 1) * cell));
        }
    }

    private static void requireTile(int tile) {
        if (tile <= 0 || tile % 4 != 0) {
            throw new IllegalArgumentException("tile: %d cells is not a positive multiple of 4; use %d"
                    .formatted(tile, Math.max(4, tile / 4 * 4)));
        }
    }

    private static void requireShape(String name, Tensor x, int channels) {
        if (x.dim() != 4 || x.size(1) != channels || x.numel() == 0) {
            throw new IllegalArgumentException(
                    name + ": must be [B, " + channels + ", height, width], not " + Arrays.toString(x.shape()));
        }
    }
}
