package io.bottleneck4j.models.hunyuan15;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of a HunyuanVideo15Transformer3DModel, in the words of its config.json. Source: diffusers
 * transformer_hunyuan_video15.py@0.42.1.
 *
 * @param outChannels channels C of the latents; {@code in_channels} is 2 C + 1, see {@link #inChannels}
 * @param numLayers double-stream blocks ({@code transformer_blocks})
 * @param numRefinerLayers blocks that refine Qwen's states before the first of those
 * @param mlpRatio width of a feed-forward layer's middle, in widths of the transformer
 * @param patchSize cells along one side of the square that makes a video token
 * @param patchSizeT latent frames that make one
 * @param textEmbedDim width of Qwen's states
 * @param textEmbed2Dim width of byT5's states
 * @param imageEmbedDim width of the states of a picture, of which a text has none
 * @param ropeTheta base of the rotary frequencies
 * @param ropeAxesDim how a head's dimensions are shared among the position axes: frame, row, column
 * @param targetSize pixels of the side of a square as large as the videos it was trained for: 640 for 480p, 960 for 720p
 */
public record HunyuanVideo15Config(
        int outChannels,
        int numAttentionHeads,
        int attentionHeadDim,
        int numLayers,
        int numRefinerLayers,
        double mlpRatio,
        int patchSize,
        int patchSizeT,
        int textEmbedDim,
        int textEmbed2Dim,
        int imageEmbedDim,
        double ropeTheta,
        List<Integer> ropeAxesDim,
        int targetSize) {

    public HunyuanVideo15Config {
        ropeAxesDim = List.copyOf(ropeAxesDim);
        Bounds.positive("out_channels", outChannels, Bounds.WIDTH);
        Bounds.positive("num_attention_heads", numAttentionHeads, Bounds.HEADS);
        Bounds.positive("attention_head_dim", attentionHeadDim, Bounds.HEAD_DIM);
        Bounds.positive("num_layers", numLayers, Bounds.LAYERS);
        if (numRefinerLayers < 0) {
            throw new IllegalArgumentException("num_refiner_layers: must be at least 0, not " + numRefinerLayers);
        }
        Bounds.atMost("num_refiner_layers", numRefinerLayers, Bounds.LAYERS);
        Bounds.positive("mlp_ratio", mlpRatio);
        if (mlpRatio > 256) {
            throw new IllegalArgumentException("mlp_ratio: must be at most 256, not " + mlpRatio);
        }
        Bounds.positive("patch_size", patchSize, 256);
        Bounds.positive("patch_size_t", patchSizeT, 256);
        Bounds.positive("text_embed_dim", textEmbedDim, Bounds.WIDTH);
        Bounds.positive("text_embed_2_dim", textEmbed2Dim, Bounds.WIDTH);
        Bounds.positive("image_embed_dim", imageEmbedDim, Bounds.WIDTH);
        Bounds.positive("rope_theta", ropeTheta);
        if (ropeAxesDim.size() != 3
                || ropeAxesDim.stream().mapToInt(Integer::intValue).sum() != attentionHeadDim
                || ropeAxesDim.stream().anyMatch(axis -> axis <= 0 || axis % 2 != 0)) {
            throw new IllegalArgumentException("rope_axes_dim: must be three positive even numbers that sum to"
                    + " attention_head_dim " + attentionHeadDim + ", not " + Excerpt.listed(ropeAxesDim));
        }
        Bounds.positive("target_size", targetSize, 1 << 14);
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static HunyuanVideo15Config from(Config config) {
        config.refuseUnless("qk_norm", Set.of("rms_norm"));
        config.refuseUnless("use_meanflow", Set.of("false")); // of models that see a second noise level
        // What a pipeline gives the model beside the text; the pipeline here gives nothing, whatever this says.
        config.refuseUnless("task_type", Set.of("t2v", "i2v"));
        config.quantization();
        HunyuanVideo15Config read = new HunyuanVideo15Config(
                config.intOr("out_channels", 32),
                config.intOr("num_attention_heads", 16),
                config.intOr("attention_head_dim", 128),
                config.intOr("num_layers", 54),
                config.intOr("num_refiner_layers", 2),
                config.doubleOr("mlp_ratio", 4),
                config.intOr("patch_size", 1),
                config.intOr("patch_size_t", 1),
                config.intOr("text_embed_dim", 3584),
                config.intOr("text_embed_2_dim", 1472),
                config.intOr("image_embed_dim", 1152),
                config.doubleOr("rope_theta", 256),
                config.intsOr("rope_axes_dim", List.of(16, 56, 56)),
                config.intOr("target_size", 640));
        int in = config.intOr("in_channels", 65);
        if (in != read.inChannels()) {
            throw new IllegalArgumentException("in_channels: must be " + read.inChannels() + ", twice out_channels "
                    + read.outChannels() + " and a mask, as text-to-video has it, not " + in);
        }
        if (read.patchSizeT() != 1) {
            throw new IllegalArgumentException(
                    "patch_size_t: must be 1, since videos have any number of latent frames, not " + read.patchSizeT());
        }
        config.account("HunyuanVideo15Transformer3DModel", Set.of());
        return read;
    }

    /** The same with another number of blocks. */
    public HunyuanVideo15Config withLayers(int layers) {
        return new HunyuanVideo15Config(
                outChannels,
                numAttentionHeads,
                attentionHeadDim,
                layers,
                numRefinerLayers,
                mlpRatio,
                patchSize,
                patchSizeT,
                textEmbedDim,
                textEmbed2Dim,
                imageEmbedDim,
                ropeTheta,
                ropeAxesDim,
                targetSize);
    }

    /** Pixels of a video's sides. */
    public record Size(int width, int height) {}

    /**
     * Sides of whole cells, as near to 16:9 as a video as large as {@link #targetSize} can have, and not wider. Source: diffusers
     * hunyuan_video1_5/image_processor.py@0.42.1, calculate_default_height_width.
     *
     * @param cell pixels of a cell's side
     */
    public Size defaultSize(int cell) {
        int most = (int) Math.rint(Math.pow((double) targetSize / cell, 2));
        Size best = new Size(cell, cell);
        double nearest = Double.POSITIVE_INFINITY;
        int rows = most;
        for (int columns = 1; rows > 0; ) {
            double beyond = Math.rint(1e5 * rows / columns) / 1e5 - 9.0 / 16;
            if (beyond >= 0 && beyond < nearest) {
                nearest = beyond;
                best = new Size(columns * cell, rows * cell);
            }
            if ((columns + 1L) * rows <= most) {
                columns++;
            } else {
                rows--;
            }
        }
        return best;
    }

    /** Channels the transformer sees: the latents, those of a picture to begin with, and where that is. */
    public int inChannels() {
        return 2 * outChannels + 1;
    }

    /** Heads, their width, and that of a feed-forward's middle. */
    BlockShape blockShape() {
        return new BlockShape(numAttentionHeads, attentionHeadDim, mlpRatio);
    }

    /** Width D of the transformer. */
    public int innerDim() {
        return numAttentionHeads * attentionHeadDim;
    }

    /** What latents are cut into. */
    LatentPatches patches() {
        return new LatentPatches(patchSizeT, patchSize);
    }

    /** Values of a patch, in so many channels. */
    int patchOf(int channels) {
        return channels * patchSizeT * patchSize * patchSize;
    }
}
