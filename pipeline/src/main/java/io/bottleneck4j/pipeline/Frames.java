package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vae.Pixels;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Decoded video as pictures. */
final class Frames {
    private Frames() {}

    /**
     * Hands a chunk [1, 3, n, H, W] out, frame by frame.
     *
     * @throws UncheckedIOException if the sink cannot take a frame
     */
    static void handOut(Tensor chunk, FrameSink frames) {
        int height = Math.toIntExact(chunk.size(3));
        int width = Math.toIntExact(chunk.size(4));
        for (long i = 0; i < chunk.size(2); i++) {
            try (Scope scope = Scope.open()) {
                frames.accept(new Picture(width, height, Pixels.toRgb(chunk.select(2, i))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
