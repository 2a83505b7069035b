package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.cost.ForwardTime;
import io.bottleneck4j.models.cost.ForwardTimer;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.flux.FluxVelocity;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;

/**
 * A folder's transformer alone, to be timed: a text of random numbers takes as long as any, and the text encoders need not be loaded.
 */
public final class FluxForwards implements AutoCloseable {
    private static final double GUIDANCE = 3.5;
    private static final long SEED = 1;

    private final Weights.Loaded<FluxTransformer2DModel> transformer;
    private final FluxVelocity model;

    private FluxForwards(Weights.Loaded<FluxTransformer2DModel> transformer, FluxVelocity model) {
        this.transformer = transformer;
        this.model = model;
    }

    /**
     * Loads the transformer.
     *
     * @param textTokens T5 tokens
     * @throws io.bottleneck4j.torch.DeviceException if the device is not available
     * @throws io.bottleneck4j.torch.io.WeightsException if its weights are damaged or do not fit their configuration
     */
    public static FluxForwards open(FluxFolder folder, Execution execution, int textTokens) {
        execution.device().requireAvailable();
        Weights.Loaded<FluxTransformer2DModel> transformer =
                folder.transformer().load(execution.dtype(), execution.device());
        try (Noise noise = Noise.seeded(SEED);
                Scope scope = Scope.open()) {
            FluxConfig config = folder.transformerConfig();
            return new FluxForwards(
                    transformer,
                    new FluxVelocity(
                            transformer.model(),
                            noise.randn(1, textTokens, config.jointAttentionDim()),
                            noise.randn(1, config.pooledProjectionDim()),
                            GUIDANCE,
                            List.of(ForwardTimer.SIGMA),
                            execution.dtype(),
                            execution.device()));
        } catch (RuntimeException e) {
            transformer.close();
            throw e;
        }
    }

    /**
     * Times forwards at one size.
     *
     * @param beforeEach run before every forward; what it throws ends the measurement
     */
    public ForwardTime time(ForwardTimer timer, LatentShape shape, Runnable beforeEach) {
        return timer.time(model, shape, beforeEach);
    }

    @Override
    public void close() {
        model.close();
        transformer.close();
    }
}
