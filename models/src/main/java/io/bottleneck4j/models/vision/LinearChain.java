package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Layers that follow each other without nonlinearities, down to one value; widths in between are the file's. */
final class LinearChain {
    /** The names of ImageReward's and of improved-aesthetic-predictor's; dropout stood in between. */
    static final List<String> FIVE = List.of("layers.0.", "layers.2.", "layers.4.", "layers.6.", "layers.7.");

    private final List<Layer> layers = new ArrayList<>();

    private record Layer(Tensor weight, Tensor bias) {}

    /**
     * Reads the layers.
     *
     * @param width of what goes in
     * @param at the weights' own prefix, under which {@code infos} lists them
     */
    LinearChain(Weights w, Map<String, TensorInfo> infos, String at, List<String> prefixes, int width) {
        long in = width;
        for (int i = 0; i < prefixes.size(); i++) {
            String prefix = prefixes.get(i);
            TensorInfo bias = infos.get(at + prefix + "bias");
            long out = i == prefixes.size() - 1 || bias == null ? 1 : bias.numel();
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
