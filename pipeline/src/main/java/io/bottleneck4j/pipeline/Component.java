package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.lora.FittedLora;
import io.bottleneck4j.models.lora.LoraSource;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.WeightsException;
import io.bottleneck4j.torch.io.WeightsReport;
import io.bottleneck4j.torch.nn.Linear;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * A component with weights: its configuration, where the weights lie, and what they become.
 *
 * @param <C> its configuration
 * @param <M> its model
 * @param files its files
 * @param checkpoint brings older checkpoints' names to those the model asks for
 * @param stored how the files hold the weights of the layers that can be quantized
 * @param model builds the model from its weights
 */
@API(status = API.Status.INTERNAL)
public record Component<C, M>(
        C config,
        ComponentFiles files,
        UnaryOperator<TensorSource> checkpoint,
        Quantization stored,
        Function<Weights, M> model) {

    /**
     * A component's configuration, read, and its model, not yet built; complaints of configuration records gain the
     * file they are about.
     */
    static <C, M> Component<C, M> read(
            ComponentFiles own,
            Function<Config, C> read,
            UnaryOperator<TensorSource> checkpoint,
            BiFunction<C, Weights, M> model) {
        Config file = own.config();
        C config = file.as(read); // which refuses what this component cannot be
        return new Component<>(config, own, checkpoint, file.quantization(), w -> model.apply(config, w));
    }

    /** CLIP's text encoder, under the name it has in the folder. */
    static Component<ClipTextConfig, ClipTextModel> clip(ModelFolder folder, String name) {
        return read(
                folder.component(name, "CLIPTextModel"),
                ClipTextConfig::from,
                ClipTextModel::checkpoint,
                ClipTextModel::new);
    }

    /** The same with what LoRAs add to its weights. */
    Component<C, M> with(List<FittedLora> loras) {
        return new Component<>(
                config, files, source -> LoraSource.of(checkpoint.apply(source), files.name(), loras), stored, model);
    }

    /**
     * Complains, naming both, where another component does not give what this one asks for under a key of its
     * configuration.
     */
    void requireEqual(String key, int asked, Component<?, ?> other, int given) {
        if (asked != given) {
            throw new FolderException(files.config().file() + ": " + key + " is " + asked + ", but "
                    + other.files().name() + " gives " + given + "; check that both come from the same model");
        }
    }

    /** Opens the weight files; no values are read. */
    public TensorSource open() {
        return checkpoint.apply(files.open());
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
            return WeightsReport.of(files.name(), source, stored, model);
        }
    }

    /**
     * Bytes of the weights in a type, from the shapes that the configuration asks for, and from what the files pack. Quantized and packed
     * weights need room beside them for the largest layer, as it is multiplied.
     *
     * @param residency of the model: how much of it is in memory at once
     */
    long bytes(DType dtype, Quantization quantization, Residency residency) {
        Weights.Footprint bytes = Weights.Footprint.of(storedInfos(), dtype, quantization, model);
        long weights = residency == Residency.STREAM ? bytes.streamed() : bytes.all();
        return quantization == Quantization.NONE
                ? weights
                : weights + largest(infos(dtype, quantization)) * dtype.bytes();
    }

    /** What the files hold; nothing where they cannot be read, which loading tells. */
    private Map<String, TensorInfo> storedInfos() {
        try {
            return infos();
        } catch (FolderException | WeightsException e) {
            return Map.of();
        }
    }

    /** Values of the largest quantized layer. */
    private static long largest(Map<String, TensorInfo> infos) {
        return infos.entrySet().stream()
                .filter(entry -> infos.containsKey(entry.getKey() + Linear.SCALE))
                .mapToLong(entry -> entry.getValue().numel() * (entry.getValue().dtype() == DType.UINT8 ? 2 : 1))
                .max()
                .orElse(0);
    }

    /** Names, types and shapes of the weights in a type, quantized, as their files would hold them. */
    Map<String, TensorInfo> infos(DType dtype, Quantization quantization) {
        return Weights.blueprint(Map.of(), dtype, quantization, model);
    }

    /** Loads the model, its layers as the files hold them. */
    public Weights.Loaded<M> load(DType dtype, Device device) {
        return load(dtype, device, stored);
    }

    private Weights.Loaded<M> load(DType dtype, Device device, Quantization quantization) {
        return Weights.load(files.name(), open(), dtype, device, quantization, stored, model); // which closes the files
    }

    /** Loads the model, for as long as what it was opened with; its parts in each use where they are streamed. */
    M load(DType dtype, Device device, Quantization quantization, Residency residency, Opened with) {
        Weights.Loaded<M> loaded = residency == Residency.STREAM
                ? Weights.stream(files.name(), open(), dtype, device, quantization, stored, model)
                : load(dtype, device, quantization);
        return with.add(loaded, Weights.Loaded::close).model();
    }

    /** The same of a model that is never quantized. */
    M load(DType dtype, Device device, Residency residency, Opened with) {
        return load(dtype, device, Quantization.NONE, residency, with);
    }
}
