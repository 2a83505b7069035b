package io.bottleneck4j.pipeline;

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
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Clean, unpacked latents in a safetensors file: float32 under the key {@code latents}, [1, C, h, w] of a picture or [1, C, F, h, w] of
 * a video, with texts of how they were made.
 *
 * @param latents [C, F, h, w]
 * @param kind what they become
 * @param texts as the picture's or video's file would hold them; empty in files of other programs
 */
public record LatentsFile(Latents latents, Model.Kind kind, Map<String, String> texts) {
    private static final String KEY = "latents";

    public LatentsFile {
        texts = Collections.unmodifiableSortedMap(new TreeMap<>(texts)); // in one order, so that files are equal
        if (kind == Model.Kind.PICTURE && latents.shape().frames() != 1) {
            throw new IllegalArgumentException("latents: a picture's have one frame, not "
                    + latents.shape().frames() + "; they are a video's");
        }
    }

    private long[] stored() {
        LatentShape s = latents.shape();
        return kind == Model.Kind.PICTURE
                ? new long[] {1, s.channels(), s.height(), s.width()}
                : new long[] {1, s.channels(), s.frames(), s.height(), s.width()};
    }

    /**
     * Writes the file, whole or not at all.
     *
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        try (Scope scope = Scope.open()) {
            Tensor tensor = Tensor.of(latents.asReadOnlyBuffer(), stored());
            SafetensorsWriter.write(file, Map.of(KEY, tensor), texts);
        }
    }

    /**
     * Reads latents for a model.
     *
     * @param channels the model's
     * @param kind what the model makes
     * @throws IllegalArgumentException if there is no such file, or it holds no latents of that many channels
     * @throws io.bottleneck4j.torch.io.WeightsException if it is not a safetensors file
     */
    public static LatentsFile read(Path file, int channels, Model.Kind kind) {
        boolean picture = kind == Model.Kind.PICTURE;
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
            if (shape.length != (picture ? 4 : 5)
                    || shape[0] != 1
                    || shape[1] != channels
                    || !info.dtype().isFloatingPoint()) {
                throw new IllegalArgumentException(file + ": latents: must be floating-point numbers [1, " + channels
                        + ", " + (picture ? "h, w" : "F, h, w") + "] for this model, not " + info.dtype() + " "
                        + Arrays.toString(shape)
                        + "; name the model they were made with");
            }
            int frames = kind == Model.Kind.PICTURE ? 1 : Math.toIntExact(shape[2]);
            int last = shape.length - 1;
            LatentShape cells =
                    new LatentShape(channels, frames, Math.toIntExact(shape[last - 1]), Math.toIntExact(shape[last]));
            float[] values = source.tensor(KEY).to(DType.FLOAT32).toFloats();
            return new LatentsFile(Latents.copyOf(cells, values), kind, source.metadata());
        }
    }
}
