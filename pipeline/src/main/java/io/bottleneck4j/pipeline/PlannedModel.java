package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.plan.Planner;
import java.nio.file.Path;
import java.util.List;

/**
 * What planning needs to know of a model. Only configuration is read, so weights may be absent.
 *
 * @param name as users call it
 * @param transformer its configuration
 * @param textTokens the transformer sees beside the image tokens
 * @param planner makes plans for it
 * @param notes what was taken from the published model since nothing was said, for the user
 */
public record PlannedModel(
        String name, TransformerConfig transformer, int textTokens, Planner planner, List<String> notes) {
    public PlannedModel {
        notes = List.copyOf(notes);
    }

    public ModelFamily family() {
        return transformer.family();
    }

    /** FLOPs of its forwards. */
    public ForwardCost forwardCost() {
        return transformer.forwardCost(textTokens);
    }

    /** Tokens the transformer sees at once: those of the latents and of the text. */
    public long tokens(LatentShape shape) {
        return transformer.imageTokens(shape) + textTokens;
    }

    /**
     * The model of a diffusers folder.
     *
     * @param name as the user calls it
     * @throws FolderException if the pipeline is of a class that no plans are made for, or its transformer, autoencoder or scheduler
     *     is missing, of another class, or configured as bottleneck4j does not support
     */
    public static PlannedModel of(String name, ModelFolder folder) {
        for (ModelFamily family : ModelFamily.values()) {
            if (folder.pipelineClass().equals(family.pipelineClass())) {
                return ModelReader.of(family).folder(name, folder);
            }
        }
        throw new FolderException(folder.path().resolve("model_index.json") + ": _class_name is "
                + folder.pipelineClass() + "; plans are made for " + ModelFamily.pipelineClasses());
    }

    /**
     * The model of a transformer's config.json alone; autoencoder, scheduler and text length are taken to be the published model's.
     *
     * @param name as the user calls it
     * @throws FolderException if the file is no such configuration
     */
    public static PlannedModel ofConfig(String name, Path file) {
        Config config = Config.read(file);
        String found = config.requireString("_class_name");
        for (ModelFamily family : ModelFamily.values()) {
            if (found.equals(family.transformerClass())) {
                return ModelReader.of(family).transformer(name, config);
            }
        }
        throw new FolderException(
                file + ": _class_name is " + found + "; plans are made for " + ModelFamily.transformerClasses());
    }

    /** The published full-size model of a family. */
    public static PlannedModel published(ModelFamily family) {
        return ModelReader.of(family).published();
    }
}
