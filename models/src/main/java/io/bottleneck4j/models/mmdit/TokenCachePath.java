package io.bottleneck4j.models.mmdit;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.core.cache.TokenCache;
import io.bottleneck4j.core.cache.TokenCache.Kind;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.torch.Attention;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link TokenCache} in the blocks: a full step leaves every block's attention and feed-forward, a partial step takes the attention from
 * there and computes the feed-forward of some tokens anew. Modulation is always the present step's.
 */
final class TokenCachePath implements BlockPath {
    private final TransformerBlocks blocks;
    private final TokenCache cache;
    private final List<Forward> forwards;
    private final List<Layer> layers = new ArrayList<>();
    private int step = -1;
    private @Nullable Tensor hidden; // image tokens after the last block, of the latest step that ran them
    private double @Nullable [] drawn; // this step's random scores of all tokens, text first

    TokenCachePath(TransformerBlocks blocks, TokenCache cache, List<Forward> forwards) {
        this.blocks = blocks;
        this.cache = cache;
        this.forwards = forwards;
    }

    /** What a full step leaves of one stream of a block, owned by the path. */
    private final class Layer {
        private final Tensor attended; // attention's result [1, L, D]; DuCa's of two streams projected already
        private final Tensor result; // of the feed-forward; in single-stream blocks of both branches [1, L, D]
        private final @Nullable Tensor
                activated; // the feed-forward's middle [1, L, middle], where all tokens need it again
        private final @Nullable TokenScores scores; // null where tokens are drawn
        private final int before; // tokens of the joint sequence before this stream's

        Layer(Tensor attended, Tensor result, @Nullable Tensor activated, @Nullable Tensor keyMeans, int before) {
            this.attended = attended.retain();
            this.result = result.retain();
            this.activated = activated == null ? null : activated.retain();
            this.scores = keyMeans == null
                    ? null
                    : new TokenScores(keyMeans, cache.rhythm().every());
            this.before = before;
            layers.add(this);
        }

        /** The tokens to compute, or null where there are none. */
        @Nullable
        Tensor fresh(int layer, boolean single) {
            long tokens = attended.size(1);
            int count = cache.fresh(tokens, layer, single);
            long[] picked = scores != null
                    ? scores.pick(count)
                    : TokenScores.highest(draw(before, Math.toIntExact(tokens)), count);
            return count == 0 ? null : Tensor.of(picked, count).to(attended.device());
        }

        void close() {
            attended.close();
            result.close();
            if (activated != null) {
                activated.close();
            }
        }
    }

    private double[] draw(int from, int count) {
        double[] part = new double[count];
        if (drawn != null) {
            System.arraycopy(drawn, from, part, 0, count);
        }
        return part;
    }

    @Override
    public Tensor hidden(Streams in, Tensor rows, Attending attending) {
        step++;
        Tensor kept = hidden;
        if (last() == Forward.SKIPPED && kept != null) {
            return kept;
        }
        if (last() == Forward.FULL) {
            free();
        }
        int joint = Math.toIntExact(in.txt().size(1) + in.img().size(1));
        drawn = drawsTokens() && last() == Forward.PARTIAL ? drawn(joint) : null;
        Tensor next = scoped(() -> throughAll(in, rows, attending));
        if (drawsTokens()) { // the only kind that skips steps
            if (kept != null) {
                kept.close();
            }
            hidden = next.retain();
        }
        return next;
    }

    private double[] drawn(int tokens) {
        try (Noise noise = Noise.seeded(cache.seed() + step);
                Scope scope = Scope.open()) {
            float[] values = noise.randn(tokens).toFloats();
            double[] scores = new double[tokens];
            for (int i = 0; i < tokens; i++) {
                scores[i] = values[i];
            }
            return scores;
        }
    }

    private Tensor throughAll(Streams in, Tensor rows, Attending attending) {
        boolean full = last() == Forward.FULL;
        Streams streams = in;
        for (int i = 0; i < blocks.doubleCount(); i++) {
            DoubleStreamBlock.Modulations mod = blocks.modulations(rows).block(i);
            Streams now = streams;
            int layer = i;
            Streams next = blocks.doubleBlock(
                    i, block -> full ? fullDouble(block, now, mod, attending) : partialDouble(block, layer, now, mod));
            if (i > 0) {
                Scope.free(streams.img());
                Scope.free(streams.txt());
            }
            streams = next;
        }
        Tensor x = Ops.cat(1, streams.txt(), streams.img());
        for (int i = 0; i < blocks.singleCount(); i++) {
            Modulation mod = blocks.modulations(rows).single(i);
            Tensor now = x;
            int layer = i;
            Tensor next = blocks.singleBlock(
                    i,
                    block -> scoped(() ->
                            full ? fullSingle(block, now, mod, attending) : partialSingle(block, layer, now, mod)));
            Scope.free(x);
            x = next;
        }
        return x.from(1, in.txt().size(1));
    }

    private Streams fullDouble(
            DoubleStreamBlock block, Streams in, DoubleStreamBlock.Modulations mod, Attending attending) {
        try (Scope scope = Scope.open()) {
            long lt = in.txt().size(1);
            Attended joint = attend(block, in, mod, attending);
            Tensor img = scope.keep(fullStream(block.img, in.img(), joint.from(lt), lt, mod.imgAttn(), mod.imgFf()));
            Tensor txt = scope.keep(fullStream(block.txt, in.txt(), joint.until(lt), 0, mod.txtAttn(), mod.txtFf()));
            return new Streams(img, txt);
        }
    }

    /**
     * Attention's result, and how much attention each token received, where that chooses tokens.
     *
     * @param out [1, L, D]
     * @param received [L]; null for DuCa, which draws its tokens, so that the fused attention serves
     */
    private record Attended(Tensor out, @Nullable Tensor received) {
        static Attended of(Attention.WithKeyMeans both) {
            return new Attended(both.out(), both.keyMeans());
        }

        Attended from(long start) {
            return new Attended(out.from(1, start), received == null ? null : received.from(0, start));
        }

        Attended until(long end) {
            return new Attended(out.until(1, end), received == null ? null : received.until(0, end));
        }
    }

    private boolean drawsTokens() {
        return cache.kind() == Kind.DUCA;
    }

    private Attended attend(
            DoubleStreamBlock block, Streams in, DoubleStreamBlock.Modulations mod, Attending attending) {
        Tensor joint = block.project(in, mod);
        long lt = in.txt().size(1);
        QueryKeyValue txt = block.txt.qkv();
        QueryKeyValue img = block.img.qkv();
        return drawsTokens()
                ? new Attended(QueryKeyValue.attend(joint, lt, txt, img, attending), null)
                : Attended.of(QueryKeyValue.attendWithMeans(joint, lt, txt, img, attending));
    }

    private Attended attend(SingleStreamBlock block, Tensor normed, Attending attending) {
        Tensor projected = block.qkv.forward(normed);
        return drawsTokens()
                ? new Attended(block.qkv.attend(projected, attending), null)
                : Attended.of(block.qkv.attendWithMeans(projected, attending));
    }

    private Tensor fullStream(
            DoubleStreamBlock.Half half, Tensor x, Attended attended, long before, Modulation attn, Modulation mlp) {
        return scoped(() -> {
            Tensor projected = half.out().forward(attended.out());
            Tensor h = attn.addGated(x, projected);
            Tensor result = half.ff().forward(mlp.normalise(h));
            Tensor kept = keepsProjected() ? projected : attended.out().contiguous();
            new Layer(kept, result, null, attended.received(), Math.toIntExact(before));
            return mlp.addGated(h, result);
        });
    }

    private Streams partialDouble(DoubleStreamBlock block, int i, Streams in, DoubleStreamBlock.Modulations mod) {
        try (Scope scope = Scope.open()) {
            Layer img = layers.get(2 * i);
            Layer txt = layers.get(2 * i + 1);
            return new Streams(
                    scope.keep(partialStream(block.img, img, i, in.img(), mod.imgAttn(), mod.imgFf())),
                    scope.keep(partialStream(block.txt, txt, i, in.txt(), mod.txtAttn(), mod.txtFf())));
        }
    }

    /** ToCa projects anew in every step, as released, though the result is the same. */
    private boolean keepsProjected() {
        return cache.kind() == Kind.DUCA;
    }

    private Tensor partialStream(
            DoubleStreamBlock.Half half, Layer layer, int i, Tensor x, Modulation attn, Modulation mlp) {
        return scoped(() -> {
            Tensor h = attn.addGated(
                    x, keepsProjected() ? layer.attended : half.out().forward(layer.attended));
            Tensor fresh = layer.fresh(i, false);
            if (fresh != null) {
                layer.result.indexCopy(1, fresh, half.ff().forward(mlp.normalise(h.indexSelect(1, fresh))));
            }
            return mlp.addGated(h, layer.result);
        });
    }

    private Tensor fullSingle(SingleStreamBlock block, Tensor x, Modulation mod, Attending attending) {
        Tensor normed = mod.normalise(x);
        Attended attended = attend(block, normed, attending);
        Tensor activated = block.projMlp.forwardGeluTanh(normed);
        Tensor result = block.projOut.forward(Ops.cat(2, attended.out(), activated));
        boolean again = cache.kind() == Kind.TOCA_PAPER;
        new Layer(attended.out(), result, again ? activated : null, attended.received(), 0);
        return mod.addGated(x, result);
    }

    private Tensor partialSingle(SingleStreamBlock block, int i, Tensor x, Modulation mod) {
        Layer layer = layers.get(2 * blocks.doubleCount() + i);
        Tensor fresh = layer.fresh(i, true);
        if (fresh != null) {
            Tensor normed = mod.normalise(x.indexSelect(1, fresh));
            if (layer.activated != null) {
                block.qkv.forward(normed); // which nothing reads, but the published count has it
                layer.activated.indexCopy(1, fresh, block.projMlp.forwardGeluTanh(normed));
            } else {
                Tensor both = Ops.cat(2, layer.attended.indexSelect(1, fresh), block.projMlp.forwardGeluTanh(normed));
                layer.result.indexCopy(1, fresh, block.projOut.forward(both));
            }
        }
        Tensor result = layer.activated == null
                ? layer.result
                : block.projOut.forward(Ops.cat(2, layer.attended, layer.activated));
        return mod.addGated(x, result);
    }

    @Override
    public Forward last() {
        return forwards.get(step);
    }

    private void free() {
        layers.forEach(Layer::close);
        layers.clear();
    }

    @Override
    public void close() {
        free();
        if (hidden != null) {
            hidden.close();
            hidden = null;
        }
    }
}
