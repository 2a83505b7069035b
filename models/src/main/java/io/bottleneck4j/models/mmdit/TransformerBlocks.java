package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.TokenCache;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The trunk of a transformer: text and image run through double-stream blocks, then, joined text first, through single-stream blocks;
 * the image part is normalised. The batch is always 1. Weights are named as in the checkpoint.
 *
 * <p>HunyuanVideo's own code joins them the other way round. Attention does not know an order but by its attending, so that changes
 * nothing but the last digits.
 */
public final class TransformerBlocks implements Trunk {
    private final ModulationLayers modulations;
    private final List<Part<DoubleStreamBlock>> transformerBlocks = new ArrayList<>();
    private final List<Part<SingleStreamBlock>> singleTransformerBlocks = new ArrayList<>();

    /** Reads {@code transformer_blocks}, {@code single_transformer_blocks} and {@code norm_out}. */
    public TransformerBlocks(Weights w, BlockShape shape, int numLayers, int numSingleLayers) {
        this(w, shape, numLayers, numSingleLayers, BlockNames.FLUX);
    }

    /** The same of double-stream blocks whose layers have such names. */
    public TransformerBlocks(Weights w, BlockShape shape, int numLayers, int numSingleLayers, BlockNames names) {
        modulations = new ModulationLayers(w, shape.dim(), numLayers, numSingleLayers, names);
        for (int i = 0; i < numLayers; i++) {
            transformerBlocks.add(
                    w.part("transformer_blocks." + i, block -> new DoubleStreamBlock(block, shape, names)));
        }
        for (int i = 0; i < numSingleLayers; i++) {
            singleTransformerBlocks.add(
                    w.part("single_transformer_blocks." + i, block -> new SingleStreamBlock(block, shape)));
        }
    }

    /**
     * All blocks' modulations for the noise levels of a run.
     *
     * @param temb what {@link TimeTextEmbed} made of the levels [sigmas, D]
     */
    public ModulationTable modulations(Tensor temb, List<Double> sigmas) {
        return new ModulationTable(scoped(() -> modulations.forward(Ops.silu(temb))), sigmas);
    }

    /** Image tokens after all blocks, normalised [1, Li, D]: {@link #hidden}, then {@link #normOut}. */
    public Tensor forward(Streams in, Tensor rows, Attending attending) {
        return scoped(() -> normOut(hidden(in, rows, attending), rows));
    }

    @Override
    public Tensor hidden(Streams in, Tensor rows, Attending attending) {
        return hidden(in, 0, rows, attending);
    }

    @Override
    public Streams first(Streams in, Tensor rows, Attending attending) {
        return doubleStreamBlock(0, in, rows, attending);
    }

    @Override
    public Tensor afterFirst(Streams in, Tensor rows, Attending attending) {
        return hidden(in, 1, rows, attending);
    }

    /** {@link #hidden} from one of the double-stream blocks on. */
    private Tensor hidden(Streams in, int first, Tensor rows, Attending attending) {
        return scoped(() -> {
            Tensor joined = scoped(() -> doubleStream(in, first, rows, attending));
            return singleStream(joined, rows, attending).from(1, in.txt().size(1));
        });
    }

    @Override
    public Tensor normOut(Tensor hidden, Tensor rows) {
        return modulations(rows).normOut(hidden);
    }

    @Override
    public BlockPath path(StepCache.Inside cache, int steps) {
        if (cache instanceof TokenCache tokens) {
            return new TokenCachePath(this, tokens, cache.forwards(steps));
        }
        if (cache instanceof FirstBlockCache && transformerBlocks.isEmpty()) {
            throw new IllegalArgumentException("cache: " + cache + " needs a double-stream block, and this model has"
                    + " none; use another cache, such as taylor");
        }
        return Trunk.super.path(cache, steps);
    }

    ModulationLayers.Modulations modulations(Tensor rows) {
        return modulations.new Modulations(rows);
    }

    int doubleCount() {
        return transformerBlocks.size();
    }

    Streams doubleBlock(int i, Function<DoubleStreamBlock, Streams> work) {
        return transformerBlocks.get(i).use(work);
    }

    int singleCount() {
        return singleTransformerBlocks.size();
    }

    Tensor singleBlock(int i, Function<SingleStreamBlock, Tensor> work) {
        return singleTransformerBlocks.get(i).use(work);
    }

    /** Both streams after one double-stream block. */
    public Streams doubleStreamBlock(int i, Streams in, Tensor rows, Attending attending) {
        return doubleBlock(i, block -> block.forward(in, modulations(rows).block(i), attending));
    }

    /** Joined tokens, text first, after one single-stream block: x [1, Lt + Li, D]. */
    public Tensor singleStreamBlock(int i, Tensor x, Tensor rows, Attending attending) {
        return singleBlock(i, block -> block.forward(x, modulations(rows).single(i), attending));
    }

    // Each block's input is freed once its output is there, or memory would grow with depth.

    private Tensor doubleStream(Streams in, int first, Tensor rows, Attending attending) {
        Streams streams = in;
        for (int i = first; i < transformerBlocks.size(); i++) {
            Streams next = doubleStreamBlock(i, streams, rows, attending);
            if (i > first) {
                Scope.free(streams.img());
                Scope.free(streams.txt());
            }
            streams = next;
        }
        return Ops.cat(1, streams.txt(), streams.img());
    }

    private Tensor singleStream(Tensor in, Tensor rows, Attending attending) {
        Tensor x = in;
        for (int i = 0; i < singleTransformerBlocks.size(); i++) {
            Tensor next = singleStreamBlock(i, x, rows, attending);
            if (i > 0) {
                Scope.free(x);
            }
            x = next;
        }
        return x;
    }
}
