package io.bottleneck4j.models.wan;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.models.mmdit.ModulationTable;
import io.bottleneck4j.models.mmdit.RotaryPositions;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.models.mmdit.TokenVelocity;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;

/**
 * Wan's transformer of text-to-video: predicts the velocity of a video's tokens under a text. Source: diffusers transformer_wan.py@0.42.1,
 * WanTransformer3DModel.
 *
 * <p>The text is not among the tokens: each block attends to it apart. The 5B model of Wan 2.2 is given a noise level for each token, which
 * of text alone are the same; so one is computed. The batch is always 1. Weights are named as in the checkpoint.
 */
public final class WanTransformer3DModel {
    private static final int THOUSAND = 1000;

    private final WanTransformer3DConfig config;
    private final RotaryPositions positions;
    // Package-private, not private: tests compare layer by layer.
    final Linear patchEmbedding;
    final TimestepEmbedding timeEmbedder;
    final WanTrunk trunk;
    private final Linear timeProj;
    private final Linear text1;
    private final Linear text2;
    private final Linear projOut;

    public WanTransformer3DModel(WanTransformer3DConfig config, Weights w) {
        this.config = config;
        int dim = config.innerDim();
        int side = WanTransformer3DConfig.PATCHES.side();
        positions = new RotaryPositions(config.axesDims(), WanTransformer3DConfig.THETA);
        patchEmbedding = Linear.ofPatches(w, "patch_embedding", dim, config.inChannels(), 1, side, side);
        Weights condition = w.at("condition_embedder");
        timeEmbedder = new TimestepEmbedding(
                Linear.of(condition, "time_embedder.linear_1", 2 * TimestepEmbedding.FREQUENCIES, dim),
                Linear.of(condition, "time_embedder.linear_2", dim, dim),
                THOUSAND);
        timeProj = Linear.of(condition, "time_proj", dim, WanBlock.ROWS * dim);
        text1 = Linear.of(condition, "text_embedder.linear_1", config.textDim(), dim);
        text2 = Linear.of(condition, "text_embedder.linear_2", dim, dim);
        trunk = new WanTrunk(config, w);
        projOut = Linear.of(w, "proj_out", dim, config.tokenDim());
    }

    public WanTransformer3DConfig config() {
        return config;
    }

    /**
     * Binds a text and the noise levels of a run: latents [C, F, h, w] and sigma in, velocity out. What depends on the text, the noise level
     * or the size alone is computed once. Close it after use.
     *
     * @param states of the text, zeros for padding [1, L, textDim], any type and device
     * @param sigmas the noise levels in [0, 1] that it will be asked for
     */
    public BoundVelocity velocity(Tensor states, List<Double> sigmas, DType dtype, Device device) {
        try (Scope scope = Scope.open()) {
            Conditioning bound =
                    conditioning(states.to(dtype).to(device), sigmas).retain();
            return new TokenVelocity(WanTransformer3DConfig.PATCHES, dtype, device, bound(bound), bound::close);
        }
    }

    /** What the noise levels of a run and its text make of the model. It belongs to the present scope. */
    Conditioning conditioning(Tensor states, List<Double> sigmas) {
        Tensor txt = scoped(() -> text2.forward(text1.forwardGeluTanh(states)));
        Tensor rows = scoped(() -> {
            Tensor embedded = timeEmbedder.forward(sigmas);
            Tensor blocks = timeProj.forward(Ops.silu(embedded)).view(sigmas.size(), WanBlock.ROWS, -1);
            return Ops.cat(1, blocks, embedded.unsqueeze(1));
        });
        return new Conditioning(txt, new ModulationTable(rows, sigmas));
    }

    /** Of text and noise levels, with which forwards can be made. */
    TokenTransformer bound(Conditioning conditioning) {
        return new TokenTransformer(
                patchEmbedding::forward,
                sigma -> conditioning.txt(),
                0,
                trunk,
                conditioning.modulations(),
                this::project,
                (grid, reference) -> rotations(grid));
    }

    /** Normalised tokens → velocities, whose values the checkpoint has by row, column and channel: here by channel first. */
    private Tensor project(Tensor normed) {
        return scoped(() -> {
            Tensor values = projOut.forward(normed);
            return values.view(1, values.size(1), -1, config.inChannels())
                    .transpose(2, 3)
                    .reshape(values.shape());
        });
    }

    /** Positions of a video's tokens [L, 1, Dh / 2]. */
    Tensor rotations(LatentPatches.Grid grid) {
        int longest = Math.max(grid.frames(), Math.max(grid.rows(), grid.columns()));
        if (longest > config.ropeMaxSeqLen()) {
            throw new IllegalArgumentException("tokens: frames, rows and columns must be at most rope_max_seq_len "
                    + config.ropeMaxSeqLen() + " of the transformer's config.json each, not " + longest
                    + "; use a smaller or shorter video");
        }
        return positions.rotations(0, grid).to(patchEmbedding.device());
    }
}
