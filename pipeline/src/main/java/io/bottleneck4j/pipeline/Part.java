package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.ClipTextConfig;
import io.bottleneck4j.models.text.ClipTextModel;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A component with its configuration. */
record Part<C, M>(C config, Component<M> component) {

    /**
     * A component's configuration, read, and its model, not yet built.
     *
     * @param read reads config.json; complaints of configuration records gain the file they are about
     * @param checkpoint brings older checkpoints' names to those the model asks for
     * @throws FolderException if the configuration is none that the model supports
     */
    static <C, M> Part<C, M> of(
            ComponentFolder own,
            Function<Config, C> read,
            UnaryOperator<TensorSource> checkpoint,
            BiFunction<C, Weights, M> model) {
        try {
            C config = read.apply(own.config());
            return new Part<>(config, new Component<>(own, checkpoint, w -> model.apply(config, w)));
        } catch (IllegalArgumentException e) {
            throw new FolderException(own.path().resolve("config.json") + ": " + e.getMessage(), e);
        }
    }

    /** CLIP's text encoder, under the name it has in the folder. */
    static Part<ClipTextConfig, ClipTextModel> clip(ModelFolder folder, String name) {
        return of(
                folder.component(name, "CLIPTextModel"),
                ClipTextConfig::from,
                ClipTextModel::checkpoint,
                ClipTextModel::new);
    }

    /**
     * Does nothing if another component gives what this one asks for.
     *
     * @param key of this one's configuration
     * @throws FolderException naming both
     */
    void requireEqual(String key, int asked, Part<?, ?> other, int given) {
        if (asked != given) {
            throw new FolderException(component.folder().path().resolve("config.json") + ": " + key + " is " + asked
                    + ", but " + other.component().folder().name() + " gives " + given
                    + "; check that both come from the same model");
        }
    }
}
