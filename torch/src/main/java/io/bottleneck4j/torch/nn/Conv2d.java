package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/** A 2-D convolution with zero padding: weight [out, in, k, k], bias [out]. */
public record Conv2d(Tensor weight, Tensor bias, int stride, int padding) {
    /** A k × k convolution of stride 1 that keeps height and width. */
    public static Conv2d same(Weights w, String key, int in, int out, int k) {
        return of(w, key, in, out, k, 1, k / 2);
    }

    /** Reads {@code key.weight} and {@code key.bias}. */
    public static Conv2d of(Weights w, String key, int in, int out, int k, int stride, int padding) {
        return new Conv2d(w.tensor(key + ".weight", out, in, k, k), w.tensor(key + ".bias", out), stride, padding);
    }

    /** x [B, in, H, W] → [B, out, H', W']. */
    public Tensor forward(Tensor x) {
        return Ops.conv2d(x, weight, bias, stride, padding);
    }
}
