package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxVelocity;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan.HunyuanVideoVelocity;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import io.bottleneck4j.pipeline.cost.ForwardTimer;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * A folder's transformer alone, to be timed: a text of random numbers takes as long as any, and the text encoders need not be loaded.
 */
public final class Forwards implements AutoCloseable {
    /** The amount takes no time. */
    private static final double GUIDANCE = 3.5;

    private static final long SEED = 1;
    private static final List<Double> SIGMAS = List.of(ForwardTimer.SIGMA);

    private final VelocityModel model;
    private final Runnable free;

    private Forwards(VelocityModel model, Runnable free) {
        this.model = model;
        this.free = free;
    }

    /**
     * Loads the transformer of FLUX.1.
     *
     * @param textTokens T5 tokens
     * @throws io.bottleneck4j.torch.DeviceException if the device is not available
     * @throws io.bottleneck4j.torch.io.WeightsException if its weights are damaged or do not fit their configuration
     */
    public static Forwards open(FluxFolder folder, Execution execution, int textTokens) {
        FluxConfig config = folder.transformerConfig();
        return open(
                folder.transformer(),
                execution,
                (transformer, noise) -> new FluxVelocity(
                        transformer,
                        noise.randn(1, textTokens, config.jointAttentionDim()),
                        noise.randn(1, config.pooledProjectionDim()),
                        GUIDANCE,
                        SIGMAS,
                        execution.dtype(),
                        execution.device()),
                FluxVelocity::close);
    }

    /**
     * Loads the transformer of HunyuanVideo.
     *
     * @param textTokens Llama tokens, none of them padding
     * @throws io.bottleneck4j.torch.DeviceException if the device is not available
     * @throws io.bottleneck4j.torch.io.WeightsException if its weights are damaged or do not fit their configuration
     */
    public static Forwards open(HunyuanVideoFolder folder, Execution execution, int textTokens) {
        HunyuanVideoConfig config = folder.transformerConfig();
        return open(
                folder.transformer(),
                execution,
                (transformer, noise) -> new HunyuanVideoVelocity(
                        transformer,
                        noise.randn(1, textTokens, config.textEmbedDim()),
                        Tensor.zeros(DType.FLOAT32, Device.CPU, 1, textTokens).add(1),
                        noise.randn(1, config.pooledProjectionDim()),
                        GUIDANCE,
                        SIGMAS,
                        execution.dtype(),
                        execution.device()),
                HunyuanVideoVelocity::close);
    }

    private static <M, V extends VelocityModel> Forwards open(
            Component<M> component, Execution execution, BiFunction<M, Noise, V> bind, Consumer<V> unbind) {
        execution.device().requireAvailable();
        Weights.Loaded<M> transformer = component.load(execution.dtype(), execution.device());
        try (Noise noise = Noise.seeded(SEED);
                Scope scope = Scope.open()) {
            V model = bind.apply(transformer.model(), noise);
            return new Forwards(model, () -> {
                unbind.accept(model);
                transformer.close();
            });
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
        free.run();
    }
}
