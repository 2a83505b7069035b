package io.bottleneck4j.models.folder;

import io.bottleneck4j.torch.io.TensorSource;
import java.nio.file.Path;
import org.apiguardian.api.API;

/** The files of one component of a model: a folder of its own, or a part of a single file that several share. */
@API(status = API.Status.INTERNAL)
public sealed interface ComponentFiles permits ComponentFolder, ComponentInFile {
    /** The component, as {@code transformer}. */
    String name();

    /** The class it is of, as {@code FluxTransformer2DModel}. */
    String className();

    /** The folder, or the file. */
    Path path();

    /** Its configuration. */
    Config config();

    /** Opens its weights under the names of the folder's layout; no values are read. */
    TensorSource open();
}
