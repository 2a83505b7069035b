package io.bottleneck4j.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Quantized;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.nn.Linear;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Writes a model as a folder whose transformer is quantized. All else of the folder is copied; text encoders are quantized as they are
 * loaded.
 *
 * <p>In the transformer's safetensors {@code key.weight} of each quantized layer is int8 [out, in] beside {@code key.weight_scale} float32
 * [out], or uint8 [out, in / 2] beside {@code key.weight_scale} bfloat16 [out, in / 64]; see {@link Quantized}. Other tensors are as they
 * were. Its config.json states it: {@code "quantization_config": {"quant_method": "bottleneck4j", "mode": "int8-weights"}}.
 */
@API(status = API.Status.INTERNAL)
public final class QuantizedFolder {
    /** The most that is held in memory at once, and a file's most bytes. */
    private static final long SHARD = 4L << 30;
    /** Other files of a folder are settings and texts. */
    private static final long LARGEST_TEXT = 64 << 20;

    private static final String TRANSFORMER = "transformer";
    private static final String NAME = "diffusion_pytorch_model";

    private QuantizedFolder() {}

    /**
     * Writes it; what shows that it is a model comes last.
     *
     * @throws IllegalArgumentException if the target is there and not an empty folder, or the model's own weights are quantized
     * @throws IOException if it cannot be written
     */
    public static void write(Model model, Quantization how, Path target, Cancellation cancellation) throws IOException {
        write(model, how, target, cancellation, SHARD);
    }

    static void write(Model model, Quantization how, Path target, Cancellation cancellation, long shard)
            throws IOException {
        requireSound(model, how, target);
        ModelFolder folder = model.folder();
        for (String name : folder.classes().keySet()) {
            Path own = folder.path().resolve(name);
            if (!name.equals(TRANSFORMER) && Files.isDirectory(own)) {
                cancellation.check("while copying " + name);
                copyTexts(own, target.resolve(name));
                if (Model.WEIGHTED.contains(name)) {
                    copyWeights(Model.component(folder, name).folder(), target.resolve(name));
                }
            }
        }
        Component<?, ?> transformer = Model.component(folder, TRANSFORMER);
        Path own = Files.createDirectories(target.resolve(TRANSFORMER));
        writeShards(transformer, how, own, cancellation, shard);
        Files.writeString(
                own.resolve("config.json"), transformer.folder().config().quantized(how));
        copyTexts(folder.path(), target);
    }

    private static void requireSound(Model model, Quantization how, Path target) throws IOException {
        if (how == Quantization.NONE) {
            throw new IllegalArgumentException("quantize: none leaves the model as it is; use one of the others");
        }
        if (model.storedQuantization() != Quantization.NONE) {
            throw new IllegalArgumentException("quantize: the weights of " + model.name() + " are stored as "
                    + model.storedQuantization() + "; name the model they were made from");
        }
        Optional<TensorInfo> packed = model.components().get(0).infos().values().stream()
                .filter(info -> info.packing() != null)
                .findFirst();
        if (packed.isPresent()) {
            throw new IllegalArgumentException("quantize: the weights of " + model.name() + " are stored as "
                    + packed.get().type()
                    + "; name the model they were made from, or quantize these as they are loaded:"
                    + " generate --quantize " + how);
        }
        if (Files.exists(target)) {
            boolean empty = false;
            if (Files.isDirectory(target)) {
                try (Stream<Path> files = Files.list(target)) {
                    empty = files.findAny().isEmpty();
                }
            }
            if (!empty) {
                throw new IllegalArgumentException(
                        "output: " + target + " must be new or an empty folder; name another, or remove it");
            }
        }
        model.components().get(0).report().requireComplete();
    }

    /** The transformer in files that each are made, written and freed before the next. */
    private static void writeShards(
            Component<?, ?> transformer, Quantization how, Path own, Cancellation cancellation, long most)
            throws IOException {
        Map<String, TensorInfo> quantized = transformer.infos(DType.FLOAT32, how);
        try (TensorSource source = transformer.open()) {
            List<List<String>> shards = shards(source.infos(), quantized, most);
            Map<String, String> places = new LinkedHashMap<>();
            for (int i = 0; i < shards.size(); i++) {
                String file = shards.size() == 1
                        ? NAME + ".safetensors"
                        : String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", NAME, i + 1, shards.size());
                try (Scope scope = Scope.open()) {
                    Map<String, Tensor> tensors = new LinkedHashMap<>();
                    for (String key : shards.get(i)) {
                        cancellation.check("while quantizing " + key);
                        put(tensors, key, source.tensor(key), quantized, how);
                    }
                    tensors.keySet().forEach(key -> places.put(key, file));
                    SafetensorsWriter.write(own.resolve(file), tensors, Map.of("format", "pt"));
                }
            }
            if (shards.size() > 1) {
                Files.writeString(own.resolve(NAME + ".safetensors.index.json"), StrictJson.write(new Index(places)));
            }
        }
    }

    /** diffusers' index of shards. */
    private record Index(@JsonProperty("weight_map") Map<String, String> weightMap) {}

    private static void put(
            Map<String, Tensor> tensors,
            String key,
            Tensor tensor,
            Map<String, TensorInfo> quantized,
            Quantization how) {
        String scale = key + Linear.SCALE;
        if (!quantized.containsKey(scale)) {
            tensors.put(key, tensor);
            return;
        }
        Quantized rounded = Quantized.of(tensor, how);
        tensors.put(key, rounded.values());
        tensors.put(scale, rounded.scale());
    }

    /** Keys of the source, in its order, cut where a file would grow too large. */
    private static List<List<String>> shards(
            Map<String, TensorInfo> stored, Map<String, TensorInfo> quantized, long most) {
        List<List<String>> shards = new ArrayList<>(List.of(new ArrayList<>()));
        long bytes = 0;
        for (Map.Entry<String, TensorInfo> entry : stored.entrySet()) {
            TensorInfo scale = quantized.get(entry.getKey() + Linear.SCALE);
            TensorInfo values = scale == null ? entry.getValue() : quantized.get(entry.getKey());
            long size = (values == null ? 0 : values.bytes()) + (scale == null ? 0 : scale.bytes());
            if (bytes > 0 && bytes + size > most) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.get(shards.size() - 1).add(entry.getKey());
            bytes += size;
        }
        return shards;
    }

    private static void copyWeights(ComponentFolder from, Path to) throws IOException {
        for (Path file : from.weightFiles()) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
        Optional<Path> index = from.index();
        if (index.isPresent()) {
            Files.copy(index.get(), to.resolve(index.get().getFileName()));
        }
    }

    /** The files of one folder that hold no weights. */
    private static void copyTexts(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        List<Path> files;
        try (Stream<Path> all = Files.list(from)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            if (!ComponentFolder.holdsWeights(file) && Files.size(file) <= LARGEST_TEXT) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
