package io.bottleneck4j.models.zimage;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;

/** The transformers of golden/zimage, see tools/golden/make_zimage.py, and one of random weights. */
final class TinyZImage {
    /** Heads of 8, two layers. */
    static final ZImageTransformer2DConfig CONFIG =
            new ZImageTransformer2DConfig(4, 16, 2, 1, 2, 1e-5, 10, 256, 1000, List.of(2, 2, 4), List.of(100, 12, 10));

    private TinyZImage() {}

    static Weights.Loaded<ZImageTransformer2DModel> load(Golden golden, DType dtype) {
        ZImageTransformer2DConfig config = ZImageTransformer2DConfig.from(
                new Config(Path.of("config.json"), golden.json().get("config"), note -> {}));
        return Weights.load(
                "transformer",
                GoldenTensors.of("golden/zimage/" + golden.json().get("weights").asText() + ".safetensors"),
                dtype,
                Device.CPU,
                w -> new ZImageTransformer2DModel(config, w));
    }

    static Weights.Loaded<ZImageTransformer2DModel> random() {
        return Weights.load(
                "transformer",
                RandomWeights.of(w -> new ZImageTransformer2DModel(CONFIG, w)),
                DType.FLOAT32,
                Device.CPU,
                w -> new ZImageTransformer2DModel(CONFIG, w));
    }
}
