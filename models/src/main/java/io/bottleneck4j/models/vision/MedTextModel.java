package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import java.util.ArrayList;
import java.util.List;

/** BLIP's text encoder that looks at a picture. Source: image-reward 1.5, models/BLIP/med.py, BertModel without pooling. */
final class MedTextModel {
    private final Tensor wordEmbeddings;
    private final Tensor positionEmbeddings;
    private final LayerNorm norm;
    private final List<MedLayer> layers = new ArrayList<>();

    MedTextModel(ImageRewardConfig.Text config, Weights w) {
        int d = config.hiddenSize();
        Weights embeddings = w.at("embeddings");
        wordEmbeddings = embeddings.tensor("word_embeddings.weight", config.vocabSize(), d);
        positionEmbeddings = embeddings.tensor("position_embeddings.weight", config.maxPositionEmbeddings(), d);
        norm = LayerNorm.of(embeddings, "LayerNorm", d, config.layerNormEps());
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            layers.add(new MedLayer(config, w.at("encoder.layer." + i)));
        }
    }

    /** Token ids [L] without padding, a picture's states [1, N, Dv] → the first token's last state [1, D]. */
    Tensor forward(long[] ids, Tensor picture) {
        return scoped(() -> {
            Tensor x = scoped(() -> norm.forward(embeddings(ids)));
            for (MedLayer layer : layers) {
                Tensor next = layer.forward(x, picture);
                Scope.free(x);
                x = next;
            }
            return x.select(1, 0);
        });
    }

    private Tensor embeddings(long[] ids) {
        Tensor tokens = Tensor.of(ids, 1, ids.length).to(wordEmbeddings.device());
        return Ops.embedding(wordEmbeddings, tokens).add(positionEmbeddings.until(0, ids.length));
    }
}
