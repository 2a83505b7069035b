package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Says for each cell of a picture how likely the centre of each concept lies there, and how large it is: CenterNet's heatmaps (arXiv
 * 1904.07850) on a small residual network. Source: tools/train-emoji-flux, detector.py, Detector.
 */
final class DetectorModel {
    /** Pixels of a picture's sides. */
    static final int SIDE = 128;
    /** Pixels of a cell's sides. */
    static final int CELL = 8;

    private final Conv2d stem;
    private final DetectorBlock halved;
    private final DetectorBlock cells;
    private final DetectorBlock middle;
    private final DetectorBlock wide;
    private final Conv2d fromWide;
    private final Conv2d fromMiddle;
    private final DetectorBlock merge;
    private final DetectorBlock.Norm norm;
    private final Conv2d head;

    /** How many channels each depth has. */
    record Widths(List<Integer> values) {
        private static final List<String> KEYS = List.of(
                "stem", "down.0.second", "down.1.second", "context.0.second", "context.1.second"); // each depth's last

        /** As a file has them; 1 where it lacks one, so that loading names it. */
        static Widths of(Map<String, TensorInfo> infos) {
            List<Integer> widths = new ArrayList<>();
            for (String key : KEYS) {
                TensorInfo bias = infos.get(key + ".bias");
                widths.add(bias == null ? 1 : (int) bias.numel());
            }
            return new Widths(List.copyOf(widths));
        }

        int at(int depth) {
            return values.get(depth);
        }
    }

    /**
     * Reads the weights.
     *
     * @param concepts how many K
     */
    DetectorModel(Widths widths, int concepts, Weights w) {
        int cell = widths.at(2);
        stem = Conv2d.of(w, "stem", 3, widths.at(0), 8, 4, 2);
        halved = new DetectorBlock(w.at("down.0"), widths.at(0), widths.at(1), 2);
        cells = new DetectorBlock(w.at("down.1"), widths.at(1), cell, 1);
        middle = new DetectorBlock(w.at("context.0"), cell, widths.at(3), 2);
        wide = new DetectorBlock(w.at("context.1"), widths.at(3), widths.at(4), 2);
        fromWide = Conv2d.same(w, "wide", widths.at(4), widths.at(3), 1);
        fromMiddle = Conv2d.same(w, "middle", widths.at(3), cell, 1);
        merge = new DetectorBlock(w.at("merge"), cell, cell, 1);
        norm = DetectorBlock.Norm.of(w, "norm", cell);
        head = Conv2d.same(w, "head", cell, concepts + 1, 1);
    }

    /** x [B, 3, 128, 128] in [-1, 1] → [B, K + 1, 16, 16]: a logit of each concept, and the side as a part of the picture's. */
    Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor h = cells.forward(halved.forward(stem.forward(x)));
            Tensor around = middle.forward(h);
            around = around.add(Ops.upsampleNearest2x(fromWide.forward(wide.forward(around))));
            h = merge.forward(h.add(Ops.upsampleNearest2x(fromMiddle.forward(around))));
            return head.forward(norm.silu(h));
        });
    }
}
