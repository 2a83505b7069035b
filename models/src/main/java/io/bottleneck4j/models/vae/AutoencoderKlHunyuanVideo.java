package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.function.Consumer;

/**
 * HunyuanVideo's autoencoder: videos [B, 3, F, H, W] with values about [-1, 1] to latents [B, C, f, h, w] and back, where F = 4f - 3.
 * Convolutions and attention see no later frame; only normalisation sees them all. Source: diffusers autoencoder_kl_hunyuan_video.py@0.42.1, AutoencoderKLHunyuanVideo.
 *
 * <p>{@link #decode(Tensor)} and {@link #encode} deal in the autoencoder's own latents; {@link #fromModel} and {@link #toModel} convert to
 * and from the diffusion model's. They take the video whole. Tiled forms bound memory and differ from the whole ones, since a tile does
 * not see beyond its edge; {@link #decode(Tensor, VideoTiling, Consumer)} does not even hold the decoded video.
 */
public final class AutoencoderKlHunyuanVideo {
    private final AutoencoderKlHunyuanVideoConfig config;
    private final Encoder encoder;
    private final Decoder decoder;
    private final Layer decoding;
    private final Layer encoding;

    public AutoencoderKlHunyuanVideo(AutoencoderKlHunyuanVideoConfig config, Weights w) {
        this.config = config;
        int latent = config.latentChannels();
        encoder = new Encoder(w.at("encoder"), config, config.geometry());
        decoder = new Decoder(w.at("decoder"), config, config.geometry());
        encoding = Chain.of(encoder, CausalConv3d.of(w, "quant_conv", 2 * latent, 2 * latent, 1));
        decoding = Chain.of(CausalConv3d.of(w, "post_quant_conv", latent, latent, 1), decoder);
    }

    /** Brings the attention's names in files of old diffusers versions to the present ones. */
    public static TensorSource checkpoint(TensorSource source) {
        return LegacyAttentionKeys.renamed(source);
    }

    /**
     * Reads the weights.
     *
     * @param dtype type to compute in
     * @throws io.bottleneck4j.torch.io.WeightsException if a tensor is missing, misshapen or unexpected
     */
    public static Weights.Loaded<AutoencoderKlHunyuanVideo> load(
            AutoencoderKlHunyuanVideoConfig config, TensorSource source, DType dtype, Device device) {
        return Weights.load(
                "vae", checkpoint(source), dtype, device, weights -> new AutoencoderKlHunyuanVideo(config, weights));
    }

    public AutoencoderKlHunyuanVideoConfig config() {
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
     * The video [B, 3, 4f - 3, H, W] of latents, in the type of the weights. Diffusers does the same with
     * {@code use_framewise_decoding = False}.
     *
     * @param z the autoencoder's latents [B, C, f, h, w], of any floating-point type and device; see {@link #fromModel}
     * @throws NonFinitePictureException if the video holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite
     */
    public Tensor decode(Tensor z) {
        requireLatents(z);
        return NonFinitePictureException.requireFinite(
                z, scoped(() -> decoding.forward(placed(z)).contiguous()));
    }

    /**
     * {@link #decode(Tensor)} in overlapping tiles of space and time, as diffusers does after {@code enable_tiling()}. Latents no larger
     * than a tile are decoded whole.
     *
     * @throws NonFinitePictureException if the video holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite, or the tiles are not of whole cells
     */
    public Tensor decodeTiled(Tensor z, VideoTiling tiling) {
        requireLatents(z);
        int cell = config.spatialCompressionRatio();
        return scoped(() -> {
            Tensor video = Tensor.empty(
                    decoder.dtype(),
                    decoder.device(),
                    z.size(0),
                    config.outChannels(),
                    config.frames(z.size(2)),
                    z.size(3) * cell,
                    z.size(4) * cell);
            decode(z, tiling, new Pasting(video));
            return video;
        });
    }

    /**
     * {@link #decodeTiled} frame by frame: what is finished is handed out before the next tile of time is decoded.
     *
     * @param chunks is given [B, 3, n, H, W] one after the other, in order, each valid during the call only
     * @throws NonFinitePictureException if a chunk holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite, or the tiles are not of whole cells
     */
    public void decode(Tensor z, VideoTiling tiling, Consumer<Tensor> chunks) {
        requireLatents(z);
        VideoTiling.Axes axes = axes(tiling);
        try (Scope scope = Scope.open()) {
            Tensor placed = placed(z);
            Layer tiles = new Tiles(decoding, axes.height(), axes.width());
            new FrameTiles(tiles, axes.frames())
                    .forEach(
                            (start, count) -> placed.narrow(2, start, count),
                            placed.size(2),
                            chunk -> chunks.accept(NonFinitePictureException.requireFinite(z, chunk)));
        }
    }

    /**
     * The latents a video may have. Diffusers does the same with {@code use_framewise_encoding = False}.
     *
     * @param video [B, 3, F, H, W] with values in [-1, 1], F one more than a multiple of 4, height and width multiples of
     *     {@link AutoencoderKlHunyuanVideoConfig#spatialCompressionRatio}
     * @throws IllegalArgumentException if the video is not of that shape
     */
    public Moments encode(Tensor video) {
        requireVideo(video);
        return Moments.of(() -> encoding.forward(placed(video)));
    }

    /**
     * {@link #encode} in overlapping tiles of space and time. A video no larger than a tile is encoded whole.
     *
     * @throws IllegalArgumentException if the video is not of that shape, or the tiles are not of whole cells
     */
    public Moments encodeTiled(Tensor video, VideoTiling tiling) {
        requireVideo(video);
        VideoTiling.Axes axes = axes(tiling).reversed();
        int cell = config.spatialCompressionRatio();
        return Moments.of(() -> {
            Tensor moments = Tensor.empty(
                    decoder.dtype(),
                    decoder.device(),
                    video.size(0),
                    2L * config.latentChannels(),
                    1 + (video.size(2) - 1) / config.temporalCompressionRatio(),
                    video.size(3) / cell,
                    video.size(4) / cell);
            new FrameTiles(new Tiles(encoding, axes.height(), axes.width()), axes.frames())
                    .forEach(
                            (start, count) -> placed(video.narrow(2, start, count)),
                            video.size(2),
                            new Pasting(moments));
            return moments;
        });
    }

    /** The encoder, for tests that compare its parts one by one. */
    Encoder encoder() {
        return encoder;
    }

    /** The decoder, for tests that compare its parts one by one. */
    Decoder decoder() {
        return decoder;
    }

    private VideoTiling.Axes axes(VideoTiling tiling) {
        return tiling.decoding(config.spatialCompressionRatio(), config.temporalCompressionRatio());
    }

    private Tensor placed(Tensor x) {
        return x.to(decoder.device()).to(decoder.dtype());
    }

    private void requireLatents(Tensor z) {
        Shapes.require("latents", z, config.latentChannels(), "frames", "height", "width");
    }

    private void requireVideo(Tensor video) {
        Shapes.require("video", video, config.inChannels(), "frames", "height", "width");
        int ratio = config.temporalCompressionRatio();
        long frames = video.size(2);
        if ((frames - 1) % ratio != 0) {
            long lower = (frames - 1) / ratio * ratio + 1;
            throw new IllegalArgumentException("frames: %d is not one more than a multiple of %d; use %d or %d"
                    .formatted(frames, ratio, lower, lower + ratio));
        }
        Shapes.requireMultiple("height", video.size(3), "px", config.spatialCompressionRatio());
        Shapes.requireMultiple("width", video.size(4), "px", config.spatialCompressionRatio());
    }

    /** Writes chunks of time one after the other. */
    private static final class Pasting implements Consumer<Tensor> {
        private final Tensor whole;
        private long next;

        Pasting(Tensor whole) {
            this.whole = whole;
        }

        @Override
        public void accept(Tensor chunk) {
            whole.narrow(2, next, chunk.size(2)).copyFrom(chunk);
            next += chunk.size(2);
        }
    }
}
