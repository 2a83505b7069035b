package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Clean, unpacked latents in a safetensors file: float32 [1, C, h, w] under the key {@code latents}, with texts of how they were made.
 *
 * @param latents [C, 1, h, w]
 * @param texts as a PNG file would hold them; empty in files of other programs
 */
public record LatentsFile(Latents latents, Map<String, String> texts) {
    private static final String KEY = "latents";

    public LatentsFile {
        texts = Map.copyOf(texts);
    }

    /**
     * Writes the file, whole or not at all.
     *
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        LatentShape s = latents.shape();
        try (Scope scope = Scope.open()) {
            Tensor tensor = Tensor.of(latents.asReadOnlyBuffer(), 1, s.channels(), s.height(), s.width());
            SafetensorsWriter.write(file, Map.of(KEY, tensor), texts);
        }
    }

    /**
     * Reads latents for a model.
     *
     * @param channels the model's
     * @throws IllegalArgumentException if there is no such file, or it holds no latents of that many channels
     * @throws io.bottleneck4j.torch.io.WeightsException if it is not a safetensors file
     */
    public static LatentsFile read(Path file, int channels) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": is not a file; give a safetensors file of latents");
        }
        try (SafetensorsFile source = SafetensorsFile.open(file);
                Scope scope = Scope.open()) {
            TensorInfo info = source.infos().get(KEY);
            if (info == null) {
                throw new IllegalArgumentException(file + ": holds no tensor named " + KEY + ", only "
                        + String.join(", ", source.infos().keySet()));
            }
            long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
            if (shape.length != 4
                    || shape[0] != 1
                    || shape[1] != channels
                    || !info.dtype().isFloatingPoint()) {
                throw new IllegalArgumentException(file + ": latents: must be floating-point numbers [1, " + channels
                        + ", h, w] for this model, not " + info.dtype() + " " + Arrays.toString(shape)
                        + "; name the model they were made with");
            }
            LatentShape cells = new LatentShape(channels, 1, Math.toIntExact(shape[2]), Math.toIntExact(shape[3]));
            float[] values = source.tensor(KEY).to(DType.FLOAT32).toFloats();
            return new LatentsFile(Latents.copyOf(cells, values), source.metadata());
        }
    }
}
