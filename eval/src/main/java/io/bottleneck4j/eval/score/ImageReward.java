package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.vision.ImageRewardEncoder;
import java.util.List;

/**
 * How much people would prefer a picture for its prompt: 0 for the mean of the training pictures, 1 a deviation above. Source: Xu et al.,
 * ImageReward: learning and evaluating human preferences for text-to-image generation (2023).
 */
public final class ImageReward implements Scorer {
    private final ImageRewardEncoder model;

    /** Takes over the model, which {@link #close} closes. */
    public ImageReward(ImageRewardEncoder model) {
        this.model = model;
    }

    @Override
    public String name() {
        return "image-reward";
    }

    @Override
    public List<Double> scores(List<Judged> batch) {
        return model.rewards(
                batch.stream().map(Judged::picture).toList(),
                batch.stream().map(Judged::prompt).toList());
    }

    @Override
    public void close() {
        model.close();
    }
}
