package io.bottleneck4j.models.folder;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The components of a model, in a folder in the diffusers layout, or {@linkplain #assembled put together} of files.
 *
 * <p>The diffusers layout: {@code model_index.json} names a pipeline class and, per component, a library and a class; each
 * component lies in a folder of its own. The classes named there decide what is built, nothing is guessed.
 */
public final class ModelFolder {
    private static final String INDEX = "model_index.json";
    private static final Map<String, String> REMEDIES = Map.of(
            "transformer_2", "a file or folder of it with --transformer-2",
            "vae", "a file or folder of it with --vae",
            "text_encoder", "a file or folder of it with --text-encoder",
            "text_encoder_2", "a file or folder of it with --text-encoder-2",
            "tokenizer", "the folder that holds tokenizer/ and tokenizer_2/ with --tokenizers",
            "tokenizer_2", "the folder that holds tokenizer/ and tokenizer_2/ with --tokenizers");

    private final Path path;
    private final String pipelineClass;
    private final Map<String, String> classes;
    private final Map<String, ComponentFiles> own;
    private final String variant;
    private final @Nullable ModelFolder base;
    private final Set<String> notes = Collections.synchronizedSet(new LinkedHashSet<>());

    private ModelFolder(
            Path path,
            String pipelineClass,
            Map<String, String> classes,
            Map<String, ComponentFiles> own,
            String variant,
            @Nullable ModelFolder base) {
        this.path = path;
        this.pipelineClass = pipelineClass;
        this.classes = Collections.unmodifiableMap(classes);
        this.own = Map.copyOf(own);
        this.variant = variant;
        this.base = base;
    }

    /**
     * A model of components that lie in files of their own, and what they leave out of a folder.
     *
     * @param path the file of the model, for messages
     * @param pipelineClass as an index would name it
     * @param own components by name
     * @param base has the others; null where there is none
     * @param notes for the user, beside those of the base
     */
    public static ModelFolder assembled(
            Path path,
            String pipelineClass,
            Map<String, ComponentFiles> own,
            @Nullable ModelFolder base,
            List<String> notes) {
        Map<String, String> classes = new LinkedHashMap<>(base == null ? Map.of() : base.classes);
        own.forEach((name, files) -> classes.put(name, files.className()));
        ModelFolder assembled = new ModelFolder(path, pipelineClass, classes, own, "", base);
        assembled.notes.addAll(notes);
        return assembled;
    }

    /**
     * Reads the index of a folder.
     *
     * @throws IllegalArgumentException if there is no such folder
     * @throws FolderException if its index is missing or malformed
     */
    public static ModelFolder open(Path path) {
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException(
                    "model: " + path + " is not a folder; give a diffusers folder, which holds " + INDEX);
        }
        if (!Files.exists(path.resolve(INDEX))) {
            throw new FolderException(
                    path + ": holds no " + INDEX
                            + (Files.isSymbolicLink(path.resolve(INDEX)) ? " but a link that leads nowhere" : "")
                            + "; give the folder of the whole pipeline in the"
                            + " diffusers layout (with transformer/, vae/, ...), not one component or a single-file checkpoint");
        }
        Config index = Config.read(path.resolve(INDEX));
        Map<String, String> classes = new LinkedHashMap<>();
        index.json().properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            boolean named = value.isArray() && value.size() == 2 && value.get(1).isTextual();
            if (named && isPlainName(entry.getKey())) {
                classes.put(entry.getKey(), value.get(1).textValue());
            }
        });
        return new ModelFolder(path, index.requireString("_class_name"), classes, Map.of(), "", null);
    }

    /** This folder with a variant of the weights, as {@code fp16}; components without it have their default ones. */
    public ModelFolder withVariant(String name) {
        if (!isPlainName(name) || name.isEmpty()) {
            throw new IllegalArgumentException("variant: must be a word such as fp16, not '" + name + "'");
        }
        return new ModelFolder(path, pipelineClass, classes, own, name, base);
    }

    private static boolean isPlainName(String name) {
        return name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '-');
    }

    /** The folder; of what was put together, the model's file. */
    public Path path() {
        return path;
    }

    /** The folder in the diffusers layout that gives what no file does; empty where there is none. */
    public Optional<ModelFolder> folder() {
        return own.isEmpty() ? Optional.of(this) : Optional.ofNullable(base);
    }

    /** The pipeline class the index names, as {@code FluxPipeline}. */
    public String pipelineClass() {
        return pipelineClass;
    }

    /**
     * Whether the index says true under a key that names no component, as {@code is_distilled}; of what was put together, the index of
     * the folder that gives what no file does.
     *
     * @throws FolderException if it says neither true nor false
     */
    public boolean says(String key) {
        return folder().map(own -> Config.read(own.path.resolve(INDEX)).booleanOr(key, false))
                .orElse(false);
    }

    /**
     * The number the index has under a key that names no component, as {@code boundary_ratio}, in the index that {@link #says} asks.
     *
     * @return NaN where it has none
     * @throws FolderException if it is no number
     */
    public double number(String key) {
        return folder().map(own -> Config.read(own.path.resolve(INDEX)).doubleOr(key, Double.NaN))
                .orElse(Double.NaN);
    }

    /** What the index says that names no component, nor its writer, in the index that {@link #says} asks. */
    public Map<String, JsonNode> facts() {
        Map<String, JsonNode> facts = new LinkedHashMap<>();
        folder().ifPresent(own -> Config.read(own.path.resolve(INDEX)).json().properties().stream()
                .filter(entry ->
                        entry.getValue().isValueNode() && !entry.getKey().startsWith("_"))
                .forEach(entry -> facts.put(entry.getKey(), entry.getValue())));
        return facts;
    }

    /** Component names and their classes, in the index's order. */
    public Map<String, String> classes() {
        return classes;
    }

    /**
     * What the configurations read so far hold that was passed over, as keys that the Python classes, too, ignore: for the user to know.
     */
    public List<String> notes() {
        List<String> all = new ArrayList<>(base == null ? List.of() : base.notes());
        synchronized (notes) {
            all.addAll(notes);
        }
        return List.copyOf(all);
    }

    /**
     * The files of a component.
     *
     * @param requiredClass the class it must be of, as {@code FluxTransformer2DModel}
     * @throws FolderException if it is missing or of another class
     */
    public ComponentFiles component(String name, String... requiredClass) {
        ComponentFiles files = own.get(name);
        if (files == null && !own.isEmpty()) {
            if (base == null) {
                throw new FolderException(path + ": holds no " + name + "; give " + REMEDIES.getOrDefault(name, "one")
                        + ", or the folder of a whole pipeline with --base, which gives all that is missing");
            }
            return base.component(name, requiredClass);
        }
        return files == null ? inFolder(name, requiredClass) : files;
    }

    /** Where a component would lie, whether it is there or not. */
    public Path place(String name) {
        ComponentFiles files = own.get(name);
        return files != null ? files.path() : base != null ? base.place(name) : path.resolve(name);
    }

    /** The folder of a component that has one, as tokenizers do. */
    public ComponentFolder componentFolder(String name, String... requiredClass) {
        ComponentFiles files = component(name, requiredClass);
        if (files instanceof ComponentFolder folder) {
            return folder;
        }
        throw new FolderException(files.path() + ": must be a folder to give a " + name + ", is a file");
    }

    private ComponentFolder inFolder(String name, String... requiredClass) {
        String found = classes.get(name);
        String wanted = String.join(" or ", requiredClass);
        if (found == null) {
            throw new FolderException(path.resolve(INDEX) + ": names no " + name + "; it must name a " + wanted);
        }
        if (!Arrays.asList(requiredClass).contains(found)) {
            throw new FolderException(
                    path.resolve(INDEX) + ": " + name + " is of class " + found + "; bottleneck4j reads " + wanted);
        }
        Path folder = path.resolve(name);
        if (!Files.isDirectory(folder)) {
            throw new FolderException(
                    folder + ": does not exist, though " + INDEX + " names it; copy the whole folder");
        }
        return new ComponentFolder(name, found, folder, variant, notes::add);
    }
}
