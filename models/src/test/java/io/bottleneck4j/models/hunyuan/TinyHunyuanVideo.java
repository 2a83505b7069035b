package io.bottleneck4j.models.hunyuan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;

/** The transformers of golden/hunyuan, see tools/golden/make_hunyuan.py. */
final class TinyHunyuanVideo {
    private TinyHunyuanVideo() {}

    static Weights.Loaded<HunyuanVideoTransformer3DModel> load(String name, Golden golden, DType dtype) {
        HunyuanVideoConfig config = config(golden.json().get("config"));
        return Weights.load(
                "transformer",
                GoldenTensors.of("golden/hunyuan/" + name + "-weights.safetensors"),
                dtype,
                Device.CPU,
                w -> new HunyuanVideoTransformer3DModel(config, w));
    }

    private static HunyuanVideoConfig config(JsonNode json) {
        int framesPerToken = json.get("patch_size_t").asInt();
        HunyuanVideoConfig read = HunyuanVideoConfig.from(
                new Config(Path.of("config.json"), ((ObjectNode) json.deepCopy()).without("patch_size_t"), note -> {}));
        return Records.with(read, "patchSizeT", framesPerToken); // from(Config) accepts 1 alone
    }
}
