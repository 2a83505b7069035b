package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How unlike two pictures look: the squared differences of a network's values at five depths, each place's divided by their length, weighted
 * by channel and averaged over places. Source: lpips 0.1.4, lpips.py, LPIPS of version 0.1.
 */
final class LpipsModel {
    private static final double EPS = 1e-10;

    private final List<Slice> slices = new ArrayList<>();

    private record Slice(int pool, List<Conv2d> convs, Tensor lin) {}

    /** Reads the weights; how many channels layers have is the file's, which {@code infos} lists. */
    LpipsModel(LpipsBackbone backbone, Weights w, Map<String, TensorInfo> infos) {
        List<LpipsBackbone.Slice> plan = backbone.slices();
        int in = 3;
        for (int i = 0; i < plan.size(); i++) {
            List<Conv2d> convs = new ArrayList<>();
            for (LpipsBackbone.Conv conv : plan.get(i).convs()) {
                String key = "net.slice" + (i + 1) + "." + conv.index();
                TensorInfo bias = infos.get(key + ".bias");
                int out = bias == null ? 1 : (int) bias.numel();
                convs.add(Conv2d.of(w, key, in, out, conv.k(), conv.stride(), conv.padding()));
                in = out;
            }
            slices.add(new Slice(plan.get(i).pool(), convs, w.tensor("lin" + i + ".model.1.weight", 1, in, 1, 1)));
        }
    }

    /** Two pictures [2, 3, H, W], scaled → their distance. */
    double distance(Tensor pair) {
        try (Scope scope = Scope.open()) {
            Tensor x = pair;
            double sum = 0;
            for (Slice slice : slices) {
                Tensor next = values(slice, x);
                if (x != pair) {
                    Scope.free(x);
                }
                x = next;
                sum += apart(x, slice.lin());
            }
            return sum;
        }
    }

    private static Tensor values(Slice slice, Tensor in) {
        return scoped(() -> {
            Tensor x = slice.pool() == 0 ? in : Ops.maxPool2d(in, slice.pool(), 2, 0);
            for (Conv2d conv : slice.convs()) {
                x = Ops.relu(conv.forward(x));
            }
            return x;
        });
    }

    private static double apart(Tensor x, Tensor lin) {
        try (Scope scope = Scope.open()) {
            Tensor length = x.mul(x).sum(1).sqrt().add(EPS).unsqueeze(1);
            Tensor unit = x.div(length);
            Tensor difference = unit.narrow(0, 0, 1).sub(unit.narrow(0, 1, 1));
            return difference
                    .mul(difference)
                    .mul(lin)
                    .sum(1)
                    .reshape(-1)
                    .mean(0)
                    .toFloats()[0];
        }
    }
}
