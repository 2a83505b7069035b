package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A transformer of tokens as a model of latents: packs, forwards, unpacks, and computes the positions of each size once. Caches inside the
 * model are started here, one for each stage.
 */
public final class TokenVelocity implements BoundVelocity {
    private final LatentPatches patches;
    private final DType dtype;
    private final Device device;
    private final TokenTransformer transformer;
    private final Map<LatentShape, Attending> attending = new HashMap<>();
    private double loudness; // of text in smaller stages; 0 as it is
    private final Map<LatentShape, Beside> seen = new HashMap<>();
    private Function<LatentShape, Beside> pictures = shape -> Beside.NOTHING;
    private @Nullable LatentShape last;
    private @Nullable BlockPath path; // of the present stage
    private final Runnable release;

    /**
     * Of latents cut into such patches.
     *
     * @param dtype type of the tokens
     */
    public TokenVelocity(LatentPatches patches, DType dtype, Device device, TokenTransformer transformer) {
        this(patches, dtype, device, transformer, () -> {});
    }

    /**
     * The same that frees what the transformer is bound to.
     *
     * @param release run when it is closed
     */
    public TokenVelocity(
            LatentPatches patches, DType dtype, Device device, TokenTransformer transformer, Runnable release) {
        this.release = release;
        this.patches = patches;
        this.dtype = dtype;
        this.device = device;
        this.transformer = transformer;
    }

    @Override
    public Latents velocity(Latents x, double sigma) {
        return velocity(x, sigma, transformer.blocks()::hidden);
    }

    /** The blocks, or a way through them. */
    @FunctionalInterface
    private interface Way {
        Tensor hidden(Streams in, Tensor rows, Attending attending);
    }

    private Latents velocity(Latents x, double sigma, Way way) {
        try (Scope scope = Scope.open()) {
            return velocity(hidden(x, sigma, way), sigma, x.shape());
        }
    }

    /** Latents → their tokens after the blocks [1, L, D]; those of a reference and of padding, behind them, are left out. */
    private Tensor hidden(Latents x, double sigma, Way way) {
        Attending how = attending.computeIfAbsent(x.shape(), this::attending);
        return scoped(() -> {
            Tensor tokens = tokens(x).to(dtype).to(device);
            Tensor hidden = way.hidden(
                    transformer.embed(tokens, sigma), transformer.modulations().at(sigma), how);
            return hidden.narrow(1, 0, patches.grid(x.shape()).tokens());
        });
    }

    /** The tokens of latents, and of what is seen beside them. */
    private Tensor tokens(Latents x) {
        Beside beside = seen(x.shape());
        Latents channels = beside.channels();
        Latents reference = beside.reference();
        Tensor tokens = patches.pack(x);
        if (channels != null) {
            tokens = Ops.cat(2, tokens, patches.pack(channels));
        }
        return reference == null ? tokens : Ops.cat(1, tokens, patches.pack(reference));
    }

    private Beside seen(LatentShape shape) {
        return seen.computeIfAbsent(shape, pictures);
    }

    /** Tokens after all blocks → velocity. */
    private Latents velocity(Tensor hidden, double sigma, LatentShape shape) {
        Tensor v = scoped(
                () -> transformer.project(hidden, transformer.modulations().at(sigma)));
        return patches.unpack(v.to(DType.FLOAT32), shape);
    }

    private Attending attending(LatentShape shape) {
        LatentPatches.Grid grid = patches.grid(shape);
        try (Scope scope = Scope.open()) {
            Latents reference = seen(shape).reference();
            LatentPatches.Grid behind = reference == null ? null : patches.grid(reference.shape());
            Tensor rotations = transformer.rotations().of(grid, behind);
            if (loudness == 0 || last == null || shape.elements() >= last.elements()) {
                return Attending.by(rotations).retain();
            }
            double part = (double) shape.elements() / last.elements();
            return Attending.amplified(rotations, transformer.textTokens(), -Math.log(part) / 2 * loudness, dtype)
                    .retain();
        }
    }

    @Override
    public void amplifyText(double scale, LatentShape full) {
        if (scale != 0 && !transformer.blocks().joinsText()) {
            throw new IllegalArgumentException("amplify: makes text louder among the tokens that attend to each other,"
                    + " of which this model's text is none; leave it out");
        }
        loudness = scale;
        last = full;
    }

    @Override
    public void see(Function<LatentShape, Beside> beside) {
        pictures = beside;
        forget();
    }

    @Override
    public StepCache.Run within(StepCache.Inside cache, TimestepSchedule schedule) {
        free();
        if (cache instanceof OverFeature feature) {
            return new HiddenRun(feature, schedule);
        }
        BlockPath started = transformer.blocks().path(cache, schedule.steps());
        path = started;
        return new StepCache.Run() {
            @Override
            public Latents velocity(Latents x, double sigma) {
                return TokenVelocity.this.velocity(x, sigma, started::hidden);
            }

            @Override
            public Forward last() {
                return started.last();
            }
        };
    }

    /** Predicts hidden states, and makes velocities of them. */
    private final class HiddenRun implements StepCache.Run {
        private final StepCache.Run predicted;

        HiddenRun(OverFeature cache, TimestepSchedule schedule) {
            predicted = cache.over(this::computed, schedule);
        }

        /** Hidden states as latents [D, F, rows, columns] of the grid of tokens. */
        private Latents computed(Latents x, double sigma) {
            LatentPatches.Grid grid = patches.grid(x.shape());
            try (Scope scope = Scope.open()) {
                Tensor states = hidden(x, sigma, transformer.blocks()::hidden);
                int dim = Math.toIntExact(states.size(2));
                LatentShape planes = new LatentShape(dim, grid.frames(), grid.rows(), grid.columns());
                float[] values =
                        states.to(DType.FLOAT32).transpose(1, 2).contiguous().toFloats();
                return Latents.copyOf(planes, values);
            }
        }

        @Override
        public Latents velocity(Latents x, double sigma) {
            Latents states = predicted.velocity(x, sigma);
            LatentShape planes = states.shape();
            try (Scope scope = Scope.open()) {
                long tokens = (long) planes.frames() * planes.height() * planes.width();
                Tensor state = Tensor.of(states.asReadOnlyBuffer(), 1, planes.channels(), tokens)
                        .transpose(1, 2)
                        .contiguous()
                        .to(dtype)
                        .to(device);
                return TokenVelocity.this.velocity(state, sigma, x.shape());
            }
        }

        @Override
        public Forward last() {
            return predicted.last();
        }
    }

    private void free() {
        if (path != null) {
            path.close();
            path = null;
        }
    }

    @Override
    public void close() {
        free();
        forget();
        release.run();
    }

    private void forget() {
        attending.values().forEach(Attending::close);
        attending.clear();
        seen.clear();
    }
}
