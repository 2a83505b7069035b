package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How pleasing a picture is to people, read from CLIP's {@link Features} of it: some 1 to 10, as people rated. Layers follow each other
 * without nonlinearities.
 *
 * <p>Two heads are published, both for openai/clip-vit-large-patch14. Source: LAION's aesthetic-predictor, one layer, {@code weight} and
 * {@code bias} (sa_0_4_vit_l_14_linear, VBench's); improved-aesthetic-predictor, five layers, {@code layers.0, .2, .4, .6, .7}
 * (sac+logos+ava1-l14-linearMSE, the one that ImageReward was compared with).
 */
public final class AestheticHead implements AutoCloseable {
    private static final String SINGLE = "weight";

    private final Weights.Loaded<Layers> layers;

    private AestheticHead(Weights.Loaded<Layers> layers) {
        this.layers = layers;
    }

    /**
     * Loads a head that {@code tools/convert_metric.py} has made a safetensors file of.
     *
     * @param width of the features it is for
     * @throws WeightsException if the file is damaged or another's
     */
    public static AestheticHead open(Path file, int width) {
        TensorSource source = SafetensorsFile.open(file);
        List<String> prefixes = source.infos().containsKey(SINGLE) ? List.of("") : Layers.FIVE;
        return new AestheticHead(
                Weights.load("aesthetic head", source, DType.FLOAT32, Device.CPU, w -> new Layers(w, prefixes, width)));
    }

    /** The scores of pictures. */
    public List<Double> scores(List<Features> pictures) {
        try (Scope scope = Scope.open()) {
            int width = pictures.get(0).values().length;
            float[] rows = new float[pictures.size() * width];
            for (int i = 0; i < pictures.size(); i++) {
                System.arraycopy(pictures.get(i).values(), 0, rows, i * width, width);
            }
            Tensor x = layers.model().forward(Tensor.of(rows, pictures.size(), width));
            List<Double> scores = new ArrayList<>();
            for (float score : x.toFloats()) {
                scores.add((double) score);
            }
            return scores;
        }
    }

    @Override
    public void close() {
        layers.close();
    }

    /** Layers that follow each other without nonlinearities, down to one value; widths in between are the file's. */
    static final class Layers {
        /** The names of ImageReward's and of improved-aesthetic-predictor's; dropout stood in between. */
        static final List<String> FIVE = List.of("layers.0.", "layers.2.", "layers.4.", "layers.6.", "layers.7.");

        private record Layer(Tensor weight, Tensor bias) {}

        private final List<Layer> layers = new ArrayList<>();

        /** Reads the layers, {@code width} the first one's input's. */
        Layers(Weights w, List<String> prefixes, int width) {
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
}
