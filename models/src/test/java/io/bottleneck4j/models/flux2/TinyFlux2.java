package io.bottleneck4j.models.flux2;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;

/** The transformers of golden/flux2, see tools/golden/make_flux2.py. */
final class TinyFlux2 {
    private TinyFlux2() {}

    static Weights.Loaded<Flux2Transformer2DModel> load(Golden golden, DType dtype) {
        Flux2Transformer2DConfig config = Flux2Transformer2DConfig.from(
                new Config(Path.of("config.json"), golden.json().get("config"), note -> {
                    throw new AssertionError(note);
                }));
        return Weights.load(
                "transformer",
                GoldenTensors.of("golden/flux2/" + golden.json().get("weights").asText() + ".safetensors"),
                dtype,
                Device.CPU,
                w -> new Flux2Transformer2DModel(config, w));
    }
}
