package io.bottleneck4j.models.flux;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.torch.Tensor;
import java.nio.FloatBuffer;

/** Image tokens of 2 × 2 latent cells: [C, h, w] ↔ [1, h/2 · w/2, 4 C]. Source: diffusers pipeline_flux.py@0.42.1. */
final class LatentPacking {
    /** Cells along one side of a token. */
    static final int PATCH = 2;

    private LatentPacking() {}

    static Tensor pack(Latents latents) {
        LatentShape s = latents.shape();
        int rows = s.height() / PATCH;
        int columns = s.width() / PATCH;
        return Tensor.of(latents.asReadOnlyBuffer(), s.channels(), rows, PATCH, columns, PATCH)
                .permute(1, 3, 0, 2, 4)
                .reshape(1, (long) rows * columns, (long) PATCH * PATCH * s.channels());
    }

    static Latents unpack(Tensor tokens, LatentShape s) {
        int rows = s.height() / PATCH;
        int columns = s.width() / PATCH;
        Tensor cells = tokens.view(rows, columns, s.channels(), PATCH, PATCH).permute(2, 0, 3, 1, 4);
        return Latents.copyOf(s, FloatBuffer.wrap(cells.toFloats()));
    }
}
