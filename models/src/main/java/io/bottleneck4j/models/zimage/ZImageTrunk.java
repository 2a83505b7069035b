package io.bottleneck4j.models.zimage;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.ModulationTable;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.models.mmdit.Trunk;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Part;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What an image's tokens run through: the noise refiner alone, then the layers, joined with the text, which has been through the context
 * refiner already. diffusers joins them the other way round; attention does not know an order but by positions, so that changes nothing but
 * the last digits.
 *
 * <p>A modulation table has four rows for each block of the noise refiner, four for each layer, and the scale of the last normalisation.
 */
final class ZImageTrunk implements Trunk {
    private static final double EPS = 1e-6;

    private final List<Part<ZImageBlock>> noiseRefiner;
    private final List<Part<ZImageBlock>> layers;
    private final List<Part<Linear>> modulations;
    private final Part<Linear> finalModulation;

    ZImageTrunk(ZImageTransformer2DConfig config, Weights w) {
        noiseRefiner = blocks(config, w, "noise_refiner", config.nRefinerLayers());
        layers = blocks(config, w, "layers", config.nLayers());
        modulations = new ArrayList<>(modulations(config, w, "noise_refiner", config.nRefinerLayers()));
        modulations.addAll(modulations(config, w, "layers", config.nLayers()));
        finalModulation = w.part(
                "all_final_layer.2-1.adaLN_modulation",
                last -> Linear.of(last, "1", config.steeringDim(), config.dim()));
    }

    /** Reads {@code key.0}, {@code key.1} and so on. */
    static List<Part<ZImageBlock>> blocks(ZImageTransformer2DConfig config, Weights w, String key, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> w.part(key + "." + i, block -> new ZImageBlock(config, block)))
                .toList();
    }

    private static List<Part<Linear>> modulations(ZImageTransformer2DConfig config, Weights w, String key, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> w.part(
                        key + "." + i + ".adaLN_modulation",
                        block -> Linear.of(block, "0", config.steeringDim(), ZImageBlock.ROWS * config.dim())))
                .toList();
    }

    /**
     * The modulations of all blocks for the noise levels of a run.
     *
     * @param steering a vector for each of the levels [sigmas, 256]
     */
    ModulationTable modulations(Tensor steering, List<Double> sigmas) {
        return new ModulationTable(scoped(() -> rows(steering)), sigmas);
    }

    private Tensor rows(Tensor steering) {
        long levels = steering.size(0);
        List<Tensor> rows = new ArrayList<>();
        for (Part<Linear> block : modulations) {
            rows.add(block.use(layer -> scoped(() -> {
                Tensor pairs = layer.forward(steering).view(levels, 2, 2, -1); // scale and gate, of both branches
                return Ops.cat(2, pairs.until(2, 1).add(1), pairs.from(2, 1).tanh())
                        .view(levels, ZImageBlock.ROWS, -1);
            })));
        }
        rows.add(finalModulation.use(
                layer -> scoped(() -> layer.forward(Ops.silu(steering)).add(1).view(levels, 1, -1))));
        return Ops.cat(1, rows.toArray(Tensor[]::new));
    }

    @Override
    public Tensor hidden(Streams in, Tensor rows, Attending attending) {
        return scoped(() -> throughLayers(refinedAndJoined(in, rows, attending), 0, rows, attending)
                .from(1, in.txt().size(1)));
    }

    @Override
    public Streams first(Streams in, Tensor rows, Attending attending) {
        try (Scope scope = Scope.open()) {
            long text = in.txt().size(1);
            Tensor joined = layer(0, refinedAndJoined(in, rows, attending), rows, attending);
            return new Streams(scope.keep(joined.from(1, text)), scope.keep(joined.until(1, text)));
        }
    }

    @Override
    public Tensor afterFirst(Streams in, Tensor rows, Attending attending) {
        return scoped(() -> throughLayers(Ops.cat(1, in.txt(), in.img()), 1, rows, attending)
                .from(1, in.txt().size(1)));
    }

    @Override
    public Tensor normOut(Tensor hidden, Tensor rows) {
        return Ops.layerNorm(hidden, rows.select(0, rows.size(0) - 1), null, EPS);
    }

    /** The image after the noise refiner, behind the text [1, Lt + Li, D]. */
    private Tensor refinedAndJoined(Streams in, Tensor rows, Attending attending) {
        return scoped(() -> {
            Attending alone =
                    Attending.by(attending.rotations().from(0, in.txt().size(1)));
            Tensor img = in.img();
            for (int i = 0; i < noiseRefiner.size(); i++) {
                img = refiner(i, img, rows, alone);
            }
            return Ops.cat(1, in.txt(), img);
        });
    }

    /** The image after one block of the noise refiner. */
    Tensor refiner(int i, Tensor img, Tensor rows, Attending alone) {
        return through(noiseRefiner.get(i), img, mod(rows, i), alone);
    }

    /** Text and image after one layer: x [1, Lt + Li, D]. */
    Tensor layer(int i, Tensor x, Tensor rows, Attending attending) {
        return through(layers.get(i), x, mod(rows, noiseRefiner.size() + i), attending);
    }

    private static Tensor mod(Tensor rows, int block) {
        return rows.narrow(0, (long) block * ZImageBlock.ROWS, ZImageBlock.ROWS);
    }

    static Tensor through(Part<ZImageBlock> part, Tensor x, @Nullable Tensor mod, Attending attending) {
        return part.use(block -> block.forward(x, mod, attending));
    }

    /** Takes x, which is freed: each layer's input goes once its output is there, or memory would grow with depth. */
    private Tensor throughLayers(Tensor x, int first, Tensor rows, Attending attending) {
        Tensor joined = x;
        for (int i = first; i < layers.size(); i++) {
            Tensor next = layer(i, joined, rows, attending);
            Scope.free(joined);
            joined = next;
        }
        return joined;
    }
}
