package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Conv2d;

/** Two normalised convolutions beside a shortcut, which may halve the sides. Source: tools/train-emoji-flux, classifier.py, Residual. */
final class DetectorBlock {
    private final Norm firstNorm;
    private final Norm secondNorm;
    private final Conv2d first;
    private final Conv2d second;
    private final Conv2d skip;

    /** Normalisation of groups of channels, then SiLU; torch's own epsilon. */
    record Norm(Tensor weight, Tensor bias) {
        private static final int GROUPS = 8;
        private static final double EPS = 1e-5;

        static Norm of(Weights w, String key, int channels) {
            return new Norm(w.tensor(key + ".weight", channels), w.tensor(key + ".bias", channels));
        }

        Tensor silu(Tensor x) {
            return Ops.siluInPlace(Ops.groupNorm(x, GROUPS, weight, bias, EPS));
        }
    }

    DetectorBlock(Weights w, int in, int out, int stride) {
        firstNorm = Norm.of(w, "norms.0", in);
        secondNorm = Norm.of(w, "norms.1", out);
        first = Conv2d.of(w, "first", in, out, 3, stride, 1);
        second = Conv2d.of(w, "second", out, out, 3, 1, 1);
        skip = Conv2d.of(w, "skip", in, out, 1, stride, 0);
    }

    /** x [B, in, H, W] → [B, out, H / stride, W / stride]. */
    Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor h = first.forward(firstNorm.silu(x));
            return skip.forward(x).add(second.forward(secondNorm.silu(h)));
        });
    }
}
