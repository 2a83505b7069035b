package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;

/** BLIP's vision transformer. Source: image-reward 1.5, models/BLIP/vit.py, VisionTransformer. */
final class BlipVisionModel {
    private static final double EPS = 1e-6;

    private final Conv2d patchEmbed;
    private final Tensor clsToken;
    private final Tensor posEmbed;
    private final List<Block> blocks = new ArrayList<>();
    private final LayerNorm norm;

    BlipVisionModel(ImageRewardConfig.Vision config, Weights w) {
        int d = config.embedDim();
        int side = config.imageSize() / config.patchSize();
        patchEmbed = Conv2d.of(w, "patch_embed.proj", 3, d, config.patchSize(), config.patchSize(), 0);
        clsToken = w.tensor("cls_token", 1, 1, d);
        posEmbed = w.tensor("pos_embed", 1, (long) side * side + 1, d);
        for (int i = 0; i < config.depth(); i++) {
            blocks.add(new Block(d, config.numHeads(), w.at("blocks." + i)));
        }
        norm = LayerNorm.of(w, "norm", d, EPS);
    }

    /** Prepared pictures [B, 3, S, S] → states of the class token and the patches [B, 1 + (S / patch)², D]. */
    Tensor forward(Tensor pixelValues) {
        return scoped(() -> {
            Tensor x = scoped(() -> embeddings(pixelValues));
            for (Block block : blocks) {
                Tensor next = block.forward(x);
                Scope.free(x);
                x = next;
            }
            return norm.forward(x);
        });
    }

    private Tensor embeddings(Tensor pixelValues) {
        long batch = pixelValues.size(0);
        Tensor patches = patchEmbed.forward(pixelValues);
        Tensor rows = patches.view(batch, patches.size(1), -1).transpose(1, 2);
        return Ops.cat(1, clsToken.expand(batch, -1, -1), rows).add(posEmbed);
    }

    /** Attention and feed-forward of four times the width, each normalised before. */
    private static final class Block {
        private final int heads;
        private final LayerNorm norm1;
        private final Linear qkv;
        private final Linear proj;
        private final LayerNorm norm2;
        private final Linear fc1;
        private final Linear fc2;

        Block(int d, int heads, Weights w) {
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
            return Heads.attention(parts.get(0), parts.get(1), parts.get(2), heads);
        }
    }
}
