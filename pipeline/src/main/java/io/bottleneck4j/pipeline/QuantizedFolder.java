package io.bottleneck4j.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
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
import java.util.Set;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Writes a model as a folder whose transformer is quantized, or both of two. All else of a folder is copied, and what lies in single files
 * is written as folders hold it, in the types it has; text encoders are quantized as they are loaded.
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
    private static final Set<String> OF_DIFFUSERS = Set.of(TRANSFORMER, Model.TRANSFORMER_2, "vae", "scheduler");

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
            if (!isTransformer(name) && Files.exists(folder.place(name))) {
                cancellation.check("while copying " + name);
                copy(folder, name, target.resolve(name), cancellation, shard);
            }
        }
        for (Component<?, ?> part : model.components()) {
            if (isTransformer(part.files().name())) {
                Path own = Files.createDirectories(target.resolve(part.files().name()));
                writeShards(part, how, own, cancellation, shard);
                Files.writeString(
                        own.resolve("config.json"), part.files().config().quantized(how));
            }
        }
        if (Files.isDirectory(folder.path())) {
            copyTexts(folder.path(), target);
        } else {
            writeIndex(folder, target);
        }
    }

    private static boolean isTransformer(String component) {
        return component.startsWith(TRANSFORMER);
    }

    /** Copies a component's folder, or writes one of what lies in a file; weights of a variant become the folder's own. */
    private static void copy(ModelFolder folder, String name, Path to, Cancellation cancellation, long most)
            throws IOException {
        boolean hasWeights = Model.WEIGHTED.contains(name);
        String className = folder.classes().getOrDefault(name, "");
        ComponentFiles files = folder.component(name, className);
        if (files instanceof ComponentFolder) {
            copyTexts(files.path(), to);
        } else {
            Files.createDirectories(to);
            Files.writeString(
                    to.resolve(hasWeights ? "config.json" : "scheduler_config.json"),
                    files.config().json().toPrettyString() + "\n");
        }
        if (hasWeights && isCopied(files)) {
            copyWeights(folder.componentFolder(name, className), to);
        } else if (hasWeights) {
            writeShards(Model.component(folder, name), Quantization.NONE, to, cancellation, most);
        }
    }

    /** The index of a model of single files, and what the author of their base advises. */
    private static void writeIndex(ModelFolder folder, Path target) throws IOException {
        Optional<Path> advice = folder.folder()
                .map(base -> base.path().resolve(ModelDefaults.FILE))
                .filter(Files::exists);
        if (advice.isPresent()) {
            Files.copy(advice.get(), target.resolve(ModelDefaults.FILE));
        }
        ObjectNode index = JsonNodeFactory.instance.objectNode().put("_class_name", folder.pipelineClass());
        index.setAll(folder.facts());
        folder.classes()
                .forEach((name, className) -> index.putArray(name)
                        .add(OF_DIFFUSERS.contains(name) ? "diffusers" : "transformers")
                        .add(className));
        Files.writeString(target.resolve("model_index.json"), index.toPrettyString() + "\n");
    }

    private static void requireSound(Model model, Quantization how, Path target) throws IOException {
        if (how == Quantization.NONE) {
            throw new IllegalArgumentException("quantize: none leaves the model as it is; use one of the others");
        }
        if (model.storedQuantization() != Quantization.NONE) {
            throw new IllegalArgumentException("quantize: the weights of " + model.name() + " are stored as "
                    + model.storedQuantization() + "; name the model they were made from");
        }
        for (Component<?, ?> part : model.components()) {
            if (isTransformer(part.files().name()) || !isCopied(part.files())) {
                requireUnpacked(model, part, how);
                part.report().requireComplete();
            }
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
    }

    private static void requireUnpacked(Model model, Component<?, ?> part, Quantization how) {
        Optional<String> packed = part.infos().values().stream()
                .filter(info -> info.packing() != null)
                .map(TensorInfo::type)
                .findFirst();
        ComponentFiles files = part.files();
        if (packed.isPresent() && isTransformer(files.name())) {
            throw new IllegalArgumentException("quantize: the weights of " + model.name() + " are stored as "
                    + packed.get() + "; name the model they were made from, or quantize these as they are loaded:"
                    + " generate --quantize " + how);
        }
        if (packed.isPresent()) {
            throw new IllegalArgumentException("quantize: " + files.name() + " must be of 16 or 32 bits to be written"
                    + " to a folder, but " + files.path() + " holds it as " + packed.get()
                    + "; leave it to a base here, and name the file where the folder is used: --"
                    + files.name().replace('_', '-') + " " + files.path());
        }
    }

    /** Whether a component's files go as they are. */
    private static boolean isCopied(ComponentFiles files) {
        return files instanceof ComponentFolder folder && folder.variant().isEmpty();
    }

    /** A component in files that each are made, written and freed before the next. */
    private static void writeShards(
            Component<?, ?> component, Quantization how, Path own, Cancellation cancellation, long most)
            throws IOException {
        String start = component.files().name().startsWith("text_encoder") ? "model" : "diffusion_pytorch_model";
        Map<String, TensorInfo> quantized = component.infos(DType.FLOAT32, how);
        try (TensorSource source = component.open()) {
            List<List<String>> shards = shards(source.infos(), quantized, most);
            Map<String, String> places = new LinkedHashMap<>();
            for (int i = 0; i < shards.size(); i++) {
                String file = shards.size() == 1
                        ? start + ".safetensors"
                        : String.format(Locale.ROOT, "%s-%05d-of-%05d.safetensors", start, i + 1, shards.size());
                try (Scope scope = Scope.open()) {
                    Map<String, Tensor> tensors = new LinkedHashMap<>();
                    for (String key : shards.get(i)) {
                        cancellation.check("while writing " + key);
                        put(tensors, key, source.tensor(key), quantized, how);
                    }
                    tensors.keySet().forEach(key -> places.put(key, file));
                    SafetensorsWriter.write(own.resolve(file), tensors, Map.of("format", "pt"));
                }
            }
            if (shards.size() > 1) {
                Files.writeString(own.resolve(start + ".safetensors.index.json"), StrictJson.write(new Index(places)));
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
