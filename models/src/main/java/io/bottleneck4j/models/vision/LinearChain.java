package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;

/** Layers that follow each other without nonlinearities, down to one value; widths in between are the file's. */
final class LinearChain {
    /** The names of ImageReward's and of improved-aesthetic-predictor's; dropout stood in between. */
    static final List<String> FIVE = List.of("layers.0.", "layers.2.", "layers.4.", "layers.6.", "layers.7.");

    private final List<Layer> layers = new ArrayList<>();

    private record Layer(Tensor weight, Tensor bias) {}

    /** Reads the layers, {@code width} the first one's input's. */
    LinearChain(Weights w, List<String> prefixes, int width) {
        int in = width;
        for (String prefix : prefixes) {
            int out = layers.size() == prefixes.size() - 1 ? 1 : w.size(prefix + "bias", 0);
            layers.add(new Layer(w.tensor(prefix + "weight", out, in), w.tensor(prefix + "bias", out)));
            in = out;
        }
    }

    /** x [B, width] → [B, 1]. */
    Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor y = x;
            for (Layer layer : layers) {
                y = Ops.linear(y, layer.weight(), layer.bias());
            }
            return y;
        });
    }
}
