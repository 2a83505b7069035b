package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** A transformer of tokens as a model of latents: packs, forwards, unpacks, and computes the positions of each size once. */
public final class TokenVelocity implements BoundVelocity {
    private final LatentPatches patches;
    private final DType dtype;
    private final Device device;
    private final Forward forward;
    private final Function<LatentPatches.Grid, Tensor> positions;
    private final Map<LatentShape, Tensor> rotations = new HashMap<>();

    /** A transformer with all but the tokens bound. */
    @FunctionalInterface
    public interface Forward {
        /** Tokens [1, L, C · patch] and the rotations of their positions → velocities of the same shape. */
        Tensor velocity(Tensor tokens, double sigma, Tensor rotations);
    }

    /**
     * Of latents cut into such patches.
     *
     * @param dtype type of the tokens
     * @param positions rotations of a grid of tokens and the text before or behind it
     */
    public TokenVelocity(
            LatentPatches patches,
            DType dtype,
            Device device,
            Function<LatentPatches.Grid, Tensor> positions,
            Forward forward) {
        this.patches = patches;
        this.dtype = dtype;
        this.device = device;
        this.positions = positions;
        this.forward = forward;
    }

    @Override
    public Latents velocity(Latents x, double sigma) {
        LatentShape shape = x.shape();
        Tensor turns = rotations.computeIfAbsent(shape, this::rotations);
        try (Scope scope = Scope.open()) {
            Tensor tokens = patches.pack(x).to(dtype).to(device);
            Tensor v = forward.velocity(tokens, sigma, turns);
            return patches.unpack(v.to(DType.FLOAT32), shape);
        }
    }

    private Tensor rotations(LatentShape shape) {
        try (Scope scope = Scope.open()) {
            return positions.apply(patches.grid(shape)).retain();
        }
    }

    @Override
    public void close() {
        rotations.values().forEach(Tensor::close);
        rotations.clear();
    }
}
