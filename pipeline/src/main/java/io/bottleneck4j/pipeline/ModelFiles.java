package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.ComponentInFile;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.torch.io.TensorSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The files that a model is put together from: a single file of weights, as people keep them, or a diffusers folder, and files in place of
 * some of its components.
 *
 * <pre>{@code
 * Model model = Model.open(ModelFiles.of(Path.of("flux1-dev.safetensors")).base(Path.of("FLUX.1-schnell")));
 * }</pre>
 *
 * <p>A single file holds a transformer under the names it was released with or diffusers' own, also behind the
 * prefix {@code model.diffusion_model.}, alone or with its text encoders and autoencoder. Each other file holds one component, or is such a file of
 * several. Tensors are renamed and cut where they lie, without a copy. Immutable; nothing is read before {@link Model#open(ModelFiles)}.
 */
public final class ModelFiles {
    private static final String SCHEDULER = "scheduler";
    private static final String TOKENIZERS = "tokenizers";
    private static final String TRANSFORMER = FileLayout.TRANSFORMER;
    private final Path model;
    private final Map<String, Path> given;
    private final @Nullable ModelFolder base;
    private final String variant;

    private ModelFiles(Path model, Map<String, Path> given, @Nullable ModelFolder base, String variant) {
        this.variant = variant;
        this.model = model;
        this.given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
        this.base = base;
    }

    /** A model's own file, or its folder. */
    public static ModelFiles of(Path model) {
        return new ModelFiles(model, Map.of(), null, "");
    }

    /**
     * Takes what no file gives from a diffusers folder of the same family.
     *
     * @throws IllegalArgumentException if there is no such folder
     * @throws FolderException if it is none of a pipeline
     */
    public ModelFiles base(Path folder) {
        return base(ModelFolder.open(folder));
    }

    /** The same of a folder that is open. */
    @API(status = API.Status.INTERNAL)
    public ModelFiles base(ModelFolder folder) {
        return new ModelFiles(model, given, folder, variant);
    }

    /** Takes the autoencoder from a file, or a folder of its own. */
    public ModelFiles vae(Path place) {
        return with("vae", place);
    }

    /** Takes FLUX.1's CLIP, HunyuanVideo's Llama, or the Qwen3 of Z-Image and FLUX.2-klein, from a file, or a folder of its own. */
    public ModelFiles textEncoder(Path place) {
        return with("text_encoder", place);
    }

    /** Takes FLUX.1's T5, or HunyuanVideo's CLIP, from a file, or a folder of its own. */
    public ModelFiles textEncoder2(Path place) {
        return with("text_encoder_2", place);
    }

    /** Takes the second of Wan 2.2 A14B's two transformers, that for less noise, from a file, or a folder of its own. */
    public ModelFiles transformer2(Path place) {
        return with(Model.TRANSFORMER_2, place);
    }

    /** Takes both tokenizers from the folder that holds {@code tokenizer} and {@code tokenizer_2}. */
    public ModelFiles tokenizers(Path folder) {
        return with(TOKENIZERS, folder);
    }

    /** Takes a variant of the weights of the folder, or of the base, as {@code fp16} of {@code model.fp16.safetensors}. */
    public ModelFiles variant(String name) {
        return new ModelFiles(model, given, base, name);
    }

    private ModelFiles with(String component, Path place) {
        Map<String, Path> all = new LinkedHashMap<>(given);
        all.put(component, place);
        return new ModelFiles(model, all, base, variant);
    }

    /** The model's own file or folder. */
    public Path model() {
        return model;
    }

    /**
     * Its components, from wherever they come.
     *
     * @throws FolderException if one does not hold what it is given for
     */
    @API(status = API.Status.INTERNAL)
    public ModelFolder folder() {
        boolean isFolder = Files.isDirectory(model);
        if (isFolder && base != null) {
            throw new IllegalArgumentException("base: " + model
                    + " is a folder and has what a base would give; leave the base out, or give a file as the model");
        }
        ModelFolder whole = isFolder ? ModelFolder.open(model) : base;
        ModelFolder rest = whole == null || variant.isEmpty() ? whole : whole.withVariant(variant);
        Set<String> names = isFolder ? Set.of() : names(model);
        Family family = isFolder && rest != null ? Model.family(rest) : familyOf(names);
        if (rest != null && Model.family(rest) != family) {
            throw new FolderException(
                    "base: " + rest.path() + " is of " + Model.family(rest).published() + ", but " + model + " is of "
                            + family.published() + "; give a base of the same family");
        }
        Map<String, ComponentFiles> own = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        if (!isFolder) {
            own.putAll(found(model, names, family.layouts(), family, rest));
            boolean guided = takesGuidance(Objects.requireNonNull(own.get(TRANSFORMER)));
            // If a base's transformer differs in that, it is another model, and so is its schedule.
            if (rest == null || guided != takesGuidance(rest.component(TRANSFORMER, family.transformerClass))) {
                own.put(SCHEDULER, scheduler(family, guided));
                notes.add(scheduleNote(family, guided, rest));
            }
        }
        given.forEach((name, place) -> {
            if (name.equals(TOKENIZERS)) {
                family.tokenizers().forEach((part, type) -> own.put(part, tokenizer(part, type, place)));
            } else {
                own.put(name, component(name, place, family, rest));
            }
        });
        if (own.isEmpty() && rest != null) {
            return rest;
        }
        String pipeline = pipelineClass(family, own, rest);
        if (!isFolder && pipeline.equals(Family.KONTEXT)) {
            notes.add(model + " is taken for a FLUX.1-Kontext, since its base is one");
        }
        return ModelFolder.assembled(model, pipeline, own, rest, notes);
    }

    /** FLUX.1-Fill is told by its transformer, all else by the base. */
    private static String pipelineClass(Family family, Map<String, ComponentFiles> own, @Nullable ModelFolder rest) {
        ComponentFiles transformer = own.get(TRANSFORMER);
        if (family == Family.FLUX && transformer != null && fills(transformer.config())) {
            return Family.FILL;
        }
        return rest == null ? family.pipelineClasses.get(0) : rest.pipelineClass();
    }

    private static boolean fills(Config flux) {
        int in = flux.intOr("in_channels", 64);
        return flux.intOr("out_channels", in) < in;
    }

    /** The family whose transformer the model's file holds. */
    private Family familyOf(Set<String> names) {
        Set<String> found = new LinkedHashSet<>();
        for (Family family : Family.values()) {
            for (FileLayout layout : family.layouts()) {
                if (layout.prefix(names).isPresent()) {
                    if (layout.component().equals(TRANSFORMER)) {
                        return family;
                    }
                    found.add(layout.className());
                }
            }
        }
        throw new FolderException(model + ": holds "
                + (found.isEmpty() ? "nothing that is known" : String.join(", ", found))
                + " and no transformer; give the file of a transformer of " + Family.inFiles() + " as the model");
    }

    private static boolean takesGuidance(ComponentFiles transformer) {
        return transformer.config().booleanOr("guidance_embeds", false);
    }

    private String scheduleNote(Family family, boolean guided, @Nullable ModelFolder rest) {
        if (!family.distilled().isEmpty()) {
            return "scheduler: the schedule is that of " + family.published() + "; if " + model + " is "
                    + family.distilled() + ", give the folder of one as the base";
        }
        String like = family == Family.FLUX && !guided ? "FLUX.1-schnell" : family.published();
        return "scheduler: the schedule is that of " + like + ", since " + model + " takes " + (guided ? "" : "no ")
                + "guidance" + (rest == null ? "" : ", and the transformer of " + rest.path() + " does otherwise");
    }

    /** The published one's; FLUX.1-schnell, which takes no guidance, has one that does not shift. */
    private ComponentFiles scheduler(Family family, boolean guided) {
        boolean plain = family == Family.FLUX && !guided;
        Map<String, Object> changes = plain ? Map.of("use_dynamic_shifting", false, "shift", 1.0) : Map.of();
        return new ComponentInFile(
                SCHEDULER,
                SchedulerConfig.className(Model.publishedConfig(family, SCHEDULER)),
                model,
                () -> Model.publishedConfig(family, SCHEDULER).with(model, changes),
                () -> {
                    throw new IllegalStateException("scheduler: has no weights");
                });
    }

    private static ComponentFolder tokenizer(String name, String className, Path place) {
        Path folder = place.resolve(name);
        if (!Files.isDirectory(folder)) {
            throw new FolderException(folder + ": must be the folder of a tokenizer, is not there; give the folder that"
                    + " holds tokenizer/ and tokenizer_2/");
        }
        return new ComponentFolder(name, className, folder);
    }

    private static ComponentFiles component(String name, Path place, Family family, @Nullable ModelFolder rest) {
        if (Files.isDirectory(place)) {
            String className = rest != null ? rest.classes().get(name) : null;
            return new ComponentFolder(name, className != null ? className : className(name, family), place);
        }
        Set<String> names = names(place);
        Map<String, ComponentFiles> found = found(place, names, family.layouts(name), family, rest);
        ComponentFiles component = found.get(name);
        if (component == null) {
            throw new FolderException(place + ": must hold " + name + " (" + className(name, family) + "), holds "
                    + (found.isEmpty() ? ofOthers(names) : String.join(", ", found.keySet())) + "; give another file");
        }
        return component;
    }

    /** What a file holds that is of another family. */
    private static String ofOthers(Set<String> names) {
        Map<String, String> others = new LinkedHashMap<>();
        for (Family family : Family.values()) {
            family.layouts().stream()
                    .filter(layout -> layout.prefix(names).isPresent())
                    .map(FileLayout::className)
                    .forEach(kind -> others.putIfAbsent(kind, kind + " of " + family.published()));
        }
        return others.isEmpty() ? "nothing that is known" : String.join(", ", others.values());
    }

    private static String className(String component, Family family) {
        return family.layouts(component).stream()
                .filter(layout -> component.equals(layout.component()))
                .map(FileLayout::className)
                .findFirst()
                .orElseThrow(
                        () -> new FolderException(component + ": " + family.published() + " has none; leave it out"));
    }

    /** The components of a file, by name. */
    private static Map<String, ComponentFiles> found(
            Path file, Set<String> names, List<FileLayout> layouts, Family family, @Nullable ModelFolder rest) {
        Map<String, ComponentFiles> found = new LinkedHashMap<>();
        for (FileLayout layout : layouts) {
            layout.prefix(names)
                    .ifPresent(prefix -> found.put(layout.component(), layout.in(file, prefix, family, rest)));
        }
        return found;
    }

    private static Set<String> names(Path file) {
        return FileLayout.infos(() -> TensorSource.open(file)).keySet();
    }
}
