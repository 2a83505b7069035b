package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.models.mmdit.OriginalLayers.Blocks;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * What Tencent calls the layers that HunyuanVideo's transformer and HunyuanVideo-1.5's are both built of, what ComfyUI calls them where it
 * saves them, and what diffusers calls them.
 *
 * <p>Source: convert_hunyuan_video_transformer_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1; for ComfyUI's names
 * models/hunyuan_video.py of diffusion-pipe and convert_hunyuan_video_lora.py of OneTrainer.
 */
@API(status = API.Status.INTERNAL)
public final class TencentLayers {
    private static final Map<String, List<String>> DOUBLE = Map.ofEntries(
            Map.entry("img_mod.linear", List.of("norm1.linear")),
            Map.entry("txt_mod.linear", List.of("norm1_context.linear")),
            Map.entry("img_attn_qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v")),
            Map.entry("txt_attn_qkv", List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")),
            Map.entry("img_attn_q_norm", List.of("attn.norm_q")),
            Map.entry("img_attn_k_norm", List.of("attn.norm_k")),
            Map.entry("txt_attn_q_norm", List.of("attn.norm_added_q")),
            Map.entry("txt_attn_k_norm", List.of("attn.norm_added_k")),
            Map.entry("img_attn_proj", List.of("attn.to_out.0")),
            Map.entry("txt_attn_proj", List.of("attn.to_add_out")),
            Map.entry("img_mlp.fc1", List.of("ff.net.0.proj")),
            Map.entry("img_mlp.fc2", List.of("ff.net.2")),
            Map.entry("txt_mlp.fc1", List.of("ff_context.net.0.proj")),
            Map.entry("txt_mlp.fc2", List.of("ff_context.net.2")));

    private static final Map<String, List<String>> SINGLE = Map.of(
            "modulation.linear", List.of("norm.linear"),
            "linear1", List.of("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
            "linear2", List.of("proj_out"),
            "q_norm", List.of("attn.norm_q"),
            "k_norm", List.of("attn.norm_k"));

    private static final Map<String, List<String>> REFINER = Map.of(
            "norm1", List.of("norm1"),
            "norm2", List.of("norm2"),
            "self_attn_qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v"),
            "self_attn_proj", List.of("attn.to_out.0"),
            "mlp.fc1", List.of("ff.net.0.proj"),
            "mlp.fc2", List.of("ff.net.2"),
            "adaLN_modulation.1", List.of("norm_out.linear"));

    /** Outside of blocks, of every transformer of these blocks. */
    private static final Map<String, String> OUTSIDE = Map.of(
            "img_in.proj", "x_embedder.proj",
            "txt_in.input_embedder", "context_embedder.proj_in",
            "txt_in.t_embedder.mlp.0", "context_embedder.time_text_embed.timestep_embedder.linear_1",
            "txt_in.t_embedder.mlp.2", "context_embedder.time_text_embed.timestep_embedder.linear_2",
            "txt_in.c_embedder.linear_1", "context_embedder.time_text_embed.text_embedder.linear_1",
            "txt_in.c_embedder.linear_2", "context_embedder.time_text_embed.text_embedder.linear_2",
            "final_layer.linear", "proj_out",
            "final_layer.adaLN_modulation.1", "norm_out.linear");

    /** The release's names by ComfyUI's, of layers in blocks and outside. */
    private static final Map<String, String> COMFY = Map.ofEntries(
            Map.entry("img_mod.lin", "img_mod.linear"),
            Map.entry("txt_mod.lin", "txt_mod.linear"),
            Map.entry("img_attn.qkv", "img_attn_qkv"),
            Map.entry("txt_attn.qkv", "txt_attn_qkv"),
            Map.entry("img_attn.norm.query_norm", "img_attn_q_norm"),
            Map.entry("img_attn.norm.key_norm", "img_attn_k_norm"),
            Map.entry("txt_attn.norm.query_norm", "txt_attn_q_norm"),
            Map.entry("txt_attn.norm.key_norm", "txt_attn_k_norm"),
            Map.entry("img_attn.proj", "img_attn_proj"),
            Map.entry("txt_attn.proj", "txt_attn_proj"),
            Map.entry("img_mlp.0", "img_mlp.fc1"),
            Map.entry("img_mlp.2", "img_mlp.fc2"),
            Map.entry("txt_mlp.0", "txt_mlp.fc1"),
            Map.entry("txt_mlp.2", "txt_mlp.fc2"),
            Map.entry("modulation.lin", "modulation.linear"),
            Map.entry("norm.query_norm", "q_norm"),
            Map.entry("norm.key_norm", "k_norm"),
            Map.entry("self_attn.qkv", "self_attn_qkv"),
            Map.entry("self_attn.proj", "self_attn_proj"),
            Map.entry("mlp.0", "mlp.fc1"),
            Map.entry("mlp.2", "mlp.fc2"),
            Map.entry("txt_in.t_embedder.in_layer", "txt_in.t_embedder.mlp.0"),
            Map.entry("txt_in.t_embedder.out_layer", "txt_in.t_embedder.mlp.2"),
            Map.entry("txt_in.c_embedder.in_layer", "txt_in.c_embedder.linear_1"),
            Map.entry("txt_in.c_embedder.out_layer", "txt_in.c_embedder.linear_2"),
            Map.entry("time_in.in_layer", "time_in.mlp.0"),
            Map.entry("time_in.out_layer", "time_in.mlp.2"),
            Map.entry("guidance_in.in_layer", "guidance_in.mlp.0"),
            Map.entry("guidance_in.out_layer", "guidance_in.mlp.2"));

    private TencentLayers() {}

    /**
     * The layers of a transformer that is built of the same blocks.
     *
     * @param inBlocks what else double-stream blocks have
     * @param outside what else is in no block
     */
    public static OriginalLayers layers(Map<String, List<String>> inBlocks, Map<String, String> outside) {
        Map<String, List<String>> allInBlocks = new HashMap<>(DOUBLE);
        allInBlocks.putAll(inBlocks);
        Map<String, String> allOutside = new HashMap<>(OUTSIDE);
        allOutside.putAll(outside);
        return new OriginalLayers(
                        List.of(
                                new Blocks("double_blocks", "transformer_blocks", allInBlocks),
                                new Blocks("single_blocks", "single_transformer_blocks", SINGLE),
                                new Blocks(
                                        "txt_in.individual_token_refiner.blocks",
                                        "context_embedder.token_refiner.refiner_blocks",
                                        REFINER)),
                        allOutside)
                .spelled(COMFY)
                .swapped("final_layer.adaLN_modulation.1");
    }
}
