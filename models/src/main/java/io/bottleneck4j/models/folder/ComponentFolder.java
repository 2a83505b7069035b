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
    private static final List<String> STEMS = List.of("diffusion_pytorch_model", "model");

    /** Its {@code config.json}. */
    public Config config() {
        return Config.read(path.resolve("config.json"));
    }

    /** A JSON file of another name, as {@code scheduler_config.json}. */
    public Config config(String fileName) {
        return Config.read(path.resolve(fileName));
    }

    /**
     * Its weight files: one safetensors file, or all the shards its {@code *.safetensors.index.json} names.
     *
     * @throws FolderException if there is none, or a shard is missing
     */
    public List<Path> weightFiles() {
        for (String stem : STEMS) {
            Path single = path.resolve(stem + ".safetensors");
            if (Files.exists(single)) {
                return List.of(single);
            }
            Path index = path.resolve(stem + ".safetensors.index.json");
            if (Files.exists(index)) {
                return shards(index);
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
                        throw new FolderException(index + ": weight_map: '" + shard
                                + "' is not the name of a safetensors file in the same folder");
                    }
                    Path file = path.resolve(shard);
                    if (!Files.exists(file)) {
                        throw new FolderException(file + ": does not exist, though " + index.getFileName()
                                + " names this shard; fetch it again");
                    }
                    return file;
                })
                .toList();
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
                    ? "it needs " + STEMS.get(0) + ".safetensors or model.safetensors, whole or in shards"
                    : "found only " + String.join(", ", others)
                            + "; save it again in Python with save_pretrained(..., safe_serialization=True)";
        } catch (IOException e) {
            return "it cannot be listed: " + e.getMessage();
        }
    }
}
