package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;

/**
 * How much people prefer a picture for a prompt, learned from their rankings: BLIP reads the prompt looking at the picture, and layers make
 * one number of its first token. Source: image-reward 1.5, ImageReward.py.
 */
final class ImageRewardModel {
    private static final double MEAN = 0.16717362830052426;
    private static final double STD = 1.0333394966054072;

    private final VisionModel visualEncoder;
    private final TextModel textEncoder;
    private final AestheticHead.Layers mlp;

    /** Reads the weights. */
    ImageRewardModel(ImageRewardConfig config, Weights w) {
        visualEncoder = new VisionModel(config.vision(), w.at("blip.visual_encoder"));
        textEncoder = new TextModel(config.text(), w.at("blip.text_encoder"));
        mlp = new AestheticHead.Layers(
                w.at("mlp"), AestheticHead.Layers.FIVE, config.text().hiddenSize());
    }

    /** Prepared pictures [B, 3, S, S] → their states [B, N, Dv]. */
    Tensor pictures(Tensor pixelValues) {
        return visualEncoder.forward(pixelValues);
    }

    /** Token ids [L] without padding, one picture's states [1, N, Dv] → the reward, normalised over the training set. */
    double reward(long[] ids, Tensor picture) {
        float raw = scoped(() -> mlp.forward(textEncoder.forward(ids, picture))).toFloats()[0];
        return (raw - MEAN) / STD;
    }

    /** Attention of several heads over projections that hold them side by side: q [B, Lq, D], k and v [B, Lk, D] → [B, Lq, D]. */
    private static Tensor heads(Tensor q, Tensor k, Tensor v, int heads) {
        Tensor attended = Attention.attention(split(q, heads), split(k, heads), split(v, heads));
        return attended.transpose(1, 2).reshape(q.size(0), q.size(1), q.size(2));
    }

    private static Tensor split(Tensor x, int heads) {
        return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
    }

    /** BLIP's vision transformer. Source: image-reward 1.5, models/BLIP/vit.py, VisionTransformer. */
    private static final class VisionModel {
        private static final double EPS = 1e-6;

        private final Conv2d patchEmbed;
        private final Tensor clsToken;
        private final Tensor posEmbed;
        private final List<VisionBlock> blocks = new ArrayList<>();
        private final LayerNorm norm;

        VisionModel(ImageRewardConfig.Vision config, Weights w) {
            int d = config.embedDim();
            int side = config.imageSize() / config.patchSize();
            patchEmbed = Conv2d.of(w, "patch_embed.proj", 3, d, config.patchSize(), config.patchSize(), 0);
            clsToken = w.tensor("cls_token", 1, 1, d);
            posEmbed = w.tensor("pos_embed", 1, (long) side * side + 1, d);
            for (int i = 0; i < config.depth(); i++) {
                blocks.add(new VisionBlock(d, config.numHeads(), w.at("blocks." + i)));
            }
            norm = LayerNorm.of(w, "norm", d, EPS);
        }

        /** Prepared pictures [B, 3, S, S] → states of the class token and the patches [B, 1 + (S / patch)², D]. */
        Tensor forward(Tensor pixelValues) {
            return scoped(() -> {
                Tensor x = scoped(() -> embeddings(pixelValues));
                Tensor last = Layer.inTurn(x, blocks, VisionBlock::forward);
                return norm.forward(last);
            });
        }

        private Tensor embeddings(Tensor pixelValues) {
            long batch = pixelValues.size(0);
            Tensor patches = patchEmbed.forward(pixelValues);
            Tensor rows = patches.view(batch, patches.size(1), -1).transpose(1, 2);
            return Ops.cat(1, clsToken.expand(batch, -1, -1), rows).add(posEmbed);
        }

        /** Attention and feed-forward of four times the width, each normalised before. */
        private static final class VisionBlock {
            private final int heads;
            private final LayerNorm norm1;
            private final Linear qkv;
            private final Linear proj;
            private final LayerNorm norm2;
            private final Linear fc1;
            private final Linear fc2;

            VisionBlock(int d, int heads, Weights w) {
                this.heads = heads;
                norm1 = LayerNorm.of(w, "norm1", d, EPS);
                qkv = Linear.of(w, "attn.qkv", d, 3 * d);
                proj = Linear.of(w, "attn.proj", d, d);
                norm2 = LayerNorm.of(w, "norm2", d, EPS);
                fc1 = Linear.of(w, "mlp.fc1", d, 4 * d);
                fc2 = Linear.of(w, "mlp.fc2", 4 * d, d);
            }

            Tensor forward(Tensor x) {
                return scoped(() -> {
                    Tensor attended = scoped(() -> x.add(proj.forward(attention(norm1.forward(x)))));
                    Tensor hidden = scoped(() -> Ops.gelu(fc1.forward(norm2.forward(attended))));
                    return attended.add(fc2.forward(hidden));
                });
            }

            private Tensor attention(Tensor x) {
                List<Tensor> parts = qkv.forward(x).chunk(3, -1);
                return heads(parts.get(0), parts.get(1), parts.get(2), heads);
            }
        }
    }

    /** BLIP's text encoder that looks at a picture. Source: image-reward 1.5, models/BLIP/med.py, BertModel without pooling. */
    private static final class TextModel {
        private final Tensor wordEmbeddings;
        private final Tensor positionEmbeddings;
        private final LayerNorm norm;
        private final List<TextLayer> layers = new ArrayList<>();

        TextModel(ImageRewardConfig.Text config, Weights w) {
            int d = config.hiddenSize();
            Weights embeddings = w.at("embeddings");
            wordEmbeddings = embeddings.tensor("word_embeddings.weight", config.vocabSize(), d);
            positionEmbeddings = embeddings.tensor("position_embeddings.weight", config.maxPositionEmbeddings(), d);
            norm = LayerNorm.of(embeddings, "LayerNorm", d, config.layerNormEps());
            for (int i = 0; i < config.numHiddenLayers(); i++) {
                layers.add(new TextLayer(config, w.at("encoder.layer." + i)));
            }
        }

        /** Token ids [L] without padding, a picture's states [1, N, Dv] → the first token's last state [1, D]. */
        Tensor forward(long[] ids, Tensor picture) {
            return scoped(() -> {
                Tensor x = scoped(() -> norm.forward(embeddings(ids)));
                Tensor last = Layer.inTurn(x, layers, (layer, y) -> layer.forward(y, picture));
                return last.select(1, 0);
            });
        }

        private Tensor embeddings(long[] ids) {
            Tensor tokens = Tensor.of(ids, 1, ids.length).to(wordEmbeddings.device());
            return Ops.embedding(wordEmbeddings, tokens).add(positionEmbeddings.until(0, ids.length));
        }
    }

    /**
     * A layer of BLIP's text encoder: text looks at itself, then at a picture, then passes a feed-forward layer; each normalised after. Source:
     * image-reward 1.5, models/BLIP/med.py, BertLayer in the mode "multimodal".
     */
    private static final class TextLayer {
        private final Attending attention;
        private final Attending crossattention;
        private final Linear intermediate;
        private final Linear output;
        private final LayerNorm norm;

        TextLayer(ImageRewardConfig.Text config, Weights w) {
            int d = config.hiddenSize();
            attention = new Attending(config, d, w.at("attention"));
            crossattention = new Attending(config, config.encoderWidth(), w.at("crossattention"));
            intermediate = Linear.of(w, "intermediate.dense", d, config.intermediateSize());
            output = Linear.of(w, "output.dense", config.intermediateSize(), d);
            norm = LayerNorm.of(w, "output.LayerNorm", d, config.layerNormEps());
        }

        /** x [B, L, D]; picture [B, N, Dv]. */
        Tensor forward(Tensor x, Tensor picture) {
            return scoped(() -> {
                Tensor itself = attention.forward(x, x);
                Tensor seen = crossattention.forward(itself, picture);
                Tensor hidden = scoped(() -> output.forward(Ops.gelu(intermediate.forward(seen))));
                return norm.forward(hidden.add(seen));
            });
        }

        private static final class Attending {
            private final int heads;
            private final Linear query;
            private final Linear key;
            private final Linear value;
            private final Linear dense;
            private final LayerNorm norm;

            Attending(ImageRewardConfig.Text config, int width, Weights w) {
                int d = config.hiddenSize();
                heads = config.numAttentionHeads();
                query = Linear.of(w, "self.query", d, d);
                key = Linear.of(w, "self.key", width, d);
                value = Linear.of(w, "self.value", width, d);
                dense = Linear.of(w, "output.dense", d, d);
                norm = LayerNorm.of(w, "output.LayerNorm", d, config.layerNormEps());
            }

            Tensor forward(Tensor x, Tensor at) {
                return scoped(() -> {
                    Tensor attended = heads(query.forward(x), key.forward(at), value.forward(at), heads);
                    return norm.forward(dense.forward(attended).add(x));
                });
            }
        }
    }
}
