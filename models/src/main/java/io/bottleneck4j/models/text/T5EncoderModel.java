package io.bottleneck4j.models.text;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.nn.Layer;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * T5's encoder: token embeddings, then layers in which every token looks at every other, biased by their distance. Source:
 * transformers modeling_t5.py@5.23.0, T5EncoderModel, and modeling_umt5.py@5.23.0, UMT5EncoderModel.
 *
 * <p>There is no attention mask: FLUX gives none, so that padding is attended to, and where padding is masked it is left away, since a
 * bias depends on distances alone. In a float16 model the residual stream is
 * float32 (the Python class gets there after its first layer and clamps before), so nothing needs clamping.
 */
public final class T5EncoderModel {
    private static final String SHARED = "shared.weight";
    private static final String OWN = "encoder.embed_tokens.weight";
    /** What a T5 has beside its encoder. */
    private static final Pattern WHOLE_T5 = Pattern.compile("decoder\\..+|lm_head\\.weight");

    private final T5Config config;
    private final RelativePositions positions;
    private final Tensor shared;
    /** Of all layers; null where each has its own. */
    private final @Nullable Tensor relativeAttentionBias;

    private final List<Part<T5Block>> blocks = new ArrayList<>();
    private final T5Block.Norm finalLayerNorm;

    /** Reads the weights under the names of {@link #checkpoint}. */
    public T5EncoderModel(T5Config config, Weights w) {
        this.config = config;
        positions = new RelativePositions(config.relativeAttentionNumBuckets(), config.relativeAttentionMaxDistance());
        shared = w.tensor(SHARED, config.vocabSize(), config.dModel());
        relativeAttentionBias =
                config.biasInEachLayer() ? null : T5Block.relativeAttentionBias(config, w.at("encoder.block.0"));
        for (int i = 0; i < config.numLayers(); i++) {
            blocks.add(w.part("encoder.block." + i, block -> new T5Block(config, block)));
        }
        finalLayerNorm = T5Block.Norm.of(w, "encoder.final_layer_norm", config);
    }

    /**
     * A checkpoint under the names this class asks for, and of a whole T5 the encoder's half alone. The embedding is shown as {@code
     * shared.weight}; it is the file's {@code encoder.embed_tokens.weight} where that is there, whatever {@code tie_word_embeddings} says,
     * and then {@code shared.weight} is the decoder's. Closing it closes the source. Source: run with transformers 5.23.0, which does not
     * tie the two where both are in a file and differ.
     */
    public static TensorSource checkpoint(TensorSource source) {
        boolean both = source.infos().containsKey(SHARED) && source.infos().containsKey(OWN);
        return new RenamedSource(
                source,
                name -> {
                    if (name.equals(SHARED)) {
                        return both ? Optional.empty() : Optional.of(name);
                    }
                    return Optional.of(name.equals(OWN) ? SHARED : name);
                },
                name -> WHOLE_T5.matcher(name).matches());
    }

    public T5Config config() {
        return config;
    }

    /**
     * Encodes a prompt's token ids, end and padding included, one at least and of the vocabulary: [1, L, dModel],
     * normalised.
     */
    public Tensor forward(long[] ids) {
        return scoped(() -> finalLayerNorm.forward(encode(ids)));
    }

    private Tensor encode(long[] ids) {
        Tensor tokens = EncoderInputs.ids(ids, config.vocabSize(), shared.device());
        Tensor pairs =
                Tensor.of(positions.ofPairs(ids.length), ids.length, ids.length).to(shared.device());
        Tensor x = Ops.embedding(shared, tokens).to(T5Block.residualType(shared.dtype()));
        if (relativeAttentionBias == null) {
            return Layer.inTurn(x, blocks, (part, y) -> part.use(block -> block.forwardBuckets(y, pairs)));
        }
        Tensor bias = T5Block.bias(relativeAttentionBias, pairs);
        return Layer.inTurn(x, blocks, (part, y) -> part.use(block -> block.forward(y, bias)));
    }
}
