package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import java.util.List;

/** A pipeline's folder, its configuration read and checked, its weights not yet. */
public interface PipelineFolder {
    /** The components with weights, by name; the pipelines of all families have these. */
    List<String> WEIGHTED = List.of("transformer", "text_encoder", "text_encoder_2", "vae");

    ModelFolder folder();

    ModelDefaults defaults();

    Component<?> transformer();

    Component<?> textEncoder();

    Component<?> textEncoder2();

    Component<?> vae();

    /** The components with weights. */
    default List<Component<?>> components() {
        return List.of(transformer(), textEncoder(), textEncoder2(), vae());
    }

    /**
     * Holds every component's files against its configuration, before anything is computed.
     *
     * @throws io.bottleneck4j.torch.io.WeightsException if a file is damaged, or tensors are missing, unexpected or misshapen
     */
    default void requireComplete() {
        components().forEach(component -> component.report().requireComplete());
    }

    /**
     * Does nothing if the folder is of a family's pipeline.
     *
     * @param published the models that are, for the message
     * @throws FolderException naming the class it is of
     */
    static void require(ModelFolder folder, ModelFamily family, String published) {
        if (!folder.pipelineClass().equals(family.pipelineClass())) {
            throw new FolderException(
                    folder.path().resolve("model_index.json") + ": _class_name is " + folder.pipelineClass()
                            + "; bottleneck4j reads " + family.pipelineClass() + " (" + published + ")");
        }
    }

    /** What is said of a component that has no weights. */
    static IllegalArgumentException unweighted(String name) {
        return new IllegalArgumentException(
                "component: '" + name + "' has no weights; use one of " + String.join(", ", WEIGHTED));
    }
}
