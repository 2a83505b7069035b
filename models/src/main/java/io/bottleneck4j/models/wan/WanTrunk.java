package io.bottleneck4j.models.wan;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.models.mmdit.Trunk;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The blocks, in which a video's tokens attend to each other and to a text that stays as it is.
 *
 * <p>A noise level has seven rows: six for all blocks, to which each adds its own, and the embedded level, which the last normalisation adds
 * its own two to.
 */
final class WanTrunk implements Trunk {
    private final double eps;
    // Package-private, not private: tests compare layer by layer.
    final List<Part<WanBlock>> blocks;
    private final Tensor table; // [2, D]

    WanTrunk(WanTransformer3DConfig config, Weights w) {
        eps = config.eps();
        blocks = IntStream.range(0, config.numLayers())
                .mapToObj(i -> w.part("blocks." + i, block -> new WanBlock(config, block)))
                .toList();
        table = WanBlock.table(w, 2, config.innerDim());
    }

    /** The video attends to the text apart. */
    @Override
    public boolean joinsText() {
        return false;
    }

    @Override
    public Tensor hidden(Streams in, Tensor rows, Attending attending) {
        return through(in, 0, rows, attending);
    }

    @Override
    public Streams first(Streams in, Tensor rows, Attending attending) {
        return new Streams(
                block(0, in.img(), in.txt(), rows, attending),
                scoped(() -> in.txt().view(in.txt().shape())));
    }

    @Override
    public Tensor afterFirst(Streams in, Tensor rows, Attending attending) {
        return through(in, 1, rows, attending);
    }

    @Override
    public Tensor normOut(Tensor hidden, Tensor rows) {
        return scoped(() -> WanBlock.modulated(hidden, table.add(rows.from(0, WanBlock.ROWS)), 0, eps));
    }

    /** x [1, L, D] after one block. */
    Tensor block(int i, Tensor x, Tensor text, Tensor rows, Attending attending) {
        return blocks.get(i).use(block -> block.forward(x, text, rows.until(0, WanBlock.ROWS), attending));
    }

    /** Each block's input goes once its output is there, but for the first, which is the caller's. */
    private Tensor through(Streams in, int first, Tensor rows, Attending attending) {
        return scoped(() -> {
            Tensor x = in.img().view(in.img().shape());
            for (int i = first; i < blocks.size(); i++) {
                Tensor next = block(i, x, in.txt(), rows, attending);
                Scope.free(x);
                x = next;
            }
            return x;
        });
    }
}
