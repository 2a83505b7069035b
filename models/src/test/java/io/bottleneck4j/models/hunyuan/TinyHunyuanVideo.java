package io.bottleneck4j.models.hunyuan;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.Weights;

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
        return HunyuanVideoConfig.builder()
                .inChannels(json.get("in_channels").asInt())
                .outChannels(json.get("out_channels").asInt())
                .numAttentionHeads(json.get("num_attention_heads").asInt())
                .attentionHeadDim(json.get("attention_head_dim").asInt())
                .numLayers(json.get("num_layers").asInt())
                .numSingleLayers(json.get("num_single_layers").asInt())
                .numRefinerLayers(json.get("num_refiner_layers").asInt())
                .mlpRatio(json.get("mlp_ratio").asDouble())
                .patchSize(json.get("patch_size").asInt())
                .patchSizeT(json.get("patch_size_t").asInt())
                .guidanceEmbeds(json.get("guidance_embeds").asBoolean())
                .textEmbedDim(json.get("text_embed_dim").asInt())
                .pooledProjectionDim(json.get("pooled_projection_dim").asInt())
                .ropeTheta(json.get("rope_theta").asDouble())
                .ropeAxesDim(json.get("rope_axes_dim")
                        .valueStream()
                        .map(JsonNode::asInt)
                        .toList())
                .build();
    }
}
