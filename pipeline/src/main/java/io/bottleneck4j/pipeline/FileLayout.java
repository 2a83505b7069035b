package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentInFile;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A component of a family as single files hold it.
 *
 * @param component its name in a folder
 * @param className its class there
 * @param prefixes it may lie behind
 * @param mark whether names, without a prefix, are its own
 * @param names brings them to those of a folder
 * @param told what its names and shapes tell of its configuration
 */
record FileLayout(
        String component,
        String className,
        List<String> prefixes,
        Predicate<Set<String>> mark,
        UnaryOperator<TensorSource> names,
        Function<Map<String, TensorInfo>, Map<String, Object>> told) {
    static final String TRANSFORMER = "transformer";

    private static final List<String> OF_TRANSFORMERS =
            List.of("model.diffusion_model.", "model.model.", "diffusion_model.", "transformer.", "");
    private static final List<String> OF_AUTOENCODERS = List.of("vae.", "first_stage_model.", "");

    /** A transformer. */
    static FileLayout transformer(
            String className,
            Predicate<Set<String>> mark,
            UnaryOperator<TensorSource> names,
            Function<Map<String, TensorInfo>, Map<String, Object>> told) {
        return new FileLayout(TRANSFORMER, className, OF_TRANSFORMERS, mark, names, told);
    }

    /**
     * A text encoder.
     *
     * @param word what follows {@code text_encoders.} in files that hold a whole model
     */
    static FileLayout text(
            String component,
            String className,
            String word,
            Predicate<Set<String>> mark,
            UnaryOperator<TensorSource> names,
            Function<Map<String, TensorInfo>, Map<String, Object>> told) {
        String prefix = "text_encoders." + word + ".";
        return new FileLayout(component, className, List.of(prefix + "transformer.", prefix, ""), mark, names, told);
    }

    /** An autoencoder. */
    static FileLayout vae(String className, Predicate<Set<String>> mark, UnaryOperator<TensorSource> names) {
        return new FileLayout("vae", className, OF_AUTOENCODERS, mark, names, infos -> Map.of());
    }

    /** The same of a component of another name. */
    FileLayout as(String other) {
        return new FileLayout(other, className, prefixes, mark, names, told);
    }

    /** Renames where the names are the original ones. */
    static UnaryOperator<TensorSource> where(Predicate<Set<String>> original, UnaryOperator<TensorSource> renamed) {
        return source -> original.test(source.infos().keySet()) ? renamed.apply(source) : source;
    }

    /** The prefix it lies behind; absent where it is not there. */
    Optional<String> prefix(Set<String> names) {
        return prefixes.stream()
                .filter(prefix -> mark.test(names.stream()
                        .filter(name -> name.startsWith(prefix))
                        .map(name -> name.substring(prefix.length()))
                        .collect(Collectors.toSet())))
                .findFirst();
    }

    /** It, in a file of a family; what the file does not tell is the base's, or the published model's. */
    ComponentFiles in(Path file, String prefix, Family family, @Nullable ModelFolder rest) {
        Supplier<TensorSource> weights = () -> names.apply(without(prefix, TensorSource.open(file)));
        Map<String, Object> known = told.apply(infos(weights));
        return new ComponentInFile(
                component, className, file, () -> like(family, rest).with(file, known), weights);
    }

    private Config like(Family family, @Nullable ModelFolder rest) {
        return rest != null && rest.classes().containsKey(component)
                ? rest.component(component, className).config()
                : Model.publishedConfig(family, component);
    }

    /** The tensors behind a prefix alone, without it. */
    private static TensorSource without(String prefix, TensorSource source) {
        return prefix.isEmpty()
                ? source
                : new RenamedSource(
                        source,
                        name -> name.startsWith(prefix)
                                ? Optional.of(name.substring(prefix.length()))
                                : Optional.empty());
    }

    /** Names, types and shapes of what a source holds. */
    static Map<String, TensorInfo> infos(Supplier<TensorSource> weights) {
        try (TensorSource source = weights.get()) {
            return source.infos();
        }
    }
}
