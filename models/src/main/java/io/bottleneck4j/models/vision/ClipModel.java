package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * CLIP: pictures and texts as points of one space, close where they tell of the same. Source: transformers modeling_clip.py@5.23.0,
 * CLIPModel.
 */
final class ClipModel {
    /** Constants 0, 1, 2, … of older files, and the temperature of training, which a cosine has no use for. */
    private static final Set<String> UNUSED =
            Set.of("text_model.embeddings.position_ids", "vision_model.embeddings.position_ids", "logit_scale");

    private final ClipTextModel textModel;
    private final ClipVisionModel visionModel;
    private final Linear visualProjection;
    private final Linear textProjection;

    ClipModel(ClipConfig config, Weights w) {
        textModel = new ClipTextModel(config.text(), w.at("text_model"));
        visionModel = new ClipVisionModel(config.vision(), w.at("vision_model"));
        visualProjection = Linear.withoutBias(
                w, "visual_projection", config.vision().layer().hiddenSize(), config.projectionDim());
        textProjection = Linear.withoutBias(w, "text_projection", config.text().hiddenSize(), config.projectionDim());
    }

    /** A checkpoint without what this class asks nothing of. Closing it closes the source. */
    static TensorSource checkpoint(TensorSource source) {
        return new RenamedSource(source, name -> UNUSED.contains(name) ? Optional.empty() : Optional.of(name));
    }

    /** Prepared pictures [B, 3, S, S] → features [B, P]. */
    Tensor imageFeatures(Tensor pixelValues) {
        return scoped(() -> visualProjection.forward(visionModel.forward(pixelValues)));
    }

    /** Token ids of prompts, start and end included → features [B, P]. */
    Tensor textFeatures(List<long[]> prompts) {
        return scoped(() -> textProjection.forward(textModel.pooled(prompts)));
    }
}
