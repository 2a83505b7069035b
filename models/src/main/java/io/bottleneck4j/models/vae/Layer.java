package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;

/** A step from one activation, [B, C, H, W] or [B, C, F, H, W], to the next, which is a new tensor. */
@FunctionalInterface
interface Layer {
    Tensor forward(Tensor x);
}
