package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.Optional;

/**
 * FLUX.2's autoencoder: FLUX.1's layers, and latents normalised value by value of a token, which is 2 × 2 cells. Source: diffusers
 * autoencoder_kl_flux2.py@0.42.1, AutoencoderKLFlux2, and pipeline_flux2_klein.py@0.42.1, _encode_vae_image.
 *
 * <p>The diffusion model's latents are [B, C, h, w] with h and w even, as FLUX.1's are; diffusers has the same values as [B, 4 C, h / 2,
 * w / 2].
 */
public final class AutoencoderKlFlux2 extends AutoencoderKl {
    private final Tensor mean; // [1, C, 1, 2, 1, 2]
    private final Tensor std; // the same

    /** Reads the weights, the statistics {@code bn} among them. */
    public AutoencoderKlFlux2(AutoencoderKlFlux2Config config, Weights w) {
        super(config.layers(), w);
        int channels = config.layers().latentChannels();
        int values = channels * AutoencoderKlFlux2Config.PATCH * AutoencoderKlFlux2Config.PATCH;
        Weights bn = w.at("bn");
        mean = bn.made(() -> ofPatches(bn.passing("running_mean", values)));
        std = bn.made(() -> ofPatches(bn.passing("running_var", values)
                .to(DType.FLOAT32)
                .add(config.batchNormEps())
                .sqrt()));
    }

    /** {@link Autoencoder#checkpoint}, without the count of batches that the statistics are of. */
    public static TensorSource checkpoint(TensorSource source) {
        return new RenamedSource(
                Autoencoder.checkpoint(source),
                name -> name.equals("bn.num_batches_tracked") ? Optional.empty() : Optional.of(name));
    }

    /** By channel, row and column [C · 2 · 2] → [1, C, 1, 2, 1, 2]. */
    private static Tensor ofPatches(Tensor values) {
        return values.to(DType.FLOAT32)
                .view(1, -1, 1, AutoencoderKlFlux2Config.PATCH, 1, AutoencoderKlFlux2Config.PATCH);
    }

    /**
     * The diffusion model's latents as the autoencoder's own: times the deviations, plus the means.
     *
     * @throws IllegalArgumentException if there are not whole tokens of them
     */
    @Override
    public Tensor fromModel(Tensor latents) {
        return scoped(() -> patches(latents)
                .mul(like(std, latents))
                .add(like(mean, latents))
                .view(latents.shape()));
    }

    /** The autoencoder's latents as the diffusion model's: the reverse of {@link #fromModel}. */
    @Override
    public Tensor toModel(Tensor z) {
        return scoped(() -> patches(z).sub(like(mean, z)).div(like(std, z)).view(z.shape()));
    }

    private static Tensor like(Tensor statistics, Tensor latents) {
        return statistics.to(latents.dtype()).to(latents.device());
    }

    /** [B, C, h, w] → [B, C, h / 2, 2, w / 2, 2]. */
    private Tensor patches(Tensor z) {
        requireLatents(z);
        int side = AutoencoderKlFlux2Config.PATCH;
        requireMultiple("latents", z.size(2), "rows", side);
        requireMultiple("latents", z.size(3), "columns", side);
        return z.contiguous().view(z.size(0), z.size(1), z.size(2) / side, side, z.size(3) / side, side);
    }
}
