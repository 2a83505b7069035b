package io.bottleneck4j.models.folder;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * One component's folder.
 *
 * @param name the component, as {@code transformer}
 * @param className the class the index names for it
 * @param path the folder
 */
public record ComponentFolder(String name, String className, Path path) {
    /** In the order they are looked for. */
    private static final List<String> WEIGHTS = List.of(
            "diffusion_pytorch_model.safetensors.index.json",
            "diffusion_pytorch_model.safetensors",
            "model.safetensors",
            "model.safetensors.index.json");

    /** Its {@code config.json}. */
    public Config config() {
        return Config.read(path.resolve("config.json"));
    }

    /** A JSON file of another name, as {@code scheduler_config.json}. */
    public Config config(String fileName) {
        return Config.read(path.resolve(fileName));
    }

    /**
     * Its weight files: one safetensors file, or all the shards its {@code *.safetensors.index.json} names. Where both lie there,
     * the one Python reads: diffusers takes the shards, transformers the single file.
     *
     * <p>Source: diffusers modeling_utils.py@0.42.1, transformers modeling_utils.py@5.23.0.
     *
     * @throws FolderException if there is none, or a shard is missing
     */
    public List<Path> weightFiles() {
        for (String file : WEIGHTS) {
            Path weights = path.resolve(file);
            if (Files.exists(weights)) {
                return file.endsWith(".json") ? shards(weights) : List.of(weights);
            }
            if (Files.isSymbolicLink(weights)) {
                throw new FolderException(weights + ": " + absence(weights) + "; fetch it again");
            }
        }
        throw new FolderException(path + ": holds no weights; " + presentInstead());
    }

    private List<Path> shards(Path index) {
        JsonNode map = Config.read(index).json().get("weight_map");
        if (map == null || !map.isObject() || map.isEmpty()) {
            throw new FolderException(index + ": weight_map: must be an object from tensor names to shard files");
        }
        TreeSet<String> names = new TreeSet<>();
        map.forEach(shard -> names.add(shard.asText()));
        return names.stream()
                .map(shard -> {
                    if (!shard.matches("[\\w.-]+\\.safetensors")) {
                        throw new FolderException(index + ": weight_map: '" + Quoting.shown(shard)
                                + "' is not the name of a safetensors file in the same folder");
                    }
                    Path file = path.resolve(shard);
                    if (!Files.exists(file)) {
                        throw new FolderException(file + ": " + absence(file) + ", though " + index.getFileName()
                                + " names this shard; fetch it again");
                    }
                    return file;
                })
                .toList();
    }

    /** How a file is not there; the Hugging Face cache is made of links. */
    static String absence(Path file) {
        return Files.isSymbolicLink(file) ? "is a link to a file that does not exist" : "does not exist";
    }

    private String presentInstead() {
        try (Stream<Path> files = Files.list(path)) {
            List<String> others = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".bin")
                            || file.endsWith(".pt")
                            || file.endsWith(".ckpt")
                            || file.endsWith(".safetensors")
                            || file.endsWith(".gguf"))
                    .sorted()
                    .toList();
            return others.isEmpty()
                    ? "it needs diffusion_pytorch_model.safetensors or model.safetensors, whole or in shards"
                    : "found only " + String.join(", ", others)
                            + "; save it again in Python with save_pretrained(..., safe_serialization=True)";
        } catch (IOException e) {
            return "it cannot be listed: " + e.getMessage();
        }
    }
}
