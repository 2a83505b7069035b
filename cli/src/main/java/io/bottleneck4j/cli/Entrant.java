package io.bottleneck4j.cli;

import io.bottleneck4j.pipeline.plan.Plan;
import java.nio.file.Path;

/** A plan that takes part in a comparison, by a name of its own. */
record Entrant(String name, Plan plan) {

    /** What a plan is called that a user names: a file's without folders and ending. */
    static String shown(String plan) {
        String file = String.valueOf(Path.of(plan).getFileName());
        return file.replaceFirst("(?i)\\.ya?ml$", "");
    }
}
