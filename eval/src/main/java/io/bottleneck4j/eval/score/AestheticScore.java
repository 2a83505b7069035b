package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.vision.AestheticHead;
import io.bottleneck4j.models.vision.ClipEncoder;
import java.util.List;

/** How pleasing a picture is, whatever it shows; see {@link AestheticHead}. */
public final class AestheticScore implements Scorer {
    private final ClipEncoder clip;
    private final AestheticHead head;

    /** Takes over both, which {@link #close} closes. */
    public AestheticScore(ClipEncoder clip, AestheticHead head) {
        this.clip = clip;
        this.head = head;
    }

    @Override
    public String name() {
        return "aesthetic";
    }

    @Override
    public List<Double> scores(List<Judged> batch) {
        return head.scores(clip.pictures(batch.stream().map(Judged::picture).toList()));
    }

    @Override
    public void close() {
        head.close();
        clip.close();
    }
}
