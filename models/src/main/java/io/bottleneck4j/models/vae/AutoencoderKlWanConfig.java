package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * The shape of an AutoencoderKLWan, in the words of its config.json, or of an AutoencoderKLQwenImage, which is the same network. Source:
 * diffusers autoencoder_kl_wan.py@0.42.1 and autoencoder_kl_qwenimage.py@0.42.1.
 *
 * @param inChannels channels of the video encoded, after {@link #patchSize}: as a rule 3 · patchSize²
 * @param outChannels channels of the video decoded, before it is put together from patches
 * @param baseDim channels at the highest resolution of the encoder
 * @param decoderBaseDim the same of the decoder
 * @param zDim channels of the latents
 * @param dimMult channels of each block in multiples of the base, the video's own resolution first; each further one halves the sides
 * @param numResBlocks residual blocks in each block of the encoder; the decoder's have one more
 * @param temporalDownsample whether a block halves time as well, for each but the last; two of them do
 * @param latentsMean of each channel, see {@link AutoencoderKlWan#toModel}
 * @param latentsStd of each channel
 * @param isResidual whether blocks have a shortcut of averages around them, as Wan 2.2's
 * @param patchSize pixels of the side of a square that becomes one position with more channels; 1 for none
 */
public record AutoencoderKlWanConfig(
        int inChannels,
        int outChannels,
        int baseDim,
        int decoderBaseDim,
        int zDim,
        List<Integer> dimMult,
        int numResBlocks,
        List<Boolean> temporalDownsample,
        List<Double> latentsMean,
        List<Double> latentsStd,
        boolean isResidual,
        int patchSize) {
    /** Frames in a latent cell but the first, which holds one. */
    public static final int FRAMES_PER_CELL = 4;

    private static final String QWEN = "AutoencoderKLQwenImage";

    /** Of Wan 2.1's latents, which the class takes where config.json has none. */
    private static final List<Double> MEAN = List.of(
            -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632,
            -0.1922, -0.9497, 0.2503, -0.2921);

    private static final List<Double> STD = List.of(
            2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382,
            1.1253, 2.8251, 1.9160);

    public AutoencoderKlWanConfig {
        dimMult = List.copyOf(dimMult);
        temporalDownsample = List.copyOf(temporalDownsample);
        latentsMean = List.copyOf(latentsMean);
        latentsStd = List.copyOf(latentsStd);
        Bounds.positive("in_channels", inChannels, Bounds.WIDTH);
        Bounds.positive("out_channels", outChannels, Bounds.WIDTH);
        Bounds.positive("base_dim", baseDim, Bounds.WIDTH);
        Bounds.positive("decoder_base_dim", decoderBaseDim, Bounds.WIDTH);
        Bounds.positive("z_dim", zDim, Bounds.WIDTH / 2);
        Bounds.positive("num_res_blocks", numResBlocks, CoderConfig.LAYERS_PER_BLOCK);
        Bounds.positive("patch_size", patchSize, 64);
        if (dimMult.isEmpty() || dimMult.size() > 16) {
            throw new IllegalArgumentException("dim_mult: must hold 1 to 16 numbers, not " + dimMult.size());
        }
        for (int multiple : dimMult) {
            Bounds.positive("dim_mult", multiple, Bounds.WIDTH / Math.max(baseDim, decoderBaseDim));
        }
        if (temporalDownsample.size() != dimMult.size() - 1 || Collections.frequency(temporalDownsample, true) != 2) {
            throw new IllegalArgumentException("temperal_downsample: must be true for two of the blocks and false for"
                    + " the others, one value for each but the last of dim_mult, not " + temporalDownsample + " of "
                    + dimMult.size());
        }
        requireStatistics("latents_mean", latentsMean, zDim);
        requireStatistics("latents_std", latentsStd, zDim);
        if (latentsStd.contains(0.0)) {
            throw new IllegalArgumentException("latents_std: must not hold 0, by which latents are divided");
        }
    }

    private static void requireStatistics(String key, List<Double> values, int channels) {
        if (values.size() != channels) {
            throw new IllegalArgumentException(
                    key + ": must hold a number for each of the z_dim " + channels + " channels, not " + values.size());
        }
    }

    /** Reads config.json of either class; what it leaves out is what diffusers 0.42.1 takes. */
    public static AutoencoderKlWanConfig from(Config config) {
        config.refuseUnless("_class_name", Set.of("AutoencoderKLWan", QWEN));
        config.refuseUnless("quantization_config", Set.of());
        boolean qwen = config.stringOr("_class_name", "").equals(QWEN);
        if (!config.doublesOr("attn_scales", List.of()).isEmpty()) {
            throw new IllegalArgumentException("attn_scales: must be empty, as in all published autoencoders, not "
                    + Excerpt.listed(config.doublesOr("attn_scales", List.of())));
        }
        int in = config.intOr(qwen ? "input_channels" : "in_channels", 3);
        int base = config.intOr("base_dim", 96);
        AutoencoderKlWanConfig read = new AutoencoderKlWanConfig(
                in,
                qwen ? in : config.intOr("out_channels", 3),
                base,
                qwen ? base : config.intOr("decoder_base_dim", base),
                config.intOr("z_dim", 16),
                config.intsOr("dim_mult", List.of(1, 2, 4, 4)),
                config.intOr("num_res_blocks", 2),
                config.booleansOr("temperal_downsample", List.of(false, true, true)),
                config.doublesOr("latents_mean", MEAN),
                config.doublesOr("latents_std", STD),
                !qwen && config.booleanOr("is_residual", false),
                qwen ? 1 : config.intOr("patch_size", 1));
        if (!qwen) {
            config.requireEqual("scale_factor_spatial", "the side of a cell by dim_mult and patch_size", read.cell());
            config.requireEqual("scale_factor_temporal", "frames of a cell by temperal_downsample", FRAMES_PER_CELL);
        }
        config.account(qwen ? QWEN : "AutoencoderKLWan", Set.of("dropout"));
        return read;
    }

    /** Pixels of the side of a latent cell: 8, or 16 in Wan 2.2's. */
    public int cell() {
        return patchSize << (dimMult.size() - 1);
    }

    /** Frames of the video that this many frames of latents make: 1 + 4 · (cells - 1). */
    public static long frames(long cells) {
        return 1 + (cells - 1) * FRAMES_PER_CELL;
    }
}
