package io.bottleneck4j.models.hunyuan;

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
 * The transformer with its text, guidance and noise levels bound: latents [C, F, h, w] and sigma in, velocity out. What depends on the
 * text, the noise level or the size alone is computed once, not in every step. Close after use.
 */
public final class HunyuanVideoVelocity implements BoundVelocity {
    private final Conditioning conditioning;
    private final TokenVelocity tokens;

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
        try (Scope scope = Scope.open()) {
            Tensor text = unpadded(states, mask).to(dtype).to(device);
            conditioning = transformer
                    .conditioning(text, pooled.to(dtype).to(device), guidance, sigmas)
                    .retain();
        }
        tokens = new TokenVelocity(transformer.patches(), dtype, device, transformer.bound(conditioning));
    }

    /**
     * The states that are no padding: states [1, L, D] → [1, Lt, D].
     *
     * @param mask [1, L], integers: 1 for a token, 0 for padding
     * @throws IllegalArgumentException if the mask does not fit, or is not some ones, then zeros
     */
    static Tensor unpadded(Tensor states, Tensor mask) {
        return states.until(1, tokens(states, mask));
    }

    private static long tokens(Tensor states, Tensor mask) {
        long[] values;
        try (Scope scope = Scope.open()) {
            values = mask.toLongs();
        }
        if (values.length != states.size(1)) {
            throw new IllegalArgumentException("mask: must have an entry for each of the " + states.size(1)
                    + " text states, has " + values.length);
        }
        int tokens = 0;
        while (tokens < values.length && values[tokens] == 1) {
            tokens++;
        }
        for (int i = tokens; i < values.length; i++) {
            if (values[i] != 0) {
                throw new IllegalArgumentException("mask: must be ones for the tokens, then zeros for the padding, has "
                        + values[i] + " at " + i + " after " + tokens + " ones; pad on the right");
            }
        }
        if (tokens == 0) {
            throw new IllegalArgumentException("mask: must have at least 1 token, has none; give a text");
        }
        return tokens;
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
