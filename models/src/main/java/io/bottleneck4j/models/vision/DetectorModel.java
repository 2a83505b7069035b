package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import io.bottleneck4j.torch.nn.GroupNorm;

/**
 * Says for each cell of a picture how likely the centre of each concept lies there, and how large it is: CenterNet's heatmaps (arXiv
 * 1904.07850) on a small residual network. Source: tools/train-emoji-flux, detector.py, Detector.
 */
final class DetectorModel {
    /** Pixels of a picture's sides. */
    static final int SIDE = 128;
    /** Pixels of a cell's sides. */
    static final int CELL = 8;
    /** Of every normalisation. */
    private static final int GROUPS = 8;

    private final Conv2d stem;
    private final Block halved;
    private final Block cells;
    private final Block middle;
    private final Block wide;
    private final Conv2d fromWide;
    private final Conv2d fromMiddle;
    private final Block merge;
    private final GroupNorm norm;
    private final Conv2d head;

    /**
     * Reads the weights; how many channels each depth has is the file's.
     *
     * @param concepts how many K
     */
    DetectorModel(int concepts, Weights w) {
        int first = w.size("stem.bias", 0);
        int half = w.size("down.0.second.bias", 0);
        int cell = w.size("down.1.second.bias", 0);
        int around = w.size("context.0.second.bias", 0);
        int far = w.size("context.1.second.bias", 0);
        stem = Conv2d.of(w, "stem", 3, first, 8, 4, 2);
        halved = new Block(w.at("down.0"), first, half, 2);
        cells = new Block(w.at("down.1"), half, cell, 1);
        middle = new Block(w.at("context.0"), cell, around, 2);
        wide = new Block(w.at("context.1"), around, far, 2);
        fromWide = Conv2d.same(w, "wide", far, around, 1);
        fromMiddle = Conv2d.same(w, "middle", around, cell, 1);
        merge = new Block(w.at("merge"), cell, cell, 1);
        norm = norm(w, "norm", cell);
        head = Conv2d.same(w, "head", cell, concepts + 1, 1);
    }

    /** x [B, 3, 128, 128] in [-1, 1] → [B, K + 1, 16, 16]: a logit of each concept, and the side as a part of the picture's. */
    Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor h = cells.forward(halved.forward(stem.forward(x)));
            Tensor around = middle.forward(h);
            around = around.add(Ops.upsampleNearest2x(fromWide.forward(wide.forward(around))));
            h = merge.forward(h.add(Ops.upsampleNearest2x(fromMiddle.forward(around))));
            return head.forward(norm.forwardSilu(h));
        });
    }

    /** With torch's own epsilon. */
    private static GroupNorm norm(Weights w, String key, int channels) {
        return GroupNorm.of(w, key, channels, GROUPS, 1e-5);
    }

    /** Two normalised convolutions beside a shortcut, which may halve the sides. Source: tools/train-emoji-flux, classifier.py, Residual. */
    private static final class Block {
        private final GroupNorm firstNorm;
        private final GroupNorm secondNorm;
        private final Conv2d first;
        private final Conv2d second;
        private final Conv2d skip;

        Block(Weights w, int in, int out, int stride) {
            firstNorm = norm(w, "norms.0", in);
            secondNorm = norm(w, "norms.1", out);
            first = Conv2d.of(w, "first", in, out, 3, stride, 1);
            second = Conv2d.of(w, "second", out, out, 3, 1, 1);
            skip = Conv2d.of(w, "skip", in, out, 1, stride, 0);
        }

        /** x [B, in, H, W] → [B, out, H / stride, W / stride]. */
        Tensor forward(Tensor x) {
            return scoped(() -> {
                Tensor h = first.forward(firstNorm.forwardSilu(x));
                return skip.forward(x).add(second.forward(secondNorm.forwardSilu(h)));
            });
        }
    }
}
