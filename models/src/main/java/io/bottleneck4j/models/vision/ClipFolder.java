package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.ShardedSafetensors;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A CLIPModel's folder in the layout of transformers, its configuration read and checked, its weights not yet: {@code config.json},
 * {@code preprocessor_config.json}, {@code model.safetensors}, and the tokenizer's files.
 */
public record ClipFolder(ComponentFolder folder, ClipConfig config, PictureProcessor processor) {

    public ClipFolder {
        if (processor.cropSize() != config.vision().imageSize()) {
            throw new FolderException(folder.path().resolve("preprocessor_config.json") + ": crop_size is "
                    + processor.cropSize() + " px, but the vision model takes "
                    + config.vision().imageSize() + "; check that both come from the same model");
        }
    }

    /**
     * Reads the configuration.
     *
     * @throws IllegalArgumentException if there is no such folder
     * @throws FolderException if it is of another model, or configured as bottleneck4j does not support
     */
    public static ClipFolder read(Path path) {
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException(
                    "metric-model: " + path + " is not a folder; give a CLIPModel's, which holds config.json");
        }
        ComponentFolder folder = new ComponentFolder("clip", "CLIPModel", path);
        return new ClipFolder(
                folder, ClipConfig.of(folder.config()), PictureProcessor.of(folder.config("preprocessor_config.json")));
    }

    /** Loads the model. */
    Weights.Loaded<ClipModel> load(DType dtype, Device device) {
        return Weights.load(
                "clip",
                ClipModel.checkpoint(ShardedSafetensors.open(folder.weightFiles())),
                dtype,
                device,
                w -> new ClipModel(config, w));
    }
}
