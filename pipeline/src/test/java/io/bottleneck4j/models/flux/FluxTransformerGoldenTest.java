package io.bottleneck4j.models.flux;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.mmdit.Attending;
import io.bottleneck4j.models.mmdit.Conditioning;
import io.bottleneck4j.models.mmdit.Streams;
import io.bottleneck4j.pipeline.Component;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layer of the transformer against diffusers, in float32. */
class FluxTransformerGoldenTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void forward_perLayer_equalsDiffusers(String name) {
        Component<?, ?> transformer = Model.component(ModelFolder.open(Golden.folder(name)), "transformer");
        FluxConfig config = (FluxConfig) transformer.config();
        try (Golden golden = Golden.open("flux/" + name);
                Weights.Loaded<?> loaded = transformer.load(DType.FLOAT32, Device.CPU);
                Scope scope = Scope.open()) {
            FluxTransformer2DModel model = (FluxTransformer2DModel) loaded.model();
            double sigma = golden.floats("in.timestep")[0];
            double guidance = golden.has("in.guidance") ? golden.floats("in.guidance")[0] : 0;
            Tensor text = golden.tensor("in.encoder_hidden_states");
            long textTokens = text.size(1);
            int rows = golden.json().get("grid_height").asInt();
            int columns = golden.json().get("grid_width").asInt();
            Tensor rotations = model.rotations((int) textTokens, rows, columns);

            Tensor temb = model.timeTextEmbed.forward(List.of(sigma), guidance, golden.tensor("in.pooled_projections"));
            golden.assertClose("out.time_text_embed", temb, TOLERANCE);
            Tensor img = model.xEmbedder.forward(golden.tensor("in.hidden_states"));
            golden.assertClose("out.x_embedder", img, TOLERANCE);
            Tensor txt = model.contextEmbedder.forward(text);
            golden.assertClose("out.context_embedder", txt, TOLERANCE);

            Conditioning conditioning = model.conditioning(
                    text, golden.tensor("in.pooled_projections"), guidance, List.of(1.0, sigma, 0.0));
            Tensor table = conditioning.modulations().at(sigma);
            Streams streams = new Streams(img, txt);
            for (int i = 0; i < config.numLayers(); i++) {
                streams = model.blocks.doubleStreamBlock(i, streams, table, Attending.by(rotations));
                String key = "out.transformer_blocks." + i;
                golden.assertClose(key + ".hidden_states", streams.img(), TOLERANCE);
                golden.assertClose(key + ".encoder_hidden_states", streams.txt(), TOLERANCE);
            }
            Tensor x = Ops.cat(1, streams.txt(), streams.img());
            for (int i = 0; i < config.numSingleLayers(); i++) {
                x = model.blocks.singleStreamBlock(i, x, table, Attending.by(rotations));
                String key = "out.single_transformer_blocks." + i;
                golden.assertClose(key + ".hidden_states", x.from(1, textTokens), TOLERANCE);
                golden.assertClose(key + ".encoder_hidden_states", x.until(1, textTokens), TOLERANCE);
            }
            Tensor out = model.forward(golden.tensor("in.hidden_states"), conditioning, sigma, rotations);
            golden.assertClose("out.proj_out", out, TOLERANCE);
        }
    }
}
