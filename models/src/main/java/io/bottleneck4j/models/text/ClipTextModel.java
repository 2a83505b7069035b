package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.LayerNorm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * CLIP's text encoder: token and position embeddings, then layers that look at earlier tokens only. Source: transformers
 * modeling_clip.py@5.23.0, CLIPTextModel.
 *
 * <p>FLUX takes the {@linkplain Encoding#pooled pooled} state alone. Padding is encoded like any token.
 */
public final class ClipTextModel {
    private static final String OLD_PREFIX = "text_model.";
    /** A constant 0, 1, 2, …, which older versions of transformers stored. */
    private static final String POSITION_IDS = "embeddings.position_ids";
    /** What a whole CLIP has beside its text model. */
    private static final Pattern WHOLE_CLIP =
            Pattern.compile("vision_model\\..+|visual_projection\\.weight|text_projection\\.weight|logit_scale");
    /** The end token of early config files, which never was the tokenizer's. */
    private static final int LEGACY_EOS = 2;

    private final ClipTextConfig config;
    private final Tensor tokenEmbedding;
    private final Tensor positionEmbedding;
    private final List<ClipEncoderLayer> layers = new ArrayList<>();
    private final LayerNorm finalLayerNorm;

    /**
     * What the encoder says of a prompt.
     *
     * @param lastHiddenState one state a token, normalised, [1, L, D]
     * @param pooled the end token's state [1, D]; a view of {@code lastHiddenState}
     */
    public record Encoding(Tensor lastHiddenState, Tensor pooled) {}

    /** Reads the weights under the names of {@link #checkpoint}. */
    public ClipTextModel(ClipTextConfig config, Weights w) {
        this.config = config;
        int d = config.hiddenSize();
        tokenEmbedding = w.tensor("embeddings.token_embedding.weight", config.vocabSize(), d);
        positionEmbedding = w.tensor("embeddings.position_embedding.weight", config.maxPositionEmbeddings(), d);
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            layers.add(new ClipEncoderLayer(config.layer(), w.at("encoder.layers." + i)));
        }
        finalLayerNorm = LayerNorm.of(w, "final_layer_norm", d, config.layerNormEps());
    }

    /**
     * A checkpoint under the names this class asks for: without the prefix {@code text_model.} that files written before
     * transformers 5 have, without stored position numbers, and of a whole CLIP the text's half alone. Closing it closes the source.
     */
    public static TensorSource checkpoint(TensorSource source) {
        return new RenamedSource(
                source,
                name -> {
                    String bare = name.startsWith(OLD_PREFIX) ? name.substring(OLD_PREFIX.length()) : name;
                    return bare.equals(POSITION_IDS) ? Optional.empty() : Optional.of(bare);
                },
                name -> WHOLE_CLIP.matcher(name).matches());
    }

    public ClipTextConfig config() {
        return config;
    }

    /**
     * Encodes a prompt's token ids, start and end included: one at least, no more than the positions, and of the
     * vocabulary.
     */
    public Encoding forward(long[] ids) {
        Tensor last = scoped(() -> finalLayerNorm.forward(encode(List.of(ids))));
        return new Encoding(last, last.select(1, pooledPosition(ids)));
    }

    /**
     * The pooled states [B, D] of prompts, encoded as one batch. Shorter ones are filled up behind their end, which changes nothing: a
     * token looks at earlier ones only.
     *
     * @param prompts the token ids of each, start and end included; at least one prompt
     * @throws IllegalArgumentException as {@link #forward}
     */
    public Tensor pooled(List<long[]> prompts) {
        return scoped(() -> {
            Tensor last = finalLayerNorm.forward(encode(prompts));
            Tensor[] rows = new Tensor[prompts.size()];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = last.narrow(0, i, 1).select(1, pooledPosition(prompts.get(i)));
            }
            return Ops.cat(0, rows);
        });
    }

    /** Token ids → states [B, L, D], before the last normalisation. */
    private Tensor encode(List<long[]> prompts) {
        int longest = prompts.stream().mapToInt(ids -> ids.length).max().orElse(0);
        if (longest > config.maxPositionEmbeddings()) {
            throw new IllegalArgumentException("ids: at most " + config.maxPositionEmbeddings() + " tokens fit, not "
                    + longest + "; truncate when encoding");
        }
        Tensor[] rows = prompts.stream()
                .map(ids -> EncoderInputs.ids(filled(ids, longest), config.vocabSize(), tokenEmbedding.device()))
                .toArray(Tensor[]::new);
        Tensor embedded = Ops.embedding(tokenEmbedding, Ops.cat(0, rows)).add(positionEmbedding.until(0, longest));
        Tensor mask =
                EncoderInputs.causalMask(longest, longest).to(embedded.dtype()).to(embedded.device());
        return Layer.inTurn(embedded, layers, (layer, y) -> layer.forward(y, mask));
    }

    /** The ids, and their last as often as makes them so many; none stay none, which is refused later. */
    private static long[] filled(long[] ids, int length) {
        long[] filled = Arrays.copyOf(ids, ids.length == 0 ? 0 : length);
        Arrays.fill(filled, ids.length, filled.length, ids.length == 0 ? 0 : ids[ids.length - 1]);
        return filled;
    }

    /** The first end token, or 0 without one; where the end token is said to be 2, the first of the largest ids. */
    private int pooledPosition(long[] ids) {
        int position = 0;
        for (int i = 0; i < ids.length; i++) {
            if (config.eosTokenId() == LEGACY_EOS) {
                position = ids[i] > ids[position] ? i : position;
            } else if (ids[i] == config.eosTokenId()) {
                return i;
            }
        }
        return position;
    }
}
