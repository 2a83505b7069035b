package io.bottleneck4j.models.flux;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.Listing;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The published files at full size: names and shapes, as flux1-dev.safetensors and flux1-schnell.safetensors have them. */
class OriginalFluxTest {
    private static final long D = 3072;

    private final Map<String, TensorInfo> file = new LinkedHashMap<>();

    private void layer(String name, long out, long in) {
        file.put(name + ".weight", new TensorInfo(DType.BFLOAT16, List.of(out, in)));
        file.put(name + ".bias", new TensorInfo(DType.BFLOAT16, List.of(out)));
    }

    private void norms(String block) {
        file.put(block + ".query_norm.scale", new TensorInfo(DType.BFLOAT16, List.of(128L)));
        file.put(block + ".key_norm.scale", new TensorInfo(DType.BFLOAT16, List.of(128L)));
    }

    /** As the layers of flux/model.py and flux/modules/layers.py of black-forest-labs/flux are called. */
    private void write(boolean guidance) {
        layer("img_in", D, 64);
        layer("txt_in", D, 4096);
        layer("time_in.in_layer", D, 256);
        layer("time_in.out_layer", D, D);
        layer("vector_in.in_layer", D, 768);
        layer("vector_in.out_layer", D, D);
        if (guidance) {
            layer("guidance_in.in_layer", D, 256);
            layer("guidance_in.out_layer", D, D);
        }
        for (int i = 0; i < 19; i++) {
            for (String stream : List.of("img", "txt")) {
                String block = "double_blocks." + i + "." + stream;
                layer(block + "_mod.lin", 6 * D, D);
                layer(block + "_attn.qkv", 3 * D, D);
                norms(block + "_attn.norm");
                layer(block + "_attn.proj", D, D);
                layer(block + "_mlp.0", 4 * D, D);
                layer(block + "_mlp.2", D, 4 * D);
            }
        }
        for (int i = 0; i < 38; i++) {
            String block = "single_blocks." + i;
            layer(block + ".linear1", 7 * D, D);
            layer(block + ".linear2", D, 5 * D);
            layer(block + ".modulation.lin", 3 * D, D);
            norms(block + ".norm");
        }
        layer("final_layer.linear", 64, D);
        layer("final_layer.adaLN_modulation.1", 2 * D, D);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void renamed_ofThePublishedFile_isWhatTheModelAsksFor(boolean guidance) {
        write(guidance);
        assertThat(file).hasSize(guidance ? 780 : 776); // as the published files have
        assertThat(OriginalFlux.isIn(file.keySet())).isTrue();
        try (TensorSource renamed = OriginalFlux.LAYERS.renamed(new Listing(file))) {
            FluxConfig config = new FluxConfig(64, 64, 19, 38, 128, 24, 4096, 768, guidance, List.of(16, 56, 56));
            assertThat(Listing.shapes(renamed))
                    .isEqualTo(Weights.blueprint(w -> new FluxTransformer2DModel(config, w)));
            assertThat(OriginalFlux.configuration(renamed.infos()))
                    .isEqualTo(Map.of(
                            "num_layers", 19L,
                            "num_single_layers", 38L,
                            "guidance_embeds", guidance,
                            "in_channels", 64L,
                            "out_channels", 64L,
                            "joint_attention_dim", 4096L,
                            "pooled_projection_dim", 768L,
                            "attention_head_dim", 128L,
                            "num_attention_heads", 24L));
        }
    }

    /** FLUX.1-Fill-dev is FLUX.1-dev but for the tokens that go in: 64 values of latents, 64 of a picture, 256 of a mask. */
    @Test
    void configuration_ofFill_hasWiderTokensIn() {
        write(true);
        file.put("img_in.weight", new TensorInfo(DType.BFLOAT16, List.of(D, 384L)));
        try (TensorSource renamed = OriginalFlux.LAYERS.renamed(new Listing(file))) {
            FluxConfig config = new FluxConfig(384, 64, 19, 38, 128, 24, 4096, 768, true, List.of(16, 56, 56));
            assertThat(Listing.shapes(renamed))
                    .isEqualTo(Weights.blueprint(w -> new FluxTransformer2DModel(config, w)));
            assertThat(OriginalFlux.configuration(renamed.infos()))
                    .containsEntry("in_channels", 384L)
                    .containsEntry("out_channels", 64L);
            assertThat(config.channelsBeside()).isEqualTo(16 + 8 * 8);
        }
    }
}
