package io.bottleneck4j.models.hunyuan;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.models.mmdit.RotaryPositions;
import io.bottleneck4j.models.mmdit.TimeTextEmbed;
import io.bottleneck4j.models.mmdit.TokenRefiner;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.models.mmdit.TransformerBlocks;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;

/**
 * HunyuanVideo's transformer: predicts the velocity of video tokens under a text. Source: diffusers
 * transformer_hunyuan_video.py@0.42.1, HunyuanVideoTransformer3DModel.
 *
 * <p>Text and video are embedded, run through {@link TransformerBlocks}, and the video is projected back to patches. The batch is always
 * 1. Weights are named as in the checkpoint.
 *
 * <p>The text is given without its padding. diffusers masks padding wherever tokens attend to others, the video's among them, and leaves
 * it out of the mean that steers the refiner, so its states reach no token of the video. Without it there is nothing to mask, and less
 * to compute. A golden file with padding tells whether this is so.
 */
public final class HunyuanVideoTransformer3DModel {
    private final HunyuanVideoConfig config;
    private final RotaryPositions positions;
    // Package-private, not private: tests compare layer by layer.
    final TimeTextEmbed timeTextEmbed;
    final TokenRefiner contextEmbedder;
    final Linear xEmbedder;
    final TransformerBlocks blocks;
    private final Linear projOut;

    public HunyuanVideoTransformer3DModel(HunyuanVideoConfig config, Weights w) {
        this.config = config;
        int dim = config.innerDim();
        int side = config.patchSize();
        int frames = config.patchSizeT();
        positions = new RotaryPositions(config.ropeAxesDim(), config.ropeTheta());
        timeTextEmbed =
                new TimeTextEmbed(w.at("time_text_embed"), config.pooledProjectionDim(), dim, config.guidanceEmbeds());
        contextEmbedder = new TokenRefiner(
                w.at("context_embedder"),
                config.textEmbedDim(),
                dim,
                config.numAttentionHeads(),
                config.numRefinerLayers());
        xEmbedder = Linear.ofPatches(w, "x_embedder.proj", dim, config.inChannels(), frames, side, side);
        blocks = new TransformerBlocks(
                w,
                new BlockShape(config.numAttentionHeads(), config.attentionHeadDim(), config.mlpRatio()),
                config.numLayers(),
                config.numSingleLayers());
        projOut = Linear.of(w, "proj_out", dim, config.outChannels() * frames * side * side);
    }

    public HunyuanVideoConfig config() {
        return config;
    }

    /** What latents are cut into. */
    LatentPatches patches() {
        return new LatentPatches(config.patchSizeT(), config.patchSize());
    }

    /** Positions of a text of this many tokens before a video of so many, for {@link #forward}. */
    public Tensor rotations(int textTokens, LatentPatches.Grid video) {
        return positions.rotations(textTokens, video).to(xEmbedder.device());
    }

    /**
     * What the noise levels of a run, its text and guidance make of the model: computed once, before the first forward. It belongs
     * to the present scope.
     *
     * @param encoderHiddenStates Llama states [1, Lt, textEmbedDim] without padding, in the model's type
     * @param pooledProjections CLIP vector [1, pooledProjectionDim]
     * @param guidance embedded guidance; ignored by models without it
     * @param sigmas the noise levels in [0, 1] that forwards will be made at
     */
    public Conditioning conditioning(
            Tensor encoderHiddenStates, Tensor pooledProjections, double guidance, List<Double> sigmas) {
        Tensor temb = timeTextEmbed.forward(sigmas, guidance, pooledProjections);
        return new Conditioning(contextEmbedder.forward(encoderHiddenStates, sigmas), blocks.modulations(temb, sigmas));
    }

    /**
     * The velocity of video tokens [1, Lv, patch].
     *
     * @param patches values of each patch [1, Lv, patch], ordered by channel, frame, row and column, in the model's type
     * @param conditioning from {@link #conditioning}
     * @param sigma noise level, one of the conditioning's
     * @param rotations from {@link #rotations}
     */
    public Tensor forward(Tensor patches, Conditioning conditioning, double sigma, Tensor rotations) {
        return scoped(() -> bound(conditioning).velocity(patches, sigma, Attending.by(rotations)));
    }

    /** This transformer with its text, guidance and noise levels bound. */
    TokenTransformer bound(Conditioning conditioning) {
        return new TokenTransformer(
                xEmbedder::forward,
                conditioning::txt,
                conditioning.textTokens(),
                blocks,
                conditioning.modulations(),
                projOut::forward,
                (grid, reference) -> positions
                        .rotations(conditioning.textTokens(), grid, reference)
                        .to(xEmbedder.device()));
    }
}
