package io.bottleneck4j.models.flux;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.util.ArrayList;
import java.util.List;

/**
 * FLUX.1's transformer: predicts the velocity of image tokens under a text. Source: diffusers transformer_flux.py@0.42.1,
 * FluxTransformer2DModel.
 *
 * <p>Text and image run through double-stream blocks, then, joined text first, through single-stream blocks; the image part
 * is normalised and projected back to token width. The batch is always 1. Weights are named as in the checkpoint.
 */
public final class FluxTransformer2DModel {
    private final FluxConfig config;
    private final RotaryPositions positions;
    // Package-private, not private: tests compare layer by layer.
    final TimeTextEmbed timeTextEmbed;
    final ModulationLayers modulations;
    final Linear contextEmbedder;
    final Linear xEmbedder;
    final List<FluxTransformerBlock> transformerBlocks = new ArrayList<>();
    final List<FluxSingleTransformerBlock> singleTransformerBlocks = new ArrayList<>();
    private final Linear projOut;

    public FluxTransformer2DModel(FluxConfig config, Weights w) {
        this.config = config;
        int dim = config.innerDim();
        positions = new RotaryPositions(config.axesDimsRope());
        timeTextEmbed = new TimeTextEmbed(w.at("time_text_embed"), config);
        modulations = new ModulationLayers(w, config);
        contextEmbedder = Linear.of(w, "context_embedder", config.jointAttentionDim(), dim);
        xEmbedder = Linear.of(w, "x_embedder", config.inChannels(), dim);
        for (int i = 0; i < config.numLayers(); i++) {
            transformerBlocks.add(new FluxTransformerBlock(w.at("transformer_blocks." + i), config));
        }
        for (int i = 0; i < config.numSingleLayers(); i++) {
            singleTransformerBlocks.add(new FluxSingleTransformerBlock(w.at("single_transformer_blocks." + i), config));
        }
        projOut = Linear.of(w, "proj_out", dim, config.outChannels());
    }

    public FluxConfig config() {
        return config;
    }

    /** Positions of a text of this many tokens before an image of rows × columns tokens, for {@link #forward}. */
    public Tensor rotations(int textTokens, int rows, int columns) {
        return positions.rotations(textTokens, rows, columns).to(xEmbedder.device());
    }

    /**
     * What the noise levels of a run, its text and guidance make of the model: computed once, before the first forward. It belongs
     * to the present scope.
     *
     * @param encoderHiddenStates T5 states [1, Lt, jointAttentionDim], in the model's type
     * @param pooledProjections CLIP vector [1, pooledProjectionDim]
     * @param guidance embedded guidance; ignored by models without it
     * @param sigmas the noise levels in [0, 1] that forwards will be made at
     */
    public Conditioning conditioning(
            Tensor encoderHiddenStates, Tensor pooledProjections, double guidance, List<Double> sigmas) {
        Tensor txt = contextEmbedder.forward(encoderHiddenStates);
        Tensor modulated =
                scoped(() -> modulations.forward(Ops.silu(timeTextEmbed.forward(sigmas, guidance, pooledProjections))));
        return new Conditioning(txt, modulated, sigmas);
    }

    /**
     * The velocity [1, Li, inChannels] of image tokens.
     *
     * @param hiddenStates image tokens [1, Li, inChannels], in the model's type
     * @param conditioning from {@link #conditioning}
     * @param sigma noise level, one of the conditioning's
     * @param rotations from {@link #rotations}
     */
    public Tensor forward(Tensor hiddenStates, Conditioning conditioning, double sigma, Tensor rotations) {
        return scoped(() -> {
            ModulationLayers.Modulations mod = modulations.new Modulations(conditioning.at(sigma));
            Streams embedded = new Streams(xEmbedder.forward(hiddenStates), conditioning.txt());
            Tensor joined = scoped(() -> doubleStream(embedded, mod, rotations));
            Tensor x = singleStream(joined, mod, rotations);
            Tensor img = x.from(1, conditioning.txt().size(1));
            return projOut.forward(mod.normOut(img));
        });
    }

    // Each block's input is freed once its output is there, or memory would grow with depth.

    private Tensor doubleStream(Streams in, ModulationLayers.Modulations mod, Tensor rotations) {
        Streams streams = in;
        for (int i = 0; i < transformerBlocks.size(); i++) {
            Streams next = transformerBlocks.get(i).forward(streams, mod.block(i), rotations);
            if (i > 0) {
                Scope.free(streams.img());
                Scope.free(streams.txt());
            }
            streams = next;
        }
        return Ops.cat(1, streams.txt(), streams.img());
    }

    private Tensor singleStream(Tensor in, ModulationLayers.Modulations mod, Tensor rotations) {
        Tensor x = in;
        for (int i = 0; i < singleTransformerBlocks.size(); i++) {
            Tensor next = singleTransformerBlocks.get(i).forward(x, mod.single(i), rotations);
            if (i > 0) {
                Scope.free(x);
            }
            x = next;
        }
        return x;
    }
}
