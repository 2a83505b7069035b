package io.bottleneck4j.models.flux;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.models.mmdit.RotaryPositions;
import io.bottleneck4j.models.mmdit.TimeTextEmbed;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.models.mmdit.TransformerBlocks;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;

/**
 * FLUX.1's transformer: predicts the velocity of image tokens under a text. Source: diffusers transformer_flux.py@0.42.1,
 * FluxTransformer2DModel.
 *
 * <p>Text and image are embedded, run through {@link TransformerBlocks}, and the image is projected back to token width. The batch is
 * always 1. Weights are named as in the checkpoint.
 */
public final class FluxTransformer2DModel {
    private static final double THETA = 10_000;
    private static final double MLP_RATIO = 4;

    private final FluxConfig config;
    private final RotaryPositions positions;
    // Package-private, not private: tests compare layer by layer.
    final TimeTextEmbed timeTextEmbed;
    final Linear contextEmbedder;
    final Linear xEmbedder;
    final TransformerBlocks blocks;
    private final Linear projOut;

    public FluxTransformer2DModel(FluxConfig config, Weights w) {
        this.config = config;
        int dim = config.innerDim();
        positions = new RotaryPositions(config.axesDimsRope(), THETA);
        timeTextEmbed =
                new TimeTextEmbed(w.at("time_text_embed"), config.pooledProjectionDim(), dim, config.guidanceEmbeds());
        contextEmbedder = Linear.of(w, "context_embedder", config.jointAttentionDim(), dim);
        xEmbedder = Linear.of(w, "x_embedder", config.inChannels(), dim);
        blocks = new TransformerBlocks(
                w,
                new BlockShape(config.numAttentionHeads(), config.attentionHeadDim(), MLP_RATIO),
                config.numLayers(),
                config.numSingleLayers());
        projOut = Linear.of(w, "proj_out", dim, config.outChannels());
    }

    public FluxConfig config() {
        return config;
    }

    /** Positions of a text of this many tokens before an image of rows × columns tokens, for {@link #forward}. */
    public Tensor rotations(int textTokens, int rows, int columns) {
        return positions
                .rotations(textTokens, new LatentPatches.Grid(1, rows, columns))
                .to(xEmbedder.device());
    }

    /**
     * What the noise levels of a run, its text and guidance make of the model: computed once, before the first forward. It belongs
     * to the present scope.
     *
     * @param encoderHiddenStates T5 states [1, Lt, jointAttentionDim], in the model's type
     * @param pooledProjections CLIP vector [1, pooledProjectionDim]
     * @param guidance embedded guidance; ignored by models without it
     * @param sigmas the noise levels in [0, 1] that forwards will be made at
     */
    public Conditioning conditioning(
            Tensor encoderHiddenStates, Tensor pooledProjections, double guidance, List<Double> sigmas) {
        Tensor txt = contextEmbedder.forward(encoderHiddenStates);
        Tensor temb = timeTextEmbed.forward(sigmas, guidance, pooledProjections);
        return new Conditioning(txt, blocks.modulations(temb, sigmas));
    }

    /**
     * The velocity [1, Li, inChannels] of image tokens.
     *
     * @param hiddenStates image tokens [1, Li, inChannels], in the model's type
     * @param conditioning from {@link #conditioning}
     * @param sigma noise level, one of the conditioning's
     * @param rotations from {@link #rotations}
     */
    public Tensor forward(Tensor hiddenStates, Conditioning conditioning, double sigma, Tensor rotations) {
        return scoped(() -> bound(conditioning).velocity(hiddenStates, sigma, Attending.by(rotations)));
    }

    /** This transformer with its text, guidance and noise levels bound. */
    TokenTransformer bound(Conditioning conditioning) {
        int textTokens = Math.toIntExact(conditioning.txt().size(1));
        return new TokenTransformer(
                xEmbedder::forward,
                sigma -> conditioning.txt(),
                textTokens,
                blocks,
                conditioning.modulations(),
                projOut::forward,
                (grid, reference) ->
                        positions.rotations(textTokens, grid, reference).to(xEmbedder.device()));
    }
}
