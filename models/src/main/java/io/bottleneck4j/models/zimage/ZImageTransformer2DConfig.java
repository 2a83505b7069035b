package io.bottleneck4j.models.zimage;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of a ZImageTransformer2DModel, in the words of its config.json.
 *
 * @param inChannels channels of the latents
 * @param dim width D of the transformer
 * @param nLayers blocks that text and image run through together ({@code layers})
 * @param nRefinerLayers blocks of text and image alone, each ({@code context_refiner}, {@code noise_refiner})
 * @param nHeads attention heads
 * @param normEps added to the mean square by the norms of blocks and of the text
 * @param capFeatDim width of the text's states
 * @param ropeTheta base of the position frequencies
 * @param tScale what the time, 1 for a clean image, is multiplied by
 * @param axesDims how a head's dimensions are shared among the position axes: order, row, column
 * @param axesLens how many positions each axis has
 */
public record ZImageTransformer2DConfig(
        int inChannels,
        int dim,
        int nLayers,
        int nRefinerLayers,
        int nHeads,
        double normEps,
        int capFeatDim,
        double ropeTheta,
        double tScale,
        List<Integer> axesDims,
        List<Integer> axesLens) {

    /** A token is 2 × 2 latent cells. */
    static final LatentPatches PATCHES = new LatentPatches(1, 2, LatentPatches.Order.CHANNELS_LAST);

    /** What token counts of text and image are filled up to a multiple of. */
    static final int MULTIPLE = 32;

    /** Width of the vector that steers modulation, at most. */
    private static final int STEERING = 256;

    public ZImageTransformer2DConfig {
        axesDims = List.copyOf(axesDims);
        axesLens = List.copyOf(axesLens);
        Bounds.positive("in_channels", inChannels, Bounds.WIDTH);
        Bounds.positive("dim", dim, Bounds.WIDTH);
        Bounds.positive("n_layers", nLayers, Bounds.LAYERS);
        if (nRefinerLayers < 0) {
            throw new IllegalArgumentException("n_refiner_layers: must be at least 0, not " + nRefinerLayers);
        }
        Bounds.atMost("n_refiner_layers", nRefinerLayers, Bounds.LAYERS);
        Bounds.positive("n_heads", nHeads, Bounds.HEADS);
        Bounds.multiple("dim", dim, "n_heads", nHeads);
        Bounds.epsilon("norm_eps", normEps);
        Bounds.positive("cap_feat_dim", capFeatDim, Bounds.WIDTH);
        Bounds.positive("rope_theta", ropeTheta);
        Bounds.positive("t_scale", tScale);
        if (axesDims.size() != 3
                || axesDims.stream().mapToInt(Integer::intValue).sum() != dim / nHeads) {
            throw new IllegalArgumentException("axes_dims: must be three numbers that sum to dim / n_heads "
                    + dim / nHeads + ", not " + Excerpt.listed(axesDims));
        }
        if (axesDims.stream().anyMatch(axis -> axis <= 0 || axis % 2 != 0)) {
            throw new IllegalArgumentException("axes_dims: must be positive even numbers, not " + axesDims);
        }
        if (axesLens.size() != 3 || axesLens.stream().anyMatch(length -> length < 1 || length > Bounds.TOKENS)) {
            throw new IllegalArgumentException("axes_lens: must be three numbers between 1 and " + Bounds.TOKENS
                    + ", not " + Excerpt.listed(axesLens));
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static ZImageTransformer2DConfig from(Config config) {
        requireSingle(config, "all_patch_size", PATCHES.side());
        requireSingle(config, "all_f_patch_size", PATCHES.frames());
        config.refuseUnless("qk_norm", Set.of("true"));
        config.refuseUnless("siglip_feat_dim", Set.of()); // Z-Image-Omni's, which see pictures too
        config.quantization();
        int heads = config.intOr("n_heads", 30);
        // diffusers gives every head keys and values of its own whatever n_kv_heads says; so only what says the same is
        // read.
        config.requireEqual("n_kv_heads", "n_heads", heads);
        ZImageTransformer2DConfig read = new ZImageTransformer2DConfig(
                config.intOr("in_channels", 16),
                config.intOr("dim", 3840),
                config.intOr("n_layers", 30),
                config.intOr("n_refiner_layers", 2),
                heads,
                config.doubleOr("norm_eps", 1e-5),
                config.intOr("cap_feat_dim", 2560),
                config.doubleOr("rope_theta", 256),
                config.doubleOr("t_scale", 1000),
                config.intsOr("axes_dims", List.of(32, 48, 48)),
                config.intsOr("axes_lens", List.of(1024, 512, 512)));
        config.account("ZImageTransformer2DModel", Set.of());
        return read;
    }

    private static void requireSingle(Config config, String key, int size) {
        List<Integer> sizes = config.intsOr(key, List.of(size));
        if (!sizes.equals(List.of(size))) {
            throw new IllegalArgumentException(key + ": must be [" + size + "], the one size that ZImagePipeline uses,"
                    + " not " + Excerpt.listed(sizes));
        }
    }

    /** The same with another number of layers. */
    public ZImageTransformer2DConfig withLayers(int layers) {
        return new ZImageTransformer2DConfig(
                inChannels,
                dim,
                layers,
                nRefinerLayers,
                nHeads,
                normEps,
                capFeatDim,
                ropeTheta,
                tScale,
                axesDims,
                axesLens);
    }

    /** The longest text that there are positions for, behind which an image has one; at most so many tokens. */
    public int textTokens(int most) {
        int filled = (axesLens.get(0) - 2) / MULTIPLE * MULTIPLE;
        return Math.max(1, Math.min(most, filled));
    }

    /** Heads and their width; the feed-forward's middle is {@link #mlpDim}. */
    BlockShape blockShape() {
        return new BlockShape(nHeads, dim / nHeads, mlpRatio());
    }

    /** Width of a feed-forward's middle, in widths of the transformer. */
    public double mlpRatio() {
        return 8 / 3.0;
    }

    /** Width of a feed-forward's middle, rounded as diffusers does. */
    int mlpDim() {
        return (int) (dim / 3.0 * 8);
    }

    /** Width of the vector that steers modulation. */
    int steeringDim() {
        return Math.min(dim, STEERING);
    }

    /** Values of an image token. */
    int tokenDim() {
        return inChannels * PATCHES.frames() * PATCHES.side() * PATCHES.side();
    }

    /** So many tokens, filled up. */
    static int filled(int tokens) {
        return Math.addExact(tokens, MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    }
}
