package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.models.text.ClipEncoderLayer;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
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
    private final VisionModel visionModel;
    private final Linear visualProjection;
    private final Linear textProjection;

    ClipModel(ClipConfig config, Weights w) {
        textModel = new ClipTextModel(config.text(), w.at("text_model"));
        visionModel = new VisionModel(config.vision(), w.at("vision_model"));
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

    /**
     * CLIP's vision transformer: a class token and one token a patch, with positions, through layers that look everywhere. Source:
     * transformers modeling_clip.py@5.23.0, CLIPVisionModel.
     */
    private static final class VisionModel {
        private final ClipConfig.Vision config;
        private final Tensor classEmbedding;
        private final Tensor patchEmbedding;
        private final Tensor positionEmbedding;
        private final LayerNorm preLayernorm;
        private final List<ClipEncoderLayer> layers = new ArrayList<>();
        private final LayerNorm postLayernorm;

        VisionModel(ClipConfig.Vision config, Weights w) {
            this.config = config;
            int d = config.layer().hiddenSize();
            double eps = config.layer().eps();
            int patch = config.patchSize();
            int positions = config.side() * config.side() + 1;
            classEmbedding = w.tensor("embeddings.class_embedding", d);
            patchEmbedding = w.tensor("embeddings.patch_embedding.weight", d, 3, patch, patch);
            positionEmbedding = w.tensor("embeddings.position_embedding.weight", positions, d);
            preLayernorm = LayerNorm.of(w, "pre_layrnorm", d, eps); // the checkpoint's spelling
            for (int i = 0; i < config.numHiddenLayers(); i++) {
                layers.add(new ClipEncoderLayer(config.layer(), w.at("encoder.layers." + i)));
            }
            postLayernorm = LayerNorm.of(w, "post_layernorm", d, eps);
        }

        /** Prepared pictures [B, 3, S, S] → the class token's last state, normalised, [B, D]. */
        Tensor forward(Tensor pixelValues) {
            return scoped(() -> {
                Tensor x = scoped(() -> preLayernorm.forward(embeddings(pixelValues)));
                Tensor last = Layer.inTurn(x, layers, (layer, y) -> layer.forward(y, null));
                return postLayernorm.forward(last.select(1, 0));
            });
        }

        /** [B, 3, S, S] → [B, 1 + (S / patch)², D]. */
        private Tensor embeddings(Tensor pixelValues) {
            long batch = pixelValues.size(0);
            int d = config.layer().hiddenSize();
            Tensor patches = Ops.conv2d(pixelValues, patchEmbedding, null, config.patchSize(), 0)
                    .view(batch, d, -1)
                    .transpose(1, 2);
            Tensor first = classEmbedding.view(1, 1, d).expand(batch, 1, d);
            return Ops.cat(1, first, patches).add(positionEmbedding);
        }
    }
}
