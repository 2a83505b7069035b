package io.bottleneck4j.models.hunyuan15;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Listing;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.models.hunyuan.OriginalHunyuanVideo;
import io.bottleneck4j.models.vae.OriginalAutoencoder;
import io.bottleneck4j.torch.io.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** At full size: the names that diffusers' converter asks a file for are brought to those of the folder; see make_hunyuan15_files.py. */
class OriginalHunyuanVideo15Test {
    private static Map<String, List<Long>> listed(String manifest, String part) throws IOException {
        return Manifest.shapes(new ObjectMapper()
                .readTree(Path.of("src/test/resources/manifests", manifest + ".json")
                        .toFile())
                .get("components")
                .get(part)
                .get("tensors"));
    }

    /** Tencent's file, ComfyUI's, and what ComfyUI saves. */
    @ParameterizedTest
    @ValueSource(strings = {"transformer", "comfy", "saved"})
    void renamed_ofAFile_isTheFolders(String part) throws IOException {
        Map<String, List<Long>> file = new HashMap<>();
        listed("hunyuan-video-1.5-files", part)
                .forEach((name, shape) ->
                        file.put(part.equals("saved") ? name.substring("model.model.".length()) : name, shape));
        assertThat(OriginalHunyuanVideo15.isIn(file.keySet())).isTrue();
        assertThat(OriginalHunyuanVideo.isIn(file.keySet())).isFalse();
        try (TensorSource renamed = OriginalHunyuanVideo15.LAYERS.renamed(Listing.of(file))) {
            assertThat(Listing.shapes(renamed)).isEqualTo(listed("hunyuan-video-1.5", "transformer"));
            assertThat(OriginalHunyuanVideo15.isRenamedIn(renamed.infos().keySet()))
                    .isTrue();
            assertThat(OriginalHunyuanVideo15.configuration(renamed.infos()))
                    .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                            Map.entry("num_layers", 54L),
                            Map.entry("num_refiner_layers", 2L),
                            Map.entry("use_meanflow", false),
                            Map.entry("in_channels", 65L),
                            Map.entry("out_channels", 32L),
                            Map.entry("patch_size", 1L),
                            Map.entry("text_embed_dim", 3584L),
                            Map.entry("text_embed_2_dim", 1472L),
                            Map.entry("image_embed_dim", 1152L),
                            Map.entry("num_attention_heads", 16L),
                            Map.entry("attention_head_dim", 128L)));
        }
    }

    @Test
    void renamed_ofTheAutoencodersFile_isTheFolders() throws IOException {
        Map<String, List<Long>> file = listed("hunyuan-video-1.5-files", "vae");
        assertThat(OriginalAutoencoder.isOfVideos15In(file.keySet())).isTrue();
        assertThat(OriginalAutoencoder.isOfVideosIn(file.keySet())).isFalse();
        try (TensorSource renamed = OriginalAutoencoder.renamedOfVideos15(Listing.of(file))) {
            assertThat(Listing.shapes(renamed)).isEqualTo(listed("hunyuan-video-1.5", "vae"));
        }
    }
}
