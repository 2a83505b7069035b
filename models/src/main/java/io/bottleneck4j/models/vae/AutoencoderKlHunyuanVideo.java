package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.function.Consumer;

/**
 * HunyuanVideo's autoencoder: videos [B, 3, F, H, W] with values about [-1, 1] to latents [B, C, f, h, w] and back, where F = 4f - 3.
 * Convolutions and attention see no later frame; only normalisation sees them all. Source: diffusers
 * autoencoder_kl_hunyuan_video.py@0.42.1, AutoencoderKLHunyuanVideo; whole, with {@code use_framewise_decoding} and {@code
 * use_framewise_encoding} off.
 *
 * <p>{@link #fromModel} and {@link #toModel} convert from and to the diffusion model's latents. {@link #decode(Tensor, VideoTiling,
 * Consumer)} does not even hold the decoded video.
 */
public final class AutoencoderKlHunyuanVideo extends Autoencoder {
    private final AutoencoderKlHunyuanVideoConfig config;

    public AutoencoderKlHunyuanVideo(AutoencoderKlHunyuanVideoConfig config, Weights w) {
        super(
                w,
                config,
                config.geometry(),
                ofOne(w, "quant_conv", 2 * config.latentChannels()),
                ofOne(w, "post_quant_conv", config.latentChannels()));
        this.config = config;
    }

    private static Layer ofOne(Weights w, String key, int channels) {
        return CausalConv3d.of(w, key, channels, channels, 1);
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
            Pasting video = new Pasting(
                    z.size(0), config.outChannels(), config.frames(z.size(2)), z.size(3) * cell, z.size(4) * cell);
            decode(z, tiling, video);
            return video.whole;
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
            new Tiles.OfTime(tiles, axes.frames())
                    .forEach(
                            (start, count) -> placed.narrow(2, start, count),
                            placed.size(2),
                            chunk -> chunks.accept(NonFinitePictureException.requireFinite(z, chunk)));
        }
    }

    /**
     * {@link #encode} in overlapping tiles of space and time, which are of whole cells. A video no larger than a tile
     * is encoded whole.
     */
    public Moments encodeTiled(Tensor video, VideoTiling tiling) {
        requirePixels(video);
        VideoTiling.Axes axes = axes(tiling).reversed();
        int cell = config.spatialCompressionRatio();
        return Moments.of(() -> {
            long frames = 1 + (video.size(2) - 1) / config.temporalCompressionRatio();
            Pasting moments = new Pasting(
                    video.size(0), 2L * config.latentChannels(), frames, video.size(3) / cell, video.size(4) / cell);
            new Tiles.OfTime(new Tiles(encoding, axes.height(), axes.width()), axes.frames())
                    .forEach((start, count) -> placed(video.narrow(2, start, count)), video.size(2), moments);
            return moments.whole;
        });
    }

    private VideoTiling.Axes axes(VideoTiling tiling) {
        return tiling.decoding(config.spatialCompressionRatio(), config.temporalCompressionRatio());
    }

    @Override
    void requireLatents(Tensor z) {
        requireShape("latents", z, config.latentChannels(), "frames", "height", "width");
    }

    @Override
    void requirePixels(Tensor video) {
        requireShape("video", video, config.inChannels(), "frames", "height", "width");
        requireFrames(video.size(2), config.temporalCompressionRatio());
        requireMultiple("height", video.size(3), "px", config.spatialCompressionRatio());
        requireMultiple("width", video.size(4), "px", config.spatialCompressionRatio());
    }

    /** Writes chunks of time one after the other. */
    private final class Pasting implements Consumer<Tensor> {
        private final Tensor whole;
        private long next;

        Pasting(long... shape) {
            whole = Tensor.empty(decoder().dtype(), decoder().device(), shape);
        }

        @Override
        public void accept(Tensor chunk) {
            whole.narrow(2, next, chunk.size(2)).copyFrom(chunk);
            next += chunk.size(2);
        }
    }
}
