package io.bottleneck4j.eval.suite;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.bottleneck4j.eval.score.Judged;
import io.bottleneck4j.eval.score.ScoreReport;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.models.vision.Detection;
import io.bottleneck4j.models.vision.Detector;
import java.util.ArrayList;
import java.util.List;

/** Whether a picture shows what its prompt asks, 1 or 0, by the detector and the rule of the prompt's {@link Category}. */
public final class SuiteScore implements Scorer {
    /** Where a run has the verdicts, beside its scores. */
    public static final String FILE = "suite.jsonl";

    private final PromptSuite suite;
    private final Detector detector;
    private final List<Category.Verdict> verdicts = new ArrayList<>();

    /**
     * Takes over the detector, which {@link #close} closes; IllegalArgumentException if it cannot find all that is
     * asked for.
     */
    public SuiteScore(PromptSuite suite, Detector detector) {
        detector.requireLabels(suite.labels());
        this.suite = suite;
        this.detector = detector;
    }

    @Override
    public String name() {
        return "suite";
    }

    @Override
    public List<Double> scores(List<Judged> batch) {
        List<List<Detection>> found =
                detector.find(batch.stream().map(Judged::picture).toList());
        List<Double> scores = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            Truth truth = suite.of(batch.get(i).prompt());
            Category.Seen seen = new Category.Seen(
                    found.get(i), BackgroundColour.of(batch.get(i).picture()));
            Category.Verdict verdict = truth.category().judge(truth, seen);
            verdicts.add(verdict);
            scores.add(verdict.score());
        }
        return scores;
    }

    /** Of all pictures scored so far, in their order. */
    public List<Category.Verdict> verdicts() {
        return List.copyOf(verdicts);
    }

    /**
     * The verdicts as lines {@code {"file", "prompt", "category", "correct", "reason"}}, which is what GenEval's
     * results hold, of the pictures scored so far, in their order.
     */
    public String jsonl(List<ScoreReport.Row> rows) {
        if (rows.size() != verdicts.size()) {
            throw new IllegalArgumentException(
                    "rows: must be the " + verdicts.size() + " pictures that were scored, not " + rows.size());
        }
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            ScoreReport.Row row = rows.get(i);
            lines.append(JsonNodeFactory.instance
                            .objectNode()
                            .put("file", row.name())
                            .put("prompt", row.prompt())
                            .put("category", suite.of(row.prompt()).category().toString())
                            .put("correct", verdicts.get(i).right())
                            .put("reason", verdicts.get(i).reason()))
                    .append('\n');
        }
        return lines.toString();
    }

    @Override
    public void close() {
        detector.close();
    }
}
