package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.vision.LpipsBackbone;
import io.bottleneck4j.models.vision.LpipsEncoder;
import java.util.List;

/**
 * How unlike a picture looks to its reference, 0 for an equal one. Source: Zhang et al., The unreasonable effectiveness of deep features as a
 * perceptual metric (2018). Pairs are computed one by one, whatever the batch.
 */
public final class Lpips implements Scorer {
    private final LpipsEncoder model;
    private final LpipsBackbone backbone;

    /** Takes over the model, which {@link #close} closes. */
    public Lpips(LpipsEncoder model, LpipsBackbone backbone) {
        this.model = model;
        this.backbone = backbone;
    }

    @Override
    public String name() {
        return backbone == LpipsBackbone.ALEX ? "lpips" : "lpips-vgg";
    }

    @Override
    public int smallestSide() {
        return backbone.smallestSide();
    }

    @Override
    public List<Double> scores(List<Judged> batch) {
        return batch.stream()
                .map(judged -> model.distance(judged.picture(), judged.requireReference()))
                .toList();
    }

    @Override
    public void close() {
        model.close();
    }
}
