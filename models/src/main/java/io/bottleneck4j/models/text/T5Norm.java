package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/** Root-mean-square normalisation from the residual stream's type to that of its weight [D]. */
record T5Norm(Tensor weight, double eps) {
    static T5Norm of(Weights w, String key, T5Config config) {
        return new T5Norm(w.tensor(key + ".weight", config.dModel()), config.layerNormEpsilon());
    }

    Tensor forward(Tensor x) {
        return Ops.rmsNorm(x, weight.to(x.dtype()), eps).to(weight.dtype());
    }
}
