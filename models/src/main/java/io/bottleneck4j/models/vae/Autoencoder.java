package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the autoencoders of pictures and of videos have in common: an encoder and a decoder of alike layers, each a convolution away from
 * the latents.
 *
 * <p>{@link #decode} and {@link #encode} deal in the autoencoder's own latents; the diffusion model works on scaled ones, to and from
 * which the subclasses convert. Both take a picture or video whole. Their tiled forms bound memory and differ from the whole ones, since
 * a tile does not see beyond its edge; whether to use them is the caller's choice.
 *
 * <p>The encoder is for pipelines that start from a picture. Its weights are in every published file, so they are asked for in any case.
 */
public abstract sealed class Autoencoder permits AutoencoderKl, AutoencoderKlHunyuanVideo {
    private static final Pattern OLD_ATTENTION = Pattern.compile(
            "((?:encoder|decoder)\\.mid_block\\.attentions\\.0)\\.(query|key|value|proj_attn)\\.(weight|bias)");
    private static final Map<String, String> ATTENTION =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private final Coder encoder;
    private final Coder decoder;
    final Layer encoding;
    final Layer decoding;

    /**
     * Reads encoder and decoder.
     *
     * @param afterEncoder a convolution, or nothing
     * @param beforeDecoder a convolution, or nothing
     */
    Autoencoder(
            Weights w,
            CoderConfig config,
            Geometry geometry,
            @Nullable Layer afterEncoder,
            @Nullable Layer beforeDecoder) {
        encoder = Coder.encoder(w.at("encoder"), config, geometry);
        decoder = Coder.decoder(w.at("decoder"), config, geometry);
        encoding = afterEncoder == null ? encoder : Layer.Chain.of(encoder, afterEncoder);
        decoding = beforeDecoder == null ? decoder : Layer.Chain.of(beforeDecoder, decoder);
    }

    /**
     * Brings the attention's names in files of old diffusers versions to the present ones. Source: diffusers modeling_utils.py@0.42.1,
     * _fix_state_dict_keys_on_load.
     */
    public static TensorSource checkpoint(TensorSource source) {
        Set<String> found = source.infos().keySet();
        return new RenamedSource(source, name -> {
            Matcher old = OLD_ATTENTION.matcher(name);
            String today = old.matches() ? old.group(1) + "." + ATTENTION.get(old.group(2)) + "." + old.group(3) : name;
            // With both names in the file the old one stays as it is, to be reported as unexpected.
            return Optional.of(found.contains(today) ? name : today);
        });
    }

    /**
     * The picture [B, 3, H, W] or video [B, 3, F, H, W] of latents, in the type of the weights.
     *
     * @param z the autoencoder's latents [B, C, h, w] or [B, C, f, h, w], of any floating-point type and device
     * @throws NonFinitePictureException if the result holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents are not of that shape, or not finite
     */
    public Tensor decode(Tensor z) {
        requireLatents(z);
        return NonFinitePictureException.requireFinite(
                z, scoped(() -> decoding.forward(placed(z)).contiguous()));
    }

    /**
     * The latents a picture or video may have.
     *
     * @param x [B, 3, H, W] or [B, 3, F, H, W] with values in [-1, 1], of whole cells
     * @throws IllegalArgumentException if it is not of that shape
     */
    public Moments encode(Tensor x) {
        requirePixels(x);
        return Moments.of(() -> encoding.forward(placed(x)));
    }

    abstract void requireLatents(Tensor z);

    abstract void requirePixels(Tensor x);

    /** In the type of the weights, on their device. */
    final Tensor placed(Tensor x) {
        return x.to(decoder.device()).to(decoder.dtype());
    }

    /** The encoder, for tests that compare its parts one by one. */
    final Coder encoder() {
        return encoder;
    }

    /** The decoder, whose parts tests compare too. */
    final Coder decoder() {
        return decoder;
    }

    /** Does nothing if x is [B, channels, ..], the rest being the dimensions named, and not empty. */
    static void requireShape(String name, Tensor x, int channels, String... dimensions) {
        if (x.dim() != 2 + dimensions.length || x.size(1) != channels || x.numel() == 0) {
            throw new IllegalArgumentException(name + ": must be [B, " + channels + ", " + String.join(", ", dimensions)
                    + "], not " + Arrays.toString(x.shape()));
        }
    }

    /** Does nothing if a length is a multiple of a cell's. */
    static void requireMultiple(String name, long length, String unit, int cell) {
        if (length % cell != 0) {
            long below = Math.max(cell, length / cell * cell);
            throw new IllegalArgumentException(name + ": " + length + " " + unit + " is not a multiple of " + cell
                    + "; use " + below + " or " + (length / cell + 1) * cell);
        }
    }

    /** Does nothing if a video is one frame and then cells of so many. */
    static void requireFrames(long frames, int cell) {
        if ((frames - 1) % cell != 0) {
            long lower = (frames - 1) / cell * cell + 1;
            throw new IllegalArgumentException("frames: " + frames + " is not one more than a multiple of " + cell
                    + "; use " + lower + " or " + (lower + cell));
        }
    }
}
