package io.bottleneck4j.models.folder;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A folder in the diffusers layout: {@code model_index.json} names a pipeline class and, per component, a library and a class; each
 * component lies in a folder of its own. The classes named there decide what is built, nothing is guessed.
 */
public final class ModelFolder {
    private static final String INDEX = "model_index.json";

    private final Path path;
    private final String pipelineClass;
    private final Map<String, String> classes;
    private final Set<String> notes = Collections.synchronizedSet(new LinkedHashSet<>());

    private ModelFolder(Path path, String pipelineClass, Map<String, String> classes) {
        this.path = path;
        this.pipelineClass = pipelineClass;
        this.classes = Collections.unmodifiableMap(classes);
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
        return new ModelFolder(path, index.requireString("_class_name"), classes);
    }

    private static boolean isPlainName(String name) {
        return name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_' || c == '-');
    }

    public Path path() {
        return path;
    }

    /** The pipeline class the index names, as {@code FluxPipeline}. */
    public String pipelineClass() {
        return pipelineClass;
    }

    /** Component names and their classes, in the index's order. */
    public Map<String, String> classes() {
        return classes;
    }

    /**
     * What the configurations read so far hold that was passed over, as keys that the Python classes, too, ignore: for the user to know.
     */
    public List<String> notes() {
        synchronized (notes) {
            return List.copyOf(notes);
        }
    }

    /**
     * The folder of a component.
     *
     * @param requiredClass the class it must be of, as {@code FluxTransformer2DModel}
     * @throws FolderException if it is missing or of another class
     */
    public ComponentFolder component(String name, String... requiredClass) {
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
        return new ComponentFolder(name, found, folder, notes::add);
    }
}
