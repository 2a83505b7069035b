package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.ShardedSafetensors;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.WeightsReport;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A component with weights: where they lie and what they become.
 *
 * @param folder the component's folder
 * @param checkpoint brings older checkpoints' names to those the model asks for
 * @param model builds the model from its weights
 */
public record Component<M>(ComponentFolder folder, UnaryOperator<TensorSource> checkpoint, Function<Weights, M> model) {

    /** Opens the weight files; no values are read. */
    public TensorSource open() {
        return checkpoint.apply(ShardedSafetensors.open(folder.weightFiles()));
    }

    /** Names, types and shapes in the files, in the model's own names. */
    public Map<String, TensorInfo> infos() {
        try (TensorSource source = open()) {
            return source.infos();
        }
    }

    /** What the configuration asks for, held against the files; no values are read. */
    public WeightsReport report() {
        try (TensorSource source = open()) {
            return WeightsReport.of(folder.name(), source, model);
        }
    }

    /** Loads the model. */
    public Weights.Loaded<M> load(DType dtype, Device device) {
        return Weights.load(folder.name(), open(), dtype, device, model); // which closes the files
    }
}
