package io.bottleneck4j.models.hunyuan;

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
 * The transformer with its text, guidance and noise levels bound: latents [C, F, h, w] and sigma in, velocity out. What depends on the
 * text, the noise level or the size alone is computed once, not in every step. Close after use.
 */
public final class HunyuanVideoVelocity implements VelocityModel, AutoCloseable {
    private final HunyuanVideoTransformer3DModel transformer;
    private final LatentPatches patches;
    private final DType dtype;
    private final Device device;
    private final HunyuanVideoConditioning conditioning;
    private final Map<LatentShape, Tensor> rotations = new HashMap<>();

    /**
     * Binds a prompt.
     *
     * @param states Llama states [1, L, textEmbedDim], any type and device
     * @param mask which of them are tokens [1, L]: ones, then zeros for padding
     * @param pooled CLIP vector [1, pooledProjectionDim], any type and device
     * @param guidance embedded guidance; ignored by models without it
     * @param sigmas the noise levels the model will be asked for
     * @throws IllegalArgumentException if the mask is not as said
     */
    public HunyuanVideoVelocity(
            HunyuanVideoTransformer3DModel transformer,
            Tensor states,
            Tensor mask,
            Tensor pooled,
            double guidance,
            List<Double> sigmas,
            DType dtype,
            Device device) {
        this.transformer = transformer;
        this.patches = transformer.patches();
        this.dtype = dtype;
        this.device = device;
        try (Scope scope = Scope.open()) {
            Tensor text = TextMask.unpadded(states, mask).to(dtype).to(device);
            conditioning = transformer
                    .conditioning(text, pooled.to(dtype).to(device), guidance, sigmas)
                    .retain();
        }
    }

    @Override
    public Latents velocity(Latents x, double sigma) {
        LatentShape shape = x.shape();
        Tensor turns = rotations.computeIfAbsent(shape, this::rotations);
        try (Scope scope = Scope.open()) {
            Tensor tokens = patches.pack(x).to(dtype).to(device);
            Tensor v = transformer.forward(tokens, conditioning, sigma, turns);
            return patches.unpack(v.to(DType.FLOAT32), shape);
        }
    }

    private Tensor rotations(LatentShape shape) {
        try (Scope scope = Scope.open()) {
            return transformer
                    .rotations(conditioning.textTokens(), patches.grid(shape))
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
