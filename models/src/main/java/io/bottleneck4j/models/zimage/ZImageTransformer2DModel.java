package io.bottleneck4j.models.zimage;

import static io.bottleneck4j.models.zimage.ZImageTransformer2DConfig.filled;
import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.models.mmdit.RotaryPositions;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.models.mmdit.TokenVelocity;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import io.bottleneck4j.torch.nn.RmsNorm;
import java.util.ArrayList;
import java.util.List;

/**
 * Z-Image's transformer: predicts the velocity of image tokens under a text. Source: diffusers transformer_z_image.py@0.42.1,
 * ZImageTransformer2DModel, without what Z-Image-Omni has beside.
 *
 * <p>Text and image are each filled up to a multiple of 32 tokens with a learnt one, which is attended to as all are, and refined alone; then
 * both run through the same layers. The text's refiner does not know the noise level, so it runs once. The batch is always 1. Weights are
 * named as in the checkpoint.
 *
 * <p>Where diffusers' pipeline turns the result's sign, this class does. Time here is the noise level, as everywhere in this library: the
 * checkpoint's own time is 1 minus it.
 */
public final class ZImageTransformer2DModel {
    static final int TIME_MIDDLE = 1024;

    private final ZImageTransformer2DConfig config;
    private final RotaryPositions positions;
    // Package-private, not private: tests compare layer by layer.
    final TimestepEmbedding tEmbedder;
    final Linear xEmbedder;
    final List<Part<ZImageBlock>> contextRefiner;
    final ZImageTrunk trunk;
    private final RmsNorm capNorm;
    private final Linear capEmbedder;
    private final Tensor xPadToken; // [1, D]
    private final Tensor capPadToken; // [1, D]
    private final Linear finalLayer;

    public ZImageTransformer2DModel(ZImageTransformer2DConfig config, Weights w) {
        this.config = config;
        int dim = config.dim();
        positions = new RotaryPositions(config.axesDims(), config.ropeTheta());
        tEmbedder = new TimestepEmbedding(
                Linear.of(w, "t_embedder.mlp.0", 2 * TimestepEmbedding.FREQUENCIES, TIME_MIDDLE),
                Linear.of(w, "t_embedder.mlp.2", TIME_MIDDLE, config.steeringDim()),
                config.tScale());
        xEmbedder = Linear.of(w, "all_x_embedder.2-1", config.tokenDim(), dim);
        capNorm = RmsNorm.of(w, "cap_embedder.0", config.capFeatDim(), config.normEps());
        capEmbedder = Linear.of(w, "cap_embedder.1", config.capFeatDim(), dim);
        xPadToken = w.tensor("x_pad_token", 1, dim);
        capPadToken = w.tensor("cap_pad_token", 1, dim);
        contextRefiner = ZImageTrunk.blocks(config, w, "context_refiner", config.nRefinerLayers());
        trunk = new ZImageTrunk(config, w);
        finalLayer = Linear.of(w, "all_final_layer.2-1.linear", dim, config.tokenDim());
    }

    public ZImageTransformer2DConfig config() {
        return config;
    }

    /**
     * Binds a text and the noise levels of a run: latents [C, 1, h, w] and sigma in, velocity out. What depends on the text, the noise
     * level or the size alone is computed once. Close it after use.
     *
     * @param states of the text's tokens, without padding [1, L, capFeatDim], any type and device
     * @param sigmas the noise levels in [0, 1] that it will be asked for
     * @throws IllegalArgumentException if the text is longer than the positions that the model has; of the velocity, if the latents are
     */
    public BoundVelocity velocity(Tensor states, List<Double> sigmas, DType dtype, Device device) {
        try (Scope scope = Scope.open()) {
            Conditioning bound =
                    conditioning(states.to(dtype).to(device), sigmas).retain();
            return new TokenVelocity(ZImageTransformer2DConfig.PATCHES, dtype, device, bound(bound), bound::close);
        }
    }

    /**
     * What the noise levels of a run and its text make of the model. It belongs to the present scope.
     *
     * @param states [1, L, capFeatDim], in the model's type
     */
    Conditioning conditioning(Tensor states, List<Double> sigmas) {
        Tensor txt = scoped(() -> {
            Tensor x = embedText(states);
            Attending attending = Attending.by(rotations(text(x.size(1))));
            for (Part<ZImageBlock> block : contextRefiner) {
                x = ZImageTrunk.through(block, x, null, attending);
            }
            return x;
        });
        Tensor steering = tEmbedder.forward(sigmas.stream().map(s -> 1 - s).toList());
        return new Conditioning(txt, trunk.modulations(steering, sigmas));
    }

    /** The text before its refiner, filled up [1, Lt, D]. */
    Tensor embedText(Tensor states) {
        return scoped(() -> filledUp(capEmbedder.forward(capNorm.forward(states)), capPadToken));
    }

    /** Image tokens [1, L, patch] before their refiner, filled up [1, Li, D]. */
    Tensor embedImage(Tensor tokens) {
        return scoped(() -> filledUp(xEmbedder.forward(tokens), xPadToken));
    }

    private static Tensor filledUp(Tensor x, Tensor pad) {
        long missing = filled(Math.toIntExact(x.size(1))) - x.size(1);
        return missing == 0 ? x : Ops.cat(1, x, pad.expand(1, missing, pad.size(1)));
    }

    /** Of text and noise levels, with which forwards can be made. */
    TokenTransformer bound(Conditioning conditioning) {
        int textTokens = Math.toIntExact(conditioning.txt().size(1));
        return new TokenTransformer(
                this::embedImage,
                sigma -> conditioning.txt(),
                textTokens,
                trunk,
                conditioning.modulations(),
                normed -> finalLayer.forward(normed).mul(-1),
                (grid, reference) -> rotations(textTokens, grid));
    }

    /** Positions of a text and the image behind it, both filled up [Lt + Li, 1, Dh / 2]. */
    Tensor rotations(int textTokens, LatentPatches.Grid grid) {
        List<RotaryPositions.Span> spans = new ArrayList<>(text(textTokens));
        require("rows", grid.rows(), config.axesLens().get(1));
        require("columns", grid.columns(), config.axesLens().get(2));
        require("positions of text and image", textTokens + 2, config.axesLens().get(0));
        spans.add(new RotaryPositions.Span(textTokens + 1, grid));
        spans.addAll(RotaryPositions.Span.origin(filled(grid.tokens()) - grid.tokens()));
        return rotations(spans);
    }

    /** A text's tokens count from 1; its padding counts on. */
    private List<RotaryPositions.Span> text(long tokens) {
        int count = Math.toIntExact(tokens);
        require("positions of the text", count + 1, config.axesLens().get(0));
        return List.of(new RotaryPositions.Span(1, new LatentPatches.Grid(count, 1, 1)));
    }

    private Tensor rotations(List<RotaryPositions.Span> spans) {
        return positions.rotations(spans).to(xEmbedder.device());
    }

    private static void require(String what, int count, int most) {
        if (count > most) {
            throw new IllegalArgumentException(what + ": must be at most " + most + ", which axes_lens of the"
                    + " transformer's config.json says, not " + count + "; use a smaller picture or a shorter text");
        }
    }
}
