package io.bottleneck4j.models.flux;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.TokenVelocity;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.List;
import java.util.function.Function;

/**
 * The transformer with its text, guidance and noise levels bound: latents [C, 1, h, w] and sigma in, velocity out. What depends on the text, the
 * noise level or the size alone is computed once, not in every step. Close after use.
 */
public final class FluxVelocity implements BoundVelocity {
    private final Conditioning conditioning;
    private final TokenVelocity tokens;

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
        try (Scope scope = Scope.open()) {
            conditioning = transformer
                    .conditioning(states.to(dtype).to(device), pooled.to(dtype).to(device), guidance, sigmas)
                    .retain();
        }
        tokens = new TokenVelocity(FluxConfig.PATCHES, dtype, device, transformer.bound(conditioning));
    }

    @Override
    public Latents velocity(Latents x, double sigma) {
        return tokens.velocity(x, sigma);
    }

    @Override
    public StepCache.Run within(StepCache.Inside cache, TimestepSchedule schedule) {
        return tokens.within(cache, schedule);
    }

    @Override
    public void amplifyText(double scale, LatentShape full) {
        tokens.amplifyText(scale, full);
    }

    @Override
    public void see(Function<LatentShape, Beside> pictures) {
        tokens.see(pictures);
    }

    @Override
    public void close() {
        conditioning.close();
        tokens.close();
    }
}
