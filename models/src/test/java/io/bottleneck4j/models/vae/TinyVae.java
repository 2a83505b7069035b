package io.bottleneck4j.models.vae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The autoencoders of the tiny folders among the test resources. */
final class TinyVae {
    private TinyVae() {}

    static Weights.Loaded<AutoencoderKl> load(String name, DType dtype) {
        return load(
                config("golden/folders/" + name + "/vae/config.json"),
                SafetensorsFile.open(Golden.folder(name).resolve("vae/diffusion_pytorch_model.safetensors")),
                dtype);
    }

    static Weights.Loaded<AutoencoderKl> load(AutoencoderKlConfig config, TensorSource source, DType dtype) {
        return Weights.load(
                "vae", Autoencoder.checkpoint(source), dtype, Device.CPU, w -> new AutoencoderKl(config, w));
    }

    static AutoencoderKlConfig config(String resource) {
        return AutoencoderKlConfig.from(new Config(Path.of(resource), json(resource), note -> {}));
    }

    static JsonNode json(String resource) {
        try {
            return new ObjectMapper()
                    .readTree(Path.of("../models/src/test/resources", resource).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
