package io.bottleneck4j.cli.options;

import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.emojivideo.EmojiVideo;
import io.bottleneck4j.models.folder.HubCache;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Family;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;

/** Finds the folder of a model by the name a user gives. */
public final class ModelChoice {
    /** The bundled model of pictures, which is taken where none is named; a folder of that name here is {@code ./emoji-flux}. */
    public static final String BUNDLED = EmojiFlux.NAME;

    /** All bundled models, the one of pictures first. */
    public static final List<String> ALL_BUNDLED = List.of(BUNDLED, EmojiVideo.NAME);

    private ModelChoice() {}

    /**
     * The model, which can run.
     *
     * @param name emoji-flux, emoji-video, a folder or file, or org/name in the Hugging Face cache; a path that exists comes first. Files in
     *     place of components may follow, see {@link ModelWords}
     * @throws IllegalArgumentException if there is none
     * @throws io.bottleneck4j.models.folder.FolderException if it is none that bottleneck4j runs
     * @throws IOException if a bundled model cannot be unpacked
     */
    public static Model find(String name, Surroundings surroundings) throws IOException {
        return Model.open(name, folder(name, surroundings));
    }

    /** The model of a file, with what its other words name. */
    private static ModelFolder assembled(ModelWords words, Surroundings surroundings) throws IOException {
        Path place = Path.of(words.model());
        ModelFiles files = ModelFiles.of(
                Files.exists(place)
                        ? place
                        : folder(words.model(), surroundings).path());
        String base = words.get("base");
        if (base != null) {
            files = files.base(folder(base, surroundings));
        }
        String variant = words.get("variant");
        if (variant != null) {
            files = files.variant(variant);
        }
        files = given(files, words, "vae", ModelFiles::vae);
        files = given(files, words, "text-encoder", ModelFiles::textEncoder);
        files = given(files, words, "text-encoder-2", ModelFiles::textEncoder2);
        files = given(files, words, "transformer-2", ModelFiles::transformer2);
        return given(files, words, "tokenizers", ModelFiles::tokenizers).folder();
    }

    private static ModelFiles given(
            ModelFiles files, ModelWords words, String word, BiFunction<ModelFiles, Path, ModelFiles> with) {
        String place = words.get(word);
        if (place == null) {
            return files;
        }
        if (!Files.exists(Path.of(place))) {
            throw new IllegalArgumentException(word + ": there is no " + place + "; give a file or a folder");
        }
        return with.apply(files, Path.of(place));
    }

    /** Its folder, whatever state that is in. */
    public static ModelFolder folder(String name, Surroundings surroundings) throws IOException {
        if (name.equals(EmojiFlux.NAME)) {
            return ModelFolder.open(EmojiFlux.folder(surroundings.cache()));
        }
        if (name.equals(EmojiVideo.NAME)) {
            return ModelFolder.open(EmojiVideo.folder(surroundings.cache()));
        }
        if (Files.isDirectory(Path.of(name))) {
            return ModelFolder.open(Path.of(name));
        }
        ModelWords words = new ModelWords(name);
        if (Files.exists(Path.of(name)) || words.hasParts()) {
            return assembled(words, surroundings);
        }
        if (Family.words().contains(name)) {
            throw new IllegalArgumentException(
                    "model: " + name
                            + " stands for the published model, without weights, and serves for planning only; give a diffusers folder");
        }
        if (HubCache.isModelName(name)) {
            return ModelFolder.open(
                    HubCache.of(surroundings.environment(), surroundings.home()).find(name));
        }
        throw new IllegalArgumentException("model: there is no '" + name
                + "'; give a diffusers folder, a safetensors or GGUF file of FLUX.1 or HunyuanVideo, a model of the"
                + " local Hugging Face cache as org/name, or a bundled one: " + String.join(", ", ALL_BUNDLED));
    }

    /**
     * A model for planning; no weights are needed.
     *
     * @param name as {@link #find} takes it, or a transformer's config.json, or the word of a family, as flux, for its published full-size model; a folder
     *     of such a name here is {@code ./flux}
     * @throws IllegalArgumentException if there is none
     * @throws io.bottleneck4j.models.folder.FolderException if plans are not made for it
     * @throws IOException if a bundled model cannot be unpacked
     */
    public static Model planned(String name, Surroundings surroundings) throws IOException {
        if (Family.words().contains(name)) {
            return Model.published(Family.parse(name));
        }
        if (name.endsWith(".json") && Files.isRegularFile(Path.of(name))) {
            return Model.ofConfig(name, Path.of(name));
        }
        return find(name, surroundings);
    }
}
