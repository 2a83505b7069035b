package io.bottleneck4j.models;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes LoRA files, in any spelling, whole or wrong. */
public final class LoraWriter {
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Map<String, Float> numbers = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private DType dtype = DType.FLOAT32;
    private long seed = 1;

    /** A pair of kohya's words. */
    public LoraWriter kohya(String module, long in, long out, long rank) {
        return tensor(module + ".lora_down.weight", rank, in).tensor(module + ".lora_up.weight", out, rank);
    }

    /** A pair of peft's words. */
    public LoraWriter peft(String module, long in, long out, long rank) {
        return tensor(module + ".lora_A.weight", rank, in).tensor(module + ".lora_B.weight", out, rank);
    }

    /** A tensor of random numbers; of zeros in other types than float32. */
    public LoraWriter tensor(String key, long... shape) {
        shapes.put(key, shape.clone());
        return this;
    }

    public LoraWriter number(String key, double value) {
        numbers.put(key, (float) value);
        return this;
    }

    public LoraWriter metadata(String key, String text) {
        metadata.put(key, text);
        return this;
    }

    public LoraWriter seed(long value) {
        seed = value;
        return this;
    }

    public LoraWriter dtype(DType type) {
        dtype = type;
        return this;
    }

    public Path write(Path file) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(seed)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            shapes.forEach((key, shape) -> tensors.put(
                    key, dtype == DType.FLOAT32 ? noise.randn(shape) : Tensor.zeros(dtype, Device.CPU, shape)));
            numbers.forEach((key, value) -> tensors.put(key, Tensor.of(new float[] {value})));
            SafetensorsWriter.write(file, tensors, metadata);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
