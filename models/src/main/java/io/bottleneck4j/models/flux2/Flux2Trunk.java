package io.bottleneck4j.models.flux2;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.DoubleStreamBlock;
import io.bottleneck4j.models.mmdit.Modulation;
import io.bottleneck4j.models.mmdit.ModulationTable;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.models.mmdit.Trunk;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Text and image run through double-stream blocks, then, joined text first, through single-stream blocks; the image part is normalised.
 *
 * <p>All blocks of a kind have the same modulation, so a table has few rows: shift, scale and gate of the image's attention and
 * feed-forward, the same of the text's, those of the single-stream blocks, and scale and shift of the last normalisation.
 */
final class Flux2Trunk implements Trunk {
    private static final int STREAM = 6;
    private static final int SINGLE = 2 * STREAM;
    private static final int NORM_OUT = SINGLE + 3;
    static final int ROWS = NORM_OUT + 2;

    private final List<Part<DoubleStreamBlock>> doubleBlocks;
    private final List<Part<Flux2SingleBlock>> singleBlocks;
    private final List<Part<Linear>> modulations;

    Flux2Trunk(Flux2Transformer2DConfig config, Weights w) {
        BlockShape shape = config.blockShape();
        modulations = List.of(
                modulation(w, "double_stream_modulation_img", shape.dim(), STREAM),
                modulation(w, "double_stream_modulation_txt", shape.dim(), STREAM),
                modulation(w, "single_stream_modulation", shape.dim(), NORM_OUT - SINGLE),
                modulation(w, "norm_out", shape.dim(), ROWS - NORM_OUT));
        doubleBlocks = IntStream.range(0, config.numLayers())
                .mapToObj(i -> w.part(
                        "transformer_blocks." + i,
                        block -> DoubleStreamBlock.withoutBias(block, shape, ff -> new SwiGlu(ff, shape))))
                .toList();
        singleBlocks = IntStream.range(0, config.numSingleLayers())
                .mapToObj(i -> w.part("single_transformer_blocks." + i, block -> new Flux2SingleBlock(block, shape)))
                .toList();
    }

    private static Part<Linear> modulation(Weights w, String key, int dim, int rows) {
        return w.part(key, layer -> Linear.withoutBias(layer, "linear", dim, rows * dim));
    }

    /**
     * The modulations for the noise levels of a run.
     *
     * @param temb a vector for each of the levels [sigmas, D]
     */
    ModulationTable modulations(Tensor temb, List<Double> sigmas) {
        return new ModulationTable(scoped(() -> rows(Ops.silu(temb))), sigmas);
    }

    private Tensor rows(Tensor activated) {
        Tensor[] rows = modulations.stream()
                .map(layer -> layer.use(linear -> linear.forward(activated)))
                .toArray(Tensor[]::new);
        Tensor table = Ops.cat(-1, rows).view(activated.size(0), ROWS, -1);
        return table.add(scaleRows().to(table.dtype()).to(table.device()));
    }

    /** 1 in rows that are scales, 0 elsewhere [rows, 1]. */
    private static Tensor scaleRows() {
        float[] ones = new float[ROWS];
        for (int scale = 1; scale < NORM_OUT; scale += 3) {
            ones[scale] = 1;
        }
        ones[NORM_OUT] = 1;
        return Tensor.of(ones, ROWS, 1);
    }

    @Override
    public Tensor hidden(Streams in, Tensor rows, Attending attending) {
        return hidden(in, 0, rows, attending);
    }

    @Override
    public Streams first(Streams in, Tensor rows, Attending attending) {
        return doubleBlock(0, in, rows, attending);
    }

    @Override
    public Tensor afterFirst(Streams in, Tensor rows, Attending attending) {
        return hidden(in, 1, rows, attending);
    }

    @Override
    public Tensor normOut(Tensor hidden, Tensor rows) {
        return Modulation.normalise(hidden, rows.select(0, NORM_OUT + 1), rows.select(0, NORM_OUT));
    }

    /** Each block's input is freed once its output is there, or memory would grow with depth. */
    private Tensor hidden(Streams in, int first, Tensor rows, Attending attending) {
        return scoped(() -> {
            Streams streams = in;
            for (int i = first; i < doubleBlocks.size(); i++) {
                Streams next = doubleBlock(i, streams, rows, attending);
                if (i > first) {
                    Scope.free(streams.img());
                    Scope.free(streams.txt());
                }
                streams = next;
            }
            Tensor x = Ops.cat(1, streams.txt(), streams.img());
            for (int i = 0; i < singleBlocks.size(); i++) {
                Tensor next = singleBlock(i, x, rows, attending);
                Scope.free(x);
                x = next;
            }
            return x.from(1, in.txt().size(1));
        });
    }

    /** Both streams after one double-stream block. */
    Streams doubleBlock(int i, Streams in, Tensor rows, Attending attending) {
        DoubleStreamBlock.Modulations mod = new DoubleStreamBlock.Modulations(
                Modulation.of(rows, 0),
                Modulation.of(rows, 3),
                Modulation.of(rows, STREAM),
                Modulation.of(rows, STREAM + 3));
        return doubleBlocks.get(i).use(block -> block.forward(in, mod, attending));
    }

    /** Joined tokens, text first, after one single-stream block: x [1, Lt + Li, D]. */
    Tensor singleBlock(int i, Tensor x, Tensor rows, Attending attending) {
        return singleBlocks.get(i).use(block -> block.forward(x, Modulation.of(rows, SINGLE), attending));
    }
}
