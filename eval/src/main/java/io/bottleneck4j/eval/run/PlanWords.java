package io.bottleneck4j.eval.run;

import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plan in words, as records of runs and comparisons have it. */
public final class PlanWords {
    private PlanWords() {}

    /** What a plan is called that a user names: a file's without folders and ending. */
    public static String name(String plan) {
        String file = String.valueOf(Path.of(plan).getFileName());
        return file.replaceFirst("(?i)\\.ya?ml$", "");
    }

    /** A line for each stage. */
    public static List<String> stages(Plan plan) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < plan.spec().stages().size(); i++) {
            StageSpec stage = plan.spec().stages().get(i);
            ResolutionStage runs = plan.stages().stages().get(i);
            String until = stage.until() == 0 ? "" : String.format(Locale.ROOT, ", until %.2f", stage.until());
            words.add(String.format(
                    Locale.ROOT,
                    "%dx%d, %d of %d steps, shift %.2f, from sigma %.3f%s",
                    stage.width(),
                    stage.height(),
                    runs.forwards(),
                    stage.steps(),
                    stage.shift(),
                    runs.schedule().sigma(0),
                    until));
        }
        return words;
    }
}
