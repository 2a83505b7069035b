package io.bottleneck4j.models.flux;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import org.jspecify.annotations.Nullable;

/** The transformer with its text and guidance bound: latents [C, 1, h, w] and sigma in, velocity out. Close after use. */
public final class FluxVelocity implements VelocityModel, AutoCloseable {
    private final FluxTransformer2DModel transformer;
    private final double guidance;
    private final DType dtype;
    private final Device device;
    private final Tensor states;
    private final Tensor pooled;
    private @Nullable Tensor rotations;
    private @Nullable LatentShape rotationsFor;

    /**
     * Binds a prompt.
     *
     * @param states T5 states [1, Lt, jointAttentionDim], any type and device
     * @param pooled CLIP vector [1, pooledProjectionDim], any type and device
     * @param guidance embedded guidance; ignored by models without it
     */
    public FluxVelocity(
            FluxTransformer2DModel transformer,
            Tensor states,
            Tensor pooled,
            double guidance,
            DType dtype,
            Device device) {
        this.transformer = transformer;
        this.guidance = guidance;
        this.dtype = dtype;
        this.device = device;
        try (Scope scope = Scope.open()) {
            this.states = states.to(dtype).to(device).retain();
            this.pooled = pooled.to(dtype).to(device).retain();
        }
    }

    @Override
    public Latents velocity(Latents x, double sigma) {
        LatentShape shape = x.shape();
        try (Scope scope = Scope.open()) {
            Tensor tokens = LatentPacking.pack(x).to(dtype).to(device);
            Tensor v = transformer.forward(tokens, states, pooled, sigma, guidance, rotations(shape));
            return LatentPacking.unpack(v.to(DType.FLOAT32), shape);
        }
    }

    /** Positions depend on the size alone, so they are kept for a stage. */
    private Tensor rotations(LatentShape shape) {
        Tensor present = rotations;
        if (present != null && shape.equals(rotationsFor)) {
            return present;
        }
        if (present != null) {
            present.close();
        }
        int textTokens = Math.toIntExact(states.size(1));
        Tensor made = transformer
                .rotations(textTokens, shape.height() / LatentPacking.PATCH, shape.width() / LatentPacking.PATCH)
                .retain();
        rotations = made;
        rotationsFor = shape;
        return made;
    }

    @Override
    public void close() {
        states.close();
        pooled.close();
        if (rotations != null) {
            rotations.close();
            rotations = null;
        }
    }
}
