package io.bottleneck4j.models.folder;

import io.bottleneck4j.torch.io.TensorSource;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.apiguardian.api.API;

/**
 * A component that lies in a single file, perhaps beside others.
 *
 * @param configuration what its config.json would say
 * @param weights opens its own tensors of the file, under the names of the folder's layout
 */
@API(status = API.Status.INTERNAL)
public record ComponentInFile(
        String name, String className, Path path, Supplier<Config> configuration, Supplier<TensorSource> weights)
        implements ComponentFiles {
    @Override
    public Config config() {
        return configuration.get();
    }

    @Override
    public TensorSource open() {
        return weights.get();
    }
}
