package io.bottleneck4j.models.folder;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.torch.io.Excerpt;
import io.bottleneck4j.torch.io.ScaledSource;
import io.bottleneck4j.torch.io.ShardedSafetensors;
import io.bottleneck4j.torch.io.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One component's folder.
 *
 * @param name the component, as {@code transformer}
 * @param className the class the index names for it
 * @param path the folder
 * @param variant of the weights, as {@code fp16}; empty for the default
 * @param notes is told what its files hold that is passed over
 */
public record ComponentFolder(String name, String className, Path path, String variant, Consumer<String> notes)
        implements ComponentFiles {
    /** In the order the Python libraries look: diffusers prefers shards, transformers the single file. */
    private static final List<String> CANDIDATES = List.of(
            "diffusion_pytorch_model.safetensors.index%s.json",
            "diffusion_pytorch_model.safetensors%s.index.json", // before diffusers 0.31
            "diffusion_pytorch_model%s.safetensors",
            "model%s.safetensors",
            "model.safetensors.index%s.json");

    private static final Pattern SHARD = Pattern.compile("[\\w.-]+\\.safetensors");
    private static final Pattern WEIGHTS = Pattern.compile(".+\\.(bin|pt|pth|ckpt|gguf|safetensors)");
    private static final Pattern INDEX = Pattern.compile(".+\\.safetensors(\\.\\w+)?\\.index(\\.\\w+)?\\.json");

    /**
     * A variant's name stands before the ending: {@code model.fp16.safetensors}, {@code model.fp16-00001-of-00002.safetensors}, and as
     * diffusers wrote them before 0.31, {@code model-00001-of-00002.fp16.safetensors}.
     */
    private static final Pattern VARIANT = Pattern.compile("(?:diffusion_pytorch_model|model)(?:-\\d+-of-\\d+)?"
            + "\\.(?!safetensors)([\\w]+)(?:-\\d+-of-\\d+)?\\.safetensors");

    /** A folder whose files nobody hears of. */
    public ComponentFolder(String name, String className, Path path) {
        this(name, className, path, "", note -> {});
    }

    /** Whether a file's name is one of weights, in any format. */
    public static boolean holdsWeights(Path file) {
        String name = String.valueOf(file.getFileName());
        return WEIGHTS.matcher(name).matches() || INDEX.matcher(name).matches();
    }

    /** Its {@code config.json}, or a scheduler's {@code scheduler_config.json}. */
    @Override
    public Config config() {
        return config(name.equals("scheduler") ? "scheduler_config.json" : "config.json");
    }

    @Override
    public TensorSource open() {
        return ScaledSource.over(ShardedSafetensors.open(weightFiles()));
    }

    /** A JSON file of another name, as {@code scheduler_config.json}. */
    public Config config(String fileName) {
        return Config.read(path.resolve(fileName), notes);
    }

    /**
     * Its weight files: one safetensors file, or all the shards its {@code *.safetensors.index.json} names. Those of the variant, as
     * {@code model.fp16.safetensors}; a component without that variant has its default ones, with a note.
     *
     * @throws FolderException if there is none, or a shard is missing
     */
    public List<Path> weightFiles() {
        Path file = weights();
        return isIndex(file) ? shards(file) : List.of(file);
    }

    /** The file that names the shards, where there are some. */
    public Optional<Path> index() {
        return Optional.of(weights()).filter(ComponentFolder::isIndex);
    }

    private static boolean isIndex(Path file) {
        return file.toString().endsWith(".json");
    }

    private Path weights() {
        Optional<Path> own = variant.isEmpty() ? Optional.empty() : weights("." + variant);
        if (own.isPresent()) {
            return own.get();
        }
        Path file = weights("")
                .orElseThrow(() -> new FolderException(path + ": holds no weights"
                        + (variant.isEmpty() ? "" : " of the variant " + variant) + "; " + remedy()));
        if (!variant.isEmpty()) {
            notes.accept(path + ": holds no variant " + variant + "; its default weights are taken, as diffusers does");
        }
        return file;
    }

    private Optional<Path> weights(String between) {
        for (String candidate : CANDIDATES) {
            Path file = path.resolve(candidate.formatted(between));
            if (Files.exists(file)) {
                return Optional.of(file);
            }
            requireNoBrokenLink(file);
        }
        return Optional.empty();
    }

    private List<Path> shards(Path index) {
        JsonNode map = Config.read(index).json().get("weight_map");
        if (map == null || !map.isObject() || map.isEmpty()) {
            throw new FolderException(index + ": weight_map: must be an object from tensor names to shard files");
        }
        TreeSet<String> names = new TreeSet<>();
        map.forEach(shard -> names.add(shard.asText()));
        List<Path> shards = names.stream().map(shard -> shard(index, shard)).toList();
        List<String> missing = shards.stream()
                .filter(shard -> !Files.exists(shard))
                .map(shard -> String.valueOf(shard.getFileName()))
                .toList();
        if (missing.size() == 1) {
            throw new FolderException(path.resolve(missing.get(0)) + ": does not exist, though " + index.getFileName()
                    + " names this shard; fetch it again");
        }
        if (!missing.isEmpty()) {
            throw new FolderException(index + ": names " + shards.size() + " shards, of which " + missing.size()
                    + " do not exist (" + Excerpt.list(missing) + "); fetch them again");
        }
        return shards;
    }

    private Path shard(Path index, String shard) {
        if (!SHARD.matcher(shard).matches()) {
            throw new FolderException(index + ": weight_map: " + Spelling.quote(shard)
                    + " is not the name of a safetensors file in the same folder");
        }
        Path file = path.resolve(shard);
        requireNoBrokenLink(file);
        return file;
    }

    private static void requireNoBrokenLink(Path file) {
        if (Files.isSymbolicLink(file) && !Files.exists(file)) {
            throw new FolderException(file + ": is a link that leads nowhere; fetch the file again");
        }
    }

    private String remedy() {
        List<String> others;
        try (Stream<Path> files = Files.list(path)) {
            others = files.map(file -> file.getFileName().toString())
                    .filter(file -> WEIGHTS.matcher(file).matches())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return "it cannot be listed: " + e.getMessage();
        }
        if (others.isEmpty()) {
            return "it needs diffusion_pytorch_model.safetensors or model.safetensors, whole or in shards";
        }
        String found = "found only " + Excerpt.list(others) + "; ";
        List<String> variants = others.stream()
                .map(VARIANT::matcher)
                .filter(Matcher::matches)
                .map(named -> named.group(1))
                .distinct()
                .toList();
        if (!variants.isEmpty()) {
            return found + "choose the variant with --variant " + String.join(" or ", variants);
        }
        return found + "convert to safetensors: load it in Python and save it again with save_pretrained(...)";
    }
}
