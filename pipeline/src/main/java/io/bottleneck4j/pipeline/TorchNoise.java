package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.NoiseSource;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import java.nio.FloatBuffer;

/** Noise of one image or video from torch's CPU generator, so that a seed means what it means in diffusers. */
final class TorchNoise implements NoiseSource, AutoCloseable {
    private final Noise noise;

    TorchNoise(long seed) {
        noise = Noise.seeded(seed);
    }

    @Override
    public Latents standardNormal(LatentShape s, int stage) {
        try (Scope scope = Scope.open()) {
            float[] values = noise.randn(1, s.channels(), s.frames(), s.height(), s.width())
                    .toFloats();
            return Latents.copyOf(s, FloatBuffer.wrap(values));
        }
    }

    @Override
    public void close() {
        noise.close();
    }
}
