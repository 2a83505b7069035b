package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.vision.ClipEncoder;
import io.bottleneck4j.models.vision.Features;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;

/**
 * How well a picture fits its prompt: the cosine of the angle between both in CLIP's space. Source: Hessel et al., CLIPScore: a
 * reference-free evaluation metric for image captioning (2021).
 *
 * <p>A prompt longer than CLIP reads (77 tokens) is judged by its beginning. The cosines of models differ: compare only scores of one
 * model.
 */
public final class ClipScore implements Scorer {
    private final String metric;
    private final ClipEncoder clip;
    private final DoubleUnaryOperator scale;
    private final Map<String, Features> texts = new HashMap<>();

    /**
     * Takes over the encoder, which {@link #close} closes.
     *
     * @param metric its name
     * @param scale what becomes of the cosine
     */
    public ClipScore(String metric, ClipEncoder clip, DoubleUnaryOperator scale) {
        this.metric = metric;
        this.clip = clip;
        this.scale = scale;
    }

    @Override
    public String name() {
        return metric;
    }

    @Override
    public List<Double> scores(List<Judged> batch) {
        List<Features> pictures = clip.pictures(Judged.pictures(batch));
        read(batch);
        List<Double> scores = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            Features text = Objects.requireNonNull(texts.get(batch.get(i).prompt()));
            scores.add(scale.applyAsDouble(pictures.get(i).cosine(text)));
        }
        return scores;
    }

    /** Encodes the prompts that were not met before, each once, together. */
    private void read(List<Judged> batch) {
        List<String> unread = batch.stream()
                .map(Judged::prompt)
                .filter(prompt -> !texts.containsKey(prompt))
                .distinct()
                .toList();
        if (!unread.isEmpty()) {
            List<ClipEncoder.Text> encoded = clip.texts(unread);
            for (int i = 0; i < unread.size(); i++) {
                texts.put(unread.get(i), encoded.get(i).features());
            }
        }
    }

    @Override
    public void close() {
        clip.close();
    }
}
