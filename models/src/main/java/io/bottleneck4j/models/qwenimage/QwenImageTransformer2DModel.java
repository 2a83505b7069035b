package io.bottleneck4j.models.qwenimage;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.BlockNames;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.models.mmdit.RotaryPositions;
import io.bottleneck4j.models.mmdit.RotaryPositions.Span;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.models.mmdit.TokenVelocity;
import io.bottleneck4j.models.mmdit.TransformerBlocks;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import io.bottleneck4j.torch.nn.RmsNorm;
import java.util.ArrayList;
import java.util.List;

/**
 * Qwen-Image's transformer: predicts the velocity of image tokens under a text. Source: diffusers transformer_qwenimage.py@0.42.1,
 * QwenImageTransformer2DModel, of text to image alone.
 *
 * <p>FLUX.1's double-stream blocks under other names, and no others; the noise level alone steers modulation. Rows and columns count from
 * the middle of the image, and the text goes on along the diagonal from behind its longer side. The batch is always 1. Weights are named
 * as in the checkpoint.
 */
public final class QwenImageTransformer2DModel {
    private static final double THETA = 10_000;
    private static final double TEXT_EPS = 1e-6;
    private static final BlockNames NAMES = new BlockNames("img_mod.1", "txt_mod.1", "img_mlp", "txt_mlp");

    private final QwenImageTransformer2DConfig config;
    private final RotaryPositions positions;
    private final RmsNorm txtNorm;
    private final Linear txtIn;
    // Package-private, not private: tests compare layer by layer.
    final TimestepEmbedding timestepEmbedder;
    final Linear imgIn;
    final TransformerBlocks blocks;
    private final Linear projOut;

    public QwenImageTransformer2DModel(QwenImageTransformer2DConfig config, Weights w) {
        this.config = config;
        int dim = config.innerDim();
        positions = new RotaryPositions(config.axesDimsRope(), THETA);
        timestepEmbedder = new TimestepEmbedding(w.at("time_text_embed.timestep_embedder"), dim);
        txtNorm = RmsNorm.of(w, "txt_norm", config.jointAttentionDim(), TEXT_EPS);
        txtIn = Linear.of(w, "txt_in", config.jointAttentionDim(), dim);
        imgIn = Linear.of(w, "img_in", config.inChannels(), dim);
        blocks = new TransformerBlocks(w, config.blockShape(), config.numLayers(), 0, NAMES);
        projOut = Linear.of(w, "proj_out", dim, config.inChannels());
    }

    public QwenImageTransformer2DConfig config() {
        return config;
    }

    /**
     * Binds a text and the noise levels of a run: latents [C, 1, h, w] and sigma in, velocity out. What depends on the text, the noise
     * level or the size alone is computed once. Close it after use.
     *
     * @param states of the text's tokens, without padding [1, L, jointAttentionDim], any type and device
     * @param sigmas the noise levels in [0, 1] that it will be asked for
     */
    public BoundVelocity velocity(Tensor states, List<Double> sigmas, DType dtype, Device device) {
        try (Scope scope = Scope.open()) {
            Conditioning bound =
                    conditioning(states.to(dtype).to(device), sigmas).retain();
            return new TokenVelocity(QwenImageTransformer2DConfig.PATCHES, dtype, device, bound(bound), bound::close);
        }
    }

    /**
     * What the noise levels of a run and its text make of the model. It belongs to the present scope.
     *
     * @param states [1, L, jointAttentionDim], in the model's type
     */
    Conditioning conditioning(Tensor states, List<Double> sigmas) {
        Tensor txt = scoped(() -> txtIn.forward(txtNorm.forward(states)));
        return new Conditioning(txt, blocks.modulations(timestepEmbedder.forward(sigmas), sigmas));
    }

    /** Of text and noise levels, with which forwards can be made. */
    TokenTransformer bound(Conditioning conditioning) {
        int textTokens = conditioning.textTokens();
        return new TokenTransformer(
                imgIn::forward,
                sigma -> conditioning.txt(),
                textTokens,
                blocks,
                conditioning.modulations(),
                projOut::forward,
                (grid, reference) -> rotations(textTokens, grid));
    }

    /** Positions of a text and the image behind it [Lt + Li, 1, Dh / 2]. */
    Tensor rotations(int textTokens, LatentPatches.Grid grid) {
        List<Span> spans = new ArrayList<>(Span.diagonal(Math.max(grid.rows(), grid.columns()) / 2, textTokens));
        spans.add(Span.centred(grid));
        return positions.rotations(spans).to(imgIn.device());
    }
}
