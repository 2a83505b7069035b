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
    private final int patch;

    TorchNoise(long seed) {
        this(seed, 1);
    }

    /**
     * Of latents that diffusers draws with the cells of a token as channels.
     *
     * @param patch cells along a token's side; 1 where it draws them as they lie
     */
    TorchNoise(long seed, int patch) {
        noise = Noise.seeded(seed);
        this.patch = patch;
    }

    @Override
    public Latents standardNormal(LatentShape s, int stage) {
        try (Scope scope = Scope.open()) {
            int rows = s.height() / patch;
            int columns = s.width() / patch;
            float[] values = noise.randn(1, (long) s.channels() * patch * patch, s.frames(), rows, columns)
                    .view(s.channels(), patch, patch, s.frames(), rows, columns)
                    .permute(0, 3, 4, 1, 5, 2)
                    .contiguous()
                    .toFloats();
            return Latents.copyOf(s, FloatBuffer.wrap(values));
        }
    }

    @Override
    public void close() {
        noise.close();
    }
}
