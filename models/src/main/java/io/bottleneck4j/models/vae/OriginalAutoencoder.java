package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * What autoencoders are called in files beside diffusers', as FLUX.1's {@code ae.safetensors} and ComfyUI's {@code
 * hunyuan_video_vae_bf16.safetensors}, and what diffusers calls them. HunyuanVideo's convolutions have one more {@code conv} in their names,
 * and HunyuanVideo-1.5's decoder counts its blocks as diffusers does.
 *
 * <p>Source: convert_ldm_vae_checkpoint in loaders/single_file_utils.py of diffusers@0.42.1; comfy/diffusers_convert.py of ComfyUI@af91cb1;
 * scripts/convert_hunyuan_video1_5_to_diffusers.py of diffusers@58eb52c.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalAutoencoder {
    private static final Pattern BLOCK = Pattern.compile("(encoder\\.down|decoder\\.up)\\.(\\d{1,3})\\.(.+)");
    private static final Pattern RESNET = Pattern.compile("block\\.(\\d{1,3})\\.(.+)");
    private static final Map<String, String> ATTENTION =
            Map.of("norm", "group_norm", "q", "to_q", "k", "to_k", "v", "to_v", "proj_out", "to_out.0");

    private OriginalAutoencoder() {}

    /** Whether a file of these tensors holds an autoencoder of pictures under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("decoder.mid.block_1.conv1.weight");
    }

    /** Whether a file of these tensors holds HunyuanVideo's autoencoder under the names that ComfyUI gives it. */
    public static boolean isOfVideosIn(Set<String> names) {
        return names.contains("decoder.mid.block_1.conv1.conv.weight") && !isOfVideos15In(names);
    }

    /** Whether a file of these tensors holds HunyuanVideo-1.5's autoencoder under its original names. */
    public static boolean isOfVideos15In(Set<String> names) {
        return names.contains("decoder.mid.block_1.norm1.gamma");
    }

    /** An original file of HunyuanVideo-1.5's autoencoder under diffusers' names; what has no other name there keeps its own. */
    public static TensorSource renamedOfVideos15(TensorSource original) {
        return new RenamedSource(original, name -> {
            Matcher block = BLOCK.matcher(name);
            return Optional.of(
                    block.matches()
                            ? block.group(1) + "_blocks." + block.group(2) + "." + inBlock(block.group(3))
                            : inMiddle(name)
                                    .replaceFirst("\\.mid\\.attn_1\\.([qkv])\\.", ".mid_block.attentions.0.to_$1.")
                                    .replace(".mid.attn_1.", ".mid_block.attentions.0."));
        });
    }

    /** An original file under diffusers' names; what has no other name there keeps its own. */
    public static TensorSource renamed(TensorSource original) {
        Map<String, TensorInfo> stored = original.infos();
        int blocks = 1
                + stored.keySet().stream()
                        .map(BLOCK::matcher)
                        .filter(Matcher::matches)
                        .mapToInt(block -> Integer.parseInt(block.group(2)))
                        .max()
                        .orElse(0);
        return new Layers(new RenamedSource(original, name -> Optional.of(diffusersName(name, blocks))));
    }

    /** Convolutions of one pixel [out, in, 1, 1], of videos [out, in, 1, 1, 1], as the attention's layers were, as layers [out, in]. */
    private record Layers(TensorSource source, Map<String, TensorInfo> infos) implements TensorSource {
        Layers(TensorSource source) {
            this(source, new LinkedHashMap<>());
            source.infos()
                    .forEach((name, info) -> infos.put(
                            name,
                            isOnePixel(name, info)
                                    ? new TensorInfo(info.dtype(), info.shape().subList(0, 2), info.packing())
                                    : info));
        }

        private static boolean isOnePixel(String name, TensorInfo info) {
            List<Long> shape = info.shape();
            return name.contains(".attentions.0.to_")
                    && (shape.size() == 4 || shape.size() == 5)
                    && shape.stream().skip(2).allMatch(size -> size == 1);
        }

        @Override
        public Map<String, TensorInfo> infos() {
            return Collections.unmodifiableMap(infos);
        }

        @Override
        public List<String> leftOut() {
            return source.leftOut();
        }

        @Override
        public Tensor tensor(String name) {
            TensorInfo stored = source.infos().get(name);
            return stored == null || !isOnePixel(name, stored)
                    ? source.tensor(name)
                    : Scope.scoped(() -> source.tensor(name)
                            .view(stored.shape().get(0), stored.shape().get(1)));
        }

        @Override
        public void close() {
            source.close();
        }
    }

    /**
     * A tensor's name in diffusers.
     *
     * @param blocks of the encoder, and of the decoder, which counts them from the other end
     */
    static String diffusersName(String name, int blocks) {
        Matcher block = BLOCK.matcher(name);
        if (block.matches()) {
            int index = Integer.parseInt(block.group(2));
            boolean encoder = block.group(1).equals("encoder.down");
            String at = encoder ? "encoder.down_blocks." + index : "decoder.up_blocks." + (blocks - 1 - index);
            return at + "." + inBlock(block.group(3));
        }
        return inMiddle(name)
                .replace("encoder.quant_conv.", "quant_conv.") // FLUX.2's
                .replace("decoder.post_quant_conv.", "post_quant_conv.")
                .replace(".norm_out.", ".conv_norm_out.")
                .replaceFirst("(\\.resnets\\.\\d+)\\.nin_shortcut\\.", "$1.conv_shortcut.")
                .transform(OriginalAutoencoder::attention);
    }

    private static String inMiddle(String name) {
        return name.replace(".mid.block_1.", ".mid_block.resnets.0.").replace(".mid.block_2.", ".mid_block.resnets.1.");
    }

    private static String inBlock(String rest) {
        Matcher resnet = RESNET.matcher(rest);
        if (resnet.matches()) {
            return "resnets." + resnet.group(1) + "." + resnet.group(2).replace("nin_shortcut.", "conv_shortcut.");
        }
        return rest.replace("downsample.conv.", "downsamplers.0.conv.").replace("upsample.conv.", "upsamplers.0.conv.");
    }

    private static String attention(String name) {
        int at = name.indexOf(".mid.attn_1.");
        if (at < 0) {
            return name;
        }
        String rest = name.substring(at + ".mid.attn_1.".length());
        int end = rest.lastIndexOf('.');
        String layer = end < 0 ? rest : rest.substring(0, end);
        return name.substring(0, at) + ".mid_block.attentions.0." + ATTENTION.getOrDefault(layer, layer)
                + rest.substring(layer.length());
    }
}
