package io.bottleneck4j.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Standard normal numbers from torch's seeded CPU generator: the same seed gives the numbers of Python's
 * {@code torch.Generator("cpu").manual_seed(seed)}. One per image; not thread-safe.
 */
public final class Noise implements AutoCloseable {
    private final Generator generator;

    private Noise(Generator generator) {
        this.generator = generator;
    }

    /** A generator in the state that {@code manual_seed(seed)} leaves. */
    public static Noise seeded(long seed) {
        Libtorch.load();
        Generator generator = torch.make_generator_cpu(seed);
        generator.retainReference();
        return new Noise(generator);
    }

    /** The next numbers, as {@code torch.randn(shape, dtype=float32)} draws them. */
    public Tensor randn(long... shape) {
        if (generator.isNull()) {
            throw new IllegalStateException("noise: must be open, was closed; seed another");
        }
        return NativeCall.call(
                "randn",
                () -> torch.randn(shape, new GeneratorOptional(generator), new TensorOptions(ScalarType.Float)));
    }

    /** Frees the generator. */
    @Override
    public void close() {
        generator.releaseReference();
    }
}
