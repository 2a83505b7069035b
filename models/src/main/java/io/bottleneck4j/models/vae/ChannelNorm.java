package io.bottleneck4j.models.vae;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/**
 * Divides the channels of each position of a video by their root mean square. Source: diffusers@0.42.1, WanRMS_norm of
 * autoencoder_kl_wan.py and HunyuanVideo15RMS_norm of autoencoder_kl_hunyuanvideo15.py.
 */
record ChannelNorm(Tensor gamma) implements Layer {
    /** Its square, over the number of channels, keeps positions of zeros from a division by 0. */
    private static final double LEAST_LENGTH = 1e-12;

    /** {@code dimensions}: of one entry, that the file has after the channels. */
    static ChannelNorm of(Weights w, String key, int channels, int dimensions) {
        long[] shape = dimensions == 3 ? new long[] {channels, 1, 1, 1} : new long[] {channels, 1, 1};
        return new ChannelNorm(w.made(() -> w.passing(key + ".gamma", shape).view(channels)));
    }

    @Override
    public Tensor forward(Tensor x) {
        double eps = LEAST_LENGTH * LEAST_LENGTH / gamma.size(0);
        return scoped(() -> MemoryFormat.toSecond(Ops.rmsNorm(MemoryFormat.toEnd(x), gamma, eps)));
    }

    Tensor forwardSilu(Tensor x) {
        return Ops.siluInPlace(forward(x));
    }
}
