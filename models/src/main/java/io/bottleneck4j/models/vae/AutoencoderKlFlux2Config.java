package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of an AutoencoderKLFlux2, in the words of its config.json. Source: diffusers autoencoder_kl_flux2.py@0.42.1.
 *
 * @param layers those of encoder and decoder, which are FLUX.1's; latents are neither shifted nor scaled as a whole
 * @param batchNormEps added to the variances of the latents
 */
public record AutoencoderKlFlux2Config(AutoencoderKlConfig layers, double batchNormEps) {
    /** Cells of a token's side; its values have statistics of their own. */
    static final int PATCH = 2;

    public AutoencoderKlFlux2Config {
        Bounds.epsilon("batch_norm_eps", batchNormEps);
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     */
    public static AutoencoderKlFlux2Config from(Config config) {
        CoderConfig.requireSupported(config);
        config.refuseUnless("decoder_block_out_channels", Set.of()); // another decoder than the encoder
        List<Integer> patch = config.intsOr("patch_size", List.of(PATCH, PATCH));
        if (!patch.equals(List.of(PATCH, PATCH))) {
            throw new IllegalArgumentException(
                    "patch_size: must be [2, 2], which Flux2KleinPipeline cuts, not " + Excerpt.listed(patch));
        }
        AutoencoderKlConfig layers = new AutoencoderKlConfig(
                config.intOr("in_channels", 3),
                config.intOr("out_channels", 3),
                config.intOr("latent_channels", 32),
                config.intsOr("block_out_channels", List.of(128, 256, 512, 512)),
                config.intOr("layers_per_block", 2),
                config.intOr("norm_num_groups", 32),
                config.booleanOr("use_quant_conv", true),
                config.booleanOr("use_post_quant_conv", true),
                config.booleanOr("mid_block_add_attention", true),
                1,
                0,
                config.intOr("sample_size", 1024),
                false);
        int blocks = layers.blockOutChannels().size();
        CoderConfig.requireTypes(config, "down_block_types", "DownEncoderBlock2D", blocks);
        CoderConfig.requireTypes(config, "up_block_types", "UpDecoderBlock2D", blocks);
        double eps = config.doubleOr("batch_norm_eps", 1e-4);
        config.account("AutoencoderKLFlux2", Set.of("batch_norm_momentum")); // of training
        return new AutoencoderKlFlux2Config(layers, eps);
    }
}
