package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.text.ClipEncoderLayer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import java.util.ArrayList;
import java.util.List;

/**
 * CLIP's vision transformer: a class token and one token a patch, with positions, through layers that look everywhere. Source:
 * transformers modeling_clip.py@5.23.0, CLIPVisionModel.
 */
final class ClipVisionModel {
    private final ClipVisionConfig config;
    private final Tensor classEmbedding;
    private final Tensor patchEmbedding;
    private final Tensor positionEmbedding;
    private final LayerNorm preLayernorm;
    private final List<ClipEncoderLayer> layers = new ArrayList<>();
    private final LayerNorm postLayernorm;

    ClipVisionModel(ClipVisionConfig config, Weights w) {
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
            for (ClipEncoderLayer layer : layers) {
                Tensor next = layer.forward(x, null);
                Scope.free(x);
                x = next;
            }
            return postLayernorm.forward(x.select(1, 0));
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
