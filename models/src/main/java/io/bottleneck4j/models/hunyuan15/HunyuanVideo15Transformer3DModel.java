package io.bottleneck4j.models.hunyuan15;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.RotaryPositions;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;
import io.bottleneck4j.models.mmdit.TokenRefiner;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.models.mmdit.TokenVelocity;
import io.bottleneck4j.models.mmdit.TransformerBlocks;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;

/**
 * HunyuanVideo-1.5's transformer: predicts the velocity of video tokens under a text and the texts quoted in it. Source: diffusers
 * transformer_hunyuan_video15.py@0.42.1, HunyuanVideo15Transformer3DModel, as HunyuanVideo15Pipeline uses it: without a picture.
 *
 * <p>A picture to begin with would be further channels and tokens. Its channels are zeros here. Its tokens are masked in diffusers where
 * there is no picture, as padding is, so that they reach no token of the video; here there are none. Its layers are asked for, so that a
 * file must hold them, but not read. A golden file with padding tells whether this is so.
 *
 * <p>The batch is always 1. Weights are named as in the checkpoint.
 */
public final class HunyuanVideo15Transformer3DModel {
    /** Width between the layers of {@code context_embedder_2}. */
    static final int GLYPH_MIDDLE = 2048;

    private static final double EPS = 1e-5;
    /** Rows of {@code cond_type_embed}: Qwen's tokens, byT5's, a picture's. */
    private static final int KINDS = 3;

    private final HunyuanVideo15Config config;
    private final RotaryPositions positions;
    // Package-private, not private: tests compare layer by layer.
    final TimestepEmbedding timeEmbed;
    final TokenRefiner contextEmbedder;
    final TransformerBlocks blocks;
    private final LayerNorm glyphNorm;
    private final List<Linear> glyphLayers;
    private final Tensor condTypeEmbed; // [3, D]
    private final Linear xEmbedder;
    private final Linear projOut;

    public HunyuanVideo15Transformer3DModel(HunyuanVideo15Config config, Weights w) {
        this.config = config;
        int dim = config.innerDim();
        positions = new RotaryPositions(config.ropeAxesDim(), config.ropeTheta());
        Weights time = w.at("time_embed.timestep_embedder");
        timeEmbed = new TimestepEmbedding(
                Linear.of(time, "linear_1", 2 * TimestepEmbedding.FREQUENCIES, dim),
                Linear.of(time, "linear_2", dim, dim),
                1000);
        contextEmbedder = new TokenRefiner(
                w.at("context_embedder"),
                config.textEmbedDim(),
                dim,
                config.numAttentionHeads(),
                config.numRefinerLayers());
        Weights glyphs = w.at("context_embedder_2");
        glyphNorm = LayerNorm.of(glyphs, "norm", config.textEmbed2Dim(), EPS);
        glyphLayers = List.of(
                Linear.of(glyphs, "linear_1", config.textEmbed2Dim(), GLYPH_MIDDLE),
                Linear.of(glyphs, "linear_2", GLYPH_MIDDLE, GLYPH_MIDDLE),
                Linear.of(glyphs, "linear_3", GLYPH_MIDDLE, dim));
        condTypeEmbed = w.tensor("cond_type_embed.weight", KINDS, dim);
        askForPicture(w.unread().at("image_embedder"));
        int side = config.patchSize();
        xEmbedder = Linear.ofPatches(w, "x_embedder.proj", dim, config.inChannels(), config.patchSizeT(), side, side);
        blocks = new TransformerBlocks(w, config.blockShape(), config.numLayers(), 0);
        projOut = Linear.of(w, "proj_out", dim, config.patchOf(config.outChannels()));
    }

    private void askForPicture(Weights unread) {
        try (Scope scope = Scope.open()) {
            int states = config.imageEmbedDim();
            LayerNorm.of(unread, "norm_in", states, EPS);
            Linear.of(unread, "linear_1", states, states);
            Linear.of(unread, "linear_2", states, config.innerDim());
            LayerNorm.of(unread, "norm_out", config.innerDim(), EPS);
        }
    }

    public HunyuanVideo15Config config() {
        return config;
    }

    /**
     * Binds a text and the noise levels of a run: latents [C, F, h, w] and sigma in, velocity out. What depends on the text, the noise
     * level or the size alone is computed once. Close it after use.
     *
     * @param states Qwen's of the text, without padding [1, L, textEmbedDim], any type and device
     * @param glyphs byT5's of the texts quoted in it, without padding [1, Lg, textEmbed2Dim]; Lg is 0 where nothing is quoted
     * @param sigmas the noise levels in [0, 1] that it will be asked for
     */
    public BoundVelocity velocity(Tensor states, Tensor glyphs, List<Double> sigmas, DType dtype, Device device) {
        try (Scope scope = Scope.open()) {
            Conditioning bound = conditioning(
                            states.to(dtype).to(device), glyphs.to(dtype).to(device), sigmas)
                    .retain();
            return new TokenVelocity(config.patches(), dtype, device, bound(bound), bound::close);
        }
    }

    /** What the noise levels of a run and its texts, in the model's type, make of the model. It belongs to the present scope. */
    Conditioning conditioning(Tensor states, Tensor glyphs, List<Double> sigmas) {
        Tensor txt = scoped(() -> {
            Tensor refined = contextEmbedder.forward(states, sigmas).add(kind(0));
            if (glyphs.size(1) == 0) {
                return refined;
            }
            Tensor quoted = embedGlyphs(glyphs).add(kind(1));
            return Ops.cat(1, quoted.expand(refined.size(0), quoted.size(1), quoted.size(2)), refined);
        });
        return new Conditioning(txt, blocks.modulations(timeEmbed.forward(sigmas), sigmas));
    }

    private Tensor kind(int row) {
        return condTypeEmbed.select(0, row);
    }

    /** [1, Lg, textEmbed2Dim] → [1, Lg, D]. */
    Tensor embedGlyphs(Tensor glyphs) {
        return scoped(() -> {
            Tensor h = glyphLayers.get(0).forward(glyphNorm.forward(glyphs));
            h = glyphLayers.get(1).forward(Ops.gelu(h));
            return glyphLayers.get(2).forward(Ops.gelu(h));
        });
    }

    /** Patches [1, L, C · patch] → [1, L, D]; the channels after the latents' are zeros. */
    Tensor embedVideo(Tensor patches) {
        return scoped(() -> {
            int absent = config.patchOf(config.inChannels()) - config.patchOf(config.outChannels());
            Tensor zeros = Tensor.zeros(patches.dtype(), patches.device(), 1, patches.size(1), absent);
            return xEmbedder.forward(Ops.cat(2, patches, zeros));
        });
    }

    /** Of texts and noise levels, with which forwards can be made. */
    TokenTransformer bound(Conditioning conditioning) {
        int textTokens = conditioning.textTokens();
        return new TokenTransformer(
                this::embedVideo,
                conditioning::txt,
                textTokens,
                blocks,
                conditioning.modulations(),
                projOut::forward,
                (grid, reference) -> positions.rotations(textTokens, grid).to(xEmbedder.device()));
    }
}
