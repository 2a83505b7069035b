package io.bottleneck4j.models.flux2;

import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.models.mmdit.RotaryPositions;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;
import io.bottleneck4j.models.mmdit.TokenTransformer;
import io.bottleneck4j.models.mmdit.TokenVelocity;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * FLUX.2's transformer: predicts the velocity of image tokens under a text. Source: diffusers transformer_flux2.py@0.42.1,
 * Flux2Transformer2DModel, without pictures to look at.
 *
 * <p>Of FLUX.1's design, with modulation that all blocks share, gated feed-forwards and no biases. Every token of the text has a position
 * of its own, and padding counts as text. The batch is always 1. Weights are named as in the checkpoint.
 */
public final class Flux2Transformer2DModel {
    private static final double TIME_SCALE = 1000;

    private final Flux2Transformer2DConfig config;
    private final RotaryPositions positions;
    private final @Nullable TimestepEmbedding guidanceEmbedder;
    // Package-private, not private: tests compare layer by layer.
    final TimestepEmbedding timestepEmbedder;
    final Linear contextEmbedder;
    final Linear xEmbedder;
    final Flux2Trunk trunk;
    private final Linear projOut;

    public Flux2Transformer2DModel(Flux2Transformer2DConfig config, Weights w) {
        this.config = config;
        int dim = config.innerDim();
        positions = new RotaryPositions(config.axesDimsRope(), config.ropeTheta());
        Weights embed = w.at("time_guidance_embed");
        timestepEmbedder = embedder(embed.at("timestep_embedder"), dim);
        guidanceEmbedder = config.guidanceEmbeds() ? embedder(embed.at("guidance_embedder"), dim) : null;
        contextEmbedder = Linear.withoutBias(w, "context_embedder", config.jointAttentionDim(), dim);
        xEmbedder = Linear.withoutBias(w, "x_embedder", config.inChannels(), dim);
        trunk = new Flux2Trunk(config, w);
        projOut = Linear.withoutBias(w, "proj_out", dim, config.inChannels());
    }

    private static TimestepEmbedding embedder(Weights w, int dim) {
        return new TimestepEmbedding(
                Linear.withoutBias(w, "linear_1", 2 * TimestepEmbedding.FREQUENCIES, dim),
                Linear.withoutBias(w, "linear_2", dim, dim),
                TIME_SCALE);
    }

    public Flux2Transformer2DConfig config() {
        return config;
    }

    /**
     * Binds a text, guidance and the noise levels of a run: latents [C, 1, h, w] and sigma in, velocity out. What depends on the text, the
     * noise level or the size alone is computed once. Close it after use.
     *
     * @param states of the text's tokens, padding included [1, L, jointAttentionDim], any type and device
     * @param guidance embedded guidance, ignored by models without it; empty for a noise level alone, as klein's pipeline has it
     * @param sigmas the noise levels in [0, 1] that it will be asked for
     */
    public BoundVelocity velocity(
            Tensor states, OptionalDouble guidance, List<Double> sigmas, DType dtype, Device device) {
        try (Scope scope = Scope.open()) {
            Conditioning bound =
                    conditioning(states.to(dtype).to(device), guidance, sigmas).retain();
            return new TokenVelocity(Flux2Transformer2DConfig.PATCHES, dtype, device, bound(bound), bound::close);
        }
    }

    /**
     * What the noise levels of a run, its text and guidance make of the model. It belongs to the present scope.
     *
     * @param states [1, L, jointAttentionDim], in the model's type
     */
    Conditioning conditioning(Tensor states, OptionalDouble guidance, List<Double> sigmas) {
        return new Conditioning(contextEmbedder.forward(states), trunk.modulations(embed(guidance, sigmas), sigmas));
    }

    /** Noise levels and, where it is an input, guidance, summed [sigmas, D]. */
    Tensor embed(OptionalDouble guidance, List<Double> sigmas) {
        Tensor time = timestepEmbedder.forward(sigmas);
        return guidanceEmbedder == null || guidance.isEmpty()
                ? time
                : time.add(guidanceEmbedder.forward(List.of(guidance.getAsDouble())));
    }

    /** Of text, guidance and noise levels, with which forwards can be made. */
    TokenTransformer bound(Conditioning conditioning) {
        int textTokens = Math.toIntExact(conditioning.txt().size(1));
        return new TokenTransformer(
                xEmbedder::forward,
                sigma -> conditioning.txt(),
                textTokens,
                trunk,
                conditioning.modulations(),
                projOut::forward,
                (grid, reference) -> rotations(textTokens, grid));
    }

    /** Positions of a text and the image behind it [Lt + Li, 1, Dh / 2]. */
    Tensor rotations(int textTokens, LatentPatches.Grid grid) {
        List<RotaryPositions.Span> spans = new ArrayList<>(RotaryPositions.Span.text(textTokens));
        spans.add(new RotaryPositions.Span(0, grid));
        return positions.rotations(spans).to(xEmbedder.device());
    }
}
