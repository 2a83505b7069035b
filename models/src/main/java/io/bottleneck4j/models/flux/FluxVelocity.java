package io.bottleneck4j.models.flux;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The transformer with its text, guidance and noise levels bound: latents [C, 1, h, w] and sigma in, velocity out. What depends on the text, the
 * noise level or the size alone is computed once, not in every step. Close after use.
 */
public final class FluxVelocity implements VelocityModel, AutoCloseable {
    private final FluxTransformer2DModel transformer;
    private final DType dtype;
    private final Device device;
    private final Conditioning conditioning;
    private final Map<LatentShape, Tensor> rotations = new HashMap<>();

    /**
     * Binds a prompt.
     *
     * @param states T5 states [1, Lt, jointAttentionDim], any type and device
     * @param pooled CLIP vector [1, pooledProjectionDim], any type and device
     * @param guidance embedded guidance; ignored by models without it
     * @param sigmas the noise levels the model will be asked for
     */
    public FluxVelocity(
            FluxTransformer2DModel transformer,
            Tensor states,
            Tensor pooled,
            double guidance,
            List<Double> sigmas,
            DType dtype,
            Device device) {
        this.transformer = transformer;
        this.dtype = dtype;
        this.device = device;
        try (Scope scope = Scope.open()) {
            conditioning = transformer
                    .conditioning(states.to(dtype).to(device), pooled.to(dtype).to(device), guidance, sigmas)
                    .retain();
        }
    }

    @Override
    public Latents velocity(Latents x, double sigma) {
        LatentShape shape = x.shape();
        Tensor turns = rotations.computeIfAbsent(shape, this::rotations);
        try (Scope scope = Scope.open()) {
            Tensor tokens = FluxConfig.PATCHES.pack(x).to(dtype).to(device);
            Tensor v = transformer.forward(tokens, conditioning, sigma, turns);
            return FluxConfig.PATCHES.unpack(v.to(DType.FLOAT32), shape);
        }
    }

    private Tensor rotations(LatentShape shape) {
        try (Scope scope = Scope.open()) {
            LatentPatches.Grid grid = FluxConfig.PATCHES.grid(shape);
            return transformer
                    .rotations(Math.toIntExact(conditioning.txt().size(1)), grid.rows(), grid.columns())
                    .retain();
        }
    }

    @Override
    public void close() {
        conditioning.close();
        rotations.values().forEach(Tensor::close);
        rotations.clear();
    }
}
