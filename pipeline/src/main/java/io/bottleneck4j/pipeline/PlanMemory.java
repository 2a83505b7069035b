package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.models.cost.ForwardMemory;
import io.bottleneck4j.models.vae.PictureDecodeMemory;
import io.bottleneck4j.models.vae.VideoDecodeMemory;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.ImagePlan;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What each part of a run under a plan holds in memory. */
public final class PlanMemory {
    private PlanMemory() {}

    /** Of pictures by a FLUX.1 folder; the text encoders are released before the transformer is loaded, which stays while decoding. */
    public static List<MemoryUse> of(FluxFolder folder, ImagePlan plan, int textTokens, Execution execution) {
        LatentShape last = plan.stages().last().shape();
        long transformer = weights(execution.dtype(), folder.transformer());
        List<MemoryUse> stages = stages(
                plan,
                new TransformerConfig.Flux(folder.transformerConfig()),
                folder.transformerConfig().innerDim(),
                textTokens,
                execution.dtype(),
                transformer);
        long decode = PictureDecodeMemory.bytes(folder.vaeConfig(), execution.vaeDtype(), last.height(), last.width());
        return around(folder, execution, stages, transformer, decode);
    }

    /** The same of videos by a HunyuanVideo folder. */
    public static List<MemoryUse> of(HunyuanVideoFolder folder, ImagePlan plan, int textTokens, Execution execution) {
        LatentShape last = plan.stages().last().shape();
        long transformer = weights(execution.dtype(), folder.transformer());
        List<MemoryUse> stages = stages(
                plan,
                new TransformerConfig.HunyuanVideo(folder.transformerConfig()),
                folder.transformerConfig().innerDim(),
                textTokens,
                execution.dtype(),
                transformer);
        long decode = VideoDecodeMemory.bytes(
                folder.vaeConfig(),
                execution.vaeDtype(),
                HunyuanVideoPipeline.tiling(folder.vaeConfig(), last, HunyuanVideoPipeline.WHOLE_DECODE_CELLS),
                last.frames(),
                last.height(),
                last.width());
        return around(folder, execution, stages, transformer, decode);
    }

    /** What comes before the stages and after them. */
    private static List<MemoryUse> around(
            PipelineFolder folder, Execution execution, List<MemoryUse> stages, long transformer, long decode) {
        List<MemoryUse> parts = new ArrayList<>();
        long encoders = weights(execution.dtype(), folder.textEncoder(), folder.textEncoder2());
        parts.add(new MemoryUse("text encoders", encoders, 0));
        parts.addAll(stages);
        parts.add(new MemoryUse("decoding", transformer + weights(execution.vaeDtype(), folder.vae()), decode));
        return parts;
    }

    /** One line for each size, in the order the plan comes to them. */
    static List<MemoryUse> stages(
            ImagePlan plan, TransformerConfig config, int dim, int textTokens, DType dtype, long weights) {
        Map<String, MemoryUse> stages = new LinkedHashMap<>();
        for (int i = 0; i < plan.stages().stages().size(); i++) {
            ResolutionStage stage = plan.stages().stages().get(i);
            StageSpec size = plan.spec().stages().get(i);
            String part = "transformer, " + size.width() + " x " + size.height();
            long tokens = config.imageTokens(stage.shape()) + textTokens;
            stages.put(part, new MemoryUse(part, weights, ForwardMemory.bytes(tokens, dim, dtype.bytes())));
        }
        return List.copyOf(stages.values());
    }

    /** Bytes of components' weights in a type, from the shapes their configurations ask for. */
    static long weights(DType dtype, Component<?>... components) {
        long values = 0;
        for (Component<?> component : components) {
            for (List<Long> shape : Weights.blueprint(component.model()).values()) {
                values += shape.stream().reduce(1L, Math::multiplyExact);
            }
        }
        return values * dtype.bytes();
    }
}
