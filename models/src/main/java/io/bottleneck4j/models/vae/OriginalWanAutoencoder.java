package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * What the layers of Wan 2.1's, Wan 2.2's and Qwen-Image's autoencoder are called in the files of its release and ComfyUI's, as {@code
 * wan_2.1_vae.safetensors}, {@code wan2.2_vae.safetensors} and {@code qwen_image_vae.safetensors}, and what diffusers calls them. Wan 2.2's
 * blocks lie in blocks.
 *
 * <p>Source: convert_wan_vae_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1; convert_vae_22 in
 * scripts/convert_wan_to_diffusers.py of huggingface/diffusers@58eb52c.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalWanAutoencoder {
    private static final Pattern UP = Pattern.compile("decoder\\.upsamples\\.(\\d{1,3})\\.(.+)");
    private static final Pattern RESAMPLING = Pattern.compile("decoder\\.upsamples\\.(\\d{1,3})\\.resample\\..+");

    private static final Pattern NESTED =
            Pattern.compile("(?:encoder|decoder)\\.(down|up)samples\\.(\\d{1,3})\\.\\1samples\\.(\\d{1,3})\\.(.+)");

    /** How names begin, and begin in diffusers. */
    private record Beginning(Pattern original, String here) {
        Beginning(String original, String here) {
            this(Pattern.compile(original), here);
        }
    }

    private static final List<Beginning> BEGINNINGS = List.of(
            new Beginning("conv1.", "quant_conv."),
            new Beginning("conv2.", "post_quant_conv."),
            new Beginning("(encoder|decoder)\\.conv1\\.", "$1.conv_in."),
            new Beginning("(encoder|decoder)\\.head\\.0\\.", "$1.norm_out."),
            new Beginning("(encoder|decoder)\\.head\\.2\\.", "$1.conv_out."),
            new Beginning("(encoder|decoder)\\.middle\\.0\\.", "$1.mid_block.resnets.0."),
            new Beginning("(encoder|decoder)\\.middle\\.1\\.", "$1.mid_block.attentions.0."),
            new Beginning("(encoder|decoder)\\.middle\\.2\\.", "$1.mid_block.resnets.1."),
            new Beginning("encoder\\.downsamples\\.", "encoder.down_blocks."));

    private OriginalWanAutoencoder() {}

    /** Whether a file of these tensors holds the autoencoder under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("decoder.middle.0.residual.0.gamma")
                && (names.contains("decoder.upsamples.0.residual.0.gamma")
                        || names.contains("decoder.upsamples.0.upsamples.0.residual.0.gamma"));
    }

    /** An original file under diffusers' names; what has no other name there keeps its own. */
    public static TensorSource renamed(TensorSource original) {
        int resnets = original.infos().keySet().stream()
                .map(RESAMPLING::matcher)
                .filter(Matcher::matches)
                .mapToInt(layer -> Integer.parseInt(layer.group(1)))
                .min()
                .orElse(Integer.MAX_VALUE - 1);
        return new RenamedSource(original, name -> Optional.of(inBlock(beginning(name, resnets))));
    }

    /** {@code resnets}: of each block of the decoder, whose layers are counted in one row with what doubles its sides. */
    private static String beginning(String name, int resnets) {
        Matcher nested = NESTED.matcher(name);
        if (nested.matches()) {
            String row = nested.group(1);
            String layer = nested.group(4);
            boolean resamples = layer.startsWith("resample.") || layer.startsWith("time_conv.");
            return (row.equals("up") ? "decoder" : "encoder") + "." + row + "_blocks." + nested.group(2) + "."
                    + (resamples ? row + "sampler" : "resnets." + nested.group(3)) + "." + layer;
        }
        Matcher up = UP.matcher(name);
        if (up.matches()) {
            int index = Integer.parseInt(up.group(1));
            int layer = index % (resnets + 1);
            String at = layer == resnets ? "upsamplers.0" : "resnets." + layer;
            return "decoder.up_blocks." + index / (resnets + 1) + "." + at + "." + up.group(2);
        }
        for (Beginning beginning : BEGINNINGS) {
            Matcher matcher = beginning.original().matcher(name);
            if (matcher.lookingAt()) {
                return matcher.replaceFirst(beginning.here());
            }
        }
        return name;
    }

    private static String inBlock(String name) {
        return name.replace(".residual.0.", ".norm1.")
                .replace(".residual.2.", ".conv1.")
                .replace(".residual.3.", ".norm2.")
                .replace(".residual.6.", ".conv2.")
                .replace(".shortcut.", ".conv_shortcut.");
    }
}
