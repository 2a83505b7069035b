package io.bottleneck4j.models.wan;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of a WanTransformer3DModel that makes videos of text, in the words of its config.json. Source: diffusers
 * transformer_wan.py@0.42.1.
 *
 * @param numAttentionHeads heads of both attentions
 * @param attentionHeadDim width of a head
 * @param inChannels channels of the latents, in and out
 * @param textDim width of the text's states
 * @param ffnDim width of a feed-forward's middle
 * @param numLayers blocks
 * @param crossAttnNorm whether a learnt normalisation precedes the attention to the text
 * @param eps added to the variances and mean squares of all norms
 * @param ropeMaxSeqLen positions that frames, rows and columns have each
 */
public record WanTransformer3DConfig(
        int numAttentionHeads,
        int attentionHeadDim,
        int inChannels,
        int textDim,
        int ffnDim,
        int numLayers,
        boolean crossAttnNorm,
        double eps,
        int ropeMaxSeqLen) {

    /** A token is 2 × 2 cells of one frame. */
    static final LatentPatches PATCHES = new LatentPatches(1, 2);

    static final double THETA = 10_000;

    public WanTransformer3DConfig {
        Bounds.positive("num_attention_heads", numAttentionHeads, Bounds.HEADS);
        Bounds.positive("attention_head_dim", attentionHeadDim, Bounds.HEAD_DIM);
        Bounds.atMost(
                "num_attention_heads * attention_head_dim",
                Math.multiplyExact(numAttentionHeads, attentionHeadDim),
                Bounds.WIDTH);
        Bounds.positive("in_channels", inChannels, Bounds.WIDTH);
        Bounds.positive("text_dim", textDim, Bounds.WIDTH);
        Bounds.positive("ffn_dim", ffnDim, 4 * Bounds.WIDTH);
        Bounds.positive("num_layers", numLayers, Bounds.LAYERS);
        Bounds.epsilon("eps", eps);
        Bounds.positive("rope_max_seq_len", ropeMaxSeqLen, Bounds.TOKENS);
        if (attentionHeadDim % 2 != 0 || attentionHeadDim < 6) {
            throw new IllegalArgumentException("attention_head_dim: must be an even number of at least 6, which frame,"
                    + " row and column share, not " + attentionHeadDim);
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static WanTransformer3DConfig from(Config config) {
        List<Integer> own = List.of(PATCHES.frames(), PATCHES.side(), PATCHES.side());
        List<Integer> patch = config.intsOr("patch_size", own);
        if (!patch.equals(own)) {
            throw new IllegalArgumentException(
                    "patch_size: must be [1, 2, 2], as in all published models, not " + Excerpt.listed(patch));
        }
        config.refuseUnless("qk_norm", Set.of("rms_norm_across_heads"));
        config.refuseUnless("freq_dim", Set.of(String.valueOf(2 * TimestepEmbedding.FREQUENCIES)));
        config.refuseUnless("image_dim", Set.of()); // of image-to-video, as the next two
        config.refuseUnless("added_kv_proj_dim", Set.of());
        config.refuseUnless("pos_embed_seq_len", Set.of());
        config.quantization();
        int channels = config.intOr("in_channels", 16);
        int out = config.intOr("out_channels", 16);
        if (out != 0 && out != channels) { // Python takes 0 for as many
            throw new IllegalArgumentException("in_channels: must be out_channels " + out + ", not " + channels
                    + ", which see a picture beside the latents; take a model of text-to-video");
        }
        WanTransformer3DConfig read = new WanTransformer3DConfig(
                config.intOr("num_attention_heads", 40),
                config.intOr("attention_head_dim", 128),
                channels,
                config.intOr("text_dim", 4096),
                config.intOr("ffn_dim", 13824),
                config.intOr("num_layers", 40),
                config.booleanOr("cross_attn_norm", true),
                config.doubleOr("eps", 1e-6),
                config.intOr("rope_max_seq_len", 1024));
        config.account("WanTransformer3DModel", Set.of());
        return read;
    }

    /** The same with another number of layers. */
    public WanTransformer3DConfig withLayers(int layers) {
        return new WanTransformer3DConfig(
                numAttentionHeads,
                attentionHeadDim,
                inChannels,
                textDim,
                ffnDim,
                layers,
                crossAttnNorm,
                eps,
                ropeMaxSeqLen);
    }

    /** Width D. */
    public int innerDim() {
        return numAttentionHeads * attentionHeadDim;
    }

    /** Width of a feed-forward's middle, in widths of the transformer; half a value more, since that is rounded down. */
    public double mlpRatio() {
        return (ffnDim + 0.5) / innerDim();
    }

    BlockShape blockShape() {
        return new BlockShape(numAttentionHeads, attentionHeadDim, mlpRatio());
    }

    /** How a head's dimensions are shared among frame, row and column. */
    List<Integer> axesDims() {
        int side = 2 * (attentionHeadDim / 6);
        return List.of(attentionHeadDim - 2 * side, side, side);
    }

    /** Values of a token. */
    int tokenDim() {
        return inChannels * PATCHES.frames() * PATCHES.side() * PATCHES.side();
    }
}
