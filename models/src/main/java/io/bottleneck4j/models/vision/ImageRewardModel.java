package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import java.util.Map;

/**
 * How much people prefer a picture for a prompt, learned from their rankings: BLIP reads the prompt looking at the picture, and layers make
 * one number of its first token. Source: image-reward 1.5, ImageReward.py.
 */
final class ImageRewardModel {
    private static final double MEAN = 0.16717362830052426;
    private static final double STD = 1.0333394966054072;

    private final BlipVisionModel visualEncoder;
    private final MedTextModel textEncoder;
    private final LinearChain mlp;

    /** Reads the weights; {@code infos} lists the file's. */
    ImageRewardModel(ImageRewardConfig config, Map<String, TensorInfo> infos, Weights w) {
        visualEncoder = new BlipVisionModel(config.vision(), w.at("blip.visual_encoder"));
        textEncoder = new MedTextModel(config.text(), w.at("blip.text_encoder"));
        mlp = new LinearChain(
                w.at("mlp"), infos, "mlp.", LinearChain.FIVE, config.text().hiddenSize());
    }

    /** Prepared pictures [B, 3, S, S] → their states [B, N, Dv]. */
    Tensor pictures(Tensor pixelValues) {
        return visualEncoder.forward(pixelValues);
    }

    /** Token ids [L] without padding, one picture's states [1, N, Dv] → the reward, normalised over the training set. */
    double reward(long[] ids, Tensor picture) {
        float raw = scoped(() -> mlp.forward(textEncoder.forward(ids, picture))).toFloats()[0];
        return (raw - MEAN) / STD;
    }
}
