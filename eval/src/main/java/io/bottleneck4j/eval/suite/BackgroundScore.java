package io.bottleneck4j.eval.suite;

import io.bottleneck4j.eval.score.Judged;
import io.bottleneck4j.eval.score.Scorer;
import java.util.List;

/** Whether a picture's background has the colour its prompt asks, 1 or 0; prompts that ask none are left out. No network. */
public final class BackgroundScore implements Scorer {
    private final PromptSuite suite;

    /** By what the suite says of the prompts. */
    public BackgroundScore(PromptSuite suite) {
        this.suite = suite;
    }

    @Override
    public String name() {
        return "background";
    }

    @Override
    public boolean asks(String prompt) {
        return suite.of(prompt).background() != null;
    }

    @Override
    public List<Double> scores(List<Judged> batch) {
        return batch.stream()
                .map(judged -> BackgroundColour.of(judged.picture())
                                == suite.of(judged.prompt()).background()
                        ? 1.0
                        : 0.0)
                .toList();
    }

    @Override
    public void close() {
        // holds nothing
    }
}
