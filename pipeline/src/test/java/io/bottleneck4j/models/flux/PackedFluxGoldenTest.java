package io.bottleneck4j.models.flux;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SlicedSource;
import io.bottleneck4j.torch.io.SlicedSource.Slice;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * GGUF and ComfyUI's scaled 8-bit floats under FLUX.1's original names, kept packed, against diffusers with the same values in float32; see
 * tools/golden/make_packed.py.
 */
class PackedFluxGoldenTest {
    private static final double TOLERANCE = 1e-4;

    private static TensorSource underDiffusersNames(TensorSource stored, FluxConfig config) {
        Map<String, List<Long>> shapes = Weights.blueprint(w -> new FluxTransformer2DModel(config, w));
        Map<String, Slice> slices = new LinkedHashMap<>();
        for (String name : stored.infos().keySet()) {
            int dot = name.lastIndexOf('.');
            String layer = name.substring(0, dot);
            String suffix = name.substring(dot).replace(".scale", ".weight");
            List<String> parts = OriginalFlux.LAYERS.layers(layer);
            long first = 0;
            for (String part : parts) {
                long rows = Objects.requireNonNull(shapes.get(part + suffix)).get(0);
                slices.put(
                        part + suffix,
                        OriginalFlux.LAYERS.isSwapped(layer)
                                ? Slice.swapped(name, rows)
                                : parts.size() == 1 ? Slice.whole(name) : Slice.rows(name, first, rows));
                first += rows;
            }
        }
        return new SlicedSource(stored, slices);
    }

    @ParameterizedTest
    @CsvSource({
        "flux-gguf, .gguf, false",
        "flux-gguf, .gguf, true",
        "flux-f8, .safetensors, false",
        "flux-f8, .safetensors, true"
    })
    void forward_ofPackedWeights_equalsDiffusersWithTheirValues(String name, String ending, boolean streamed) {
        Path file = Golden.ROOT.resolve("packed").resolve(name + "-weights" + ending);
        try (Golden golden = Golden.open("packed/" + name)) {
            FluxConfig config = FluxConfig.from(
                    new Config(Path.of("config.json"), golden.json().get("config"), note -> {}));
            TensorSource source = underDiffusersNames(TensorSource.open(file), config);
            assertThat(source.packed("single_transformer_blocks.0.proj_mlp.weight"))
                    .isPresent();
            try (Weights.Loaded<FluxTransformer2DModel> loaded = load(source, config, streamed);
                    Scope scope = Scope.open()) {
                FluxTransformer2DModel model = loaded.model();
                double sigma = golden.floats("in.timestep")[0];
                Tensor text = golden.tensor("in.encoder_hidden_states");
                Tensor rotations = model.rotations(
                        (int) text.size(1),
                        golden.json().get("grid_height").asInt(),
                        golden.json().get("grid_width").asInt());
                Conditioning conditioning = model.conditioning(
                        text,
                        golden.tensor("in.pooled_projections"),
                        golden.floats("in.guidance")[0],
                        List.of(1.0, sigma, 0.0));
                Tensor out = model.forward(golden.tensor("in.hidden_states"), conditioning, sigma, rotations);
                golden.assertClose("out.proj_out", out, TOLERANCE);
            }
        }
    }

    private static Weights.Loaded<FluxTransformer2DModel> load(
            TensorSource source, FluxConfig config, boolean streamed) {
        return streamed
                ? Weights.stream(
                        "transformer",
                        source,
                        DType.FLOAT32,
                        Device.CPU,
                        Quantization.NONE,
                        Quantization.NONE,
                        w -> new FluxTransformer2DModel(config, w))
                : Weights.load(
                        "transformer", source, DType.FLOAT32, Device.CPU, w -> new FluxTransformer2DModel(config, w));
    }
}
