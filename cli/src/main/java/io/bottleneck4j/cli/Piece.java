package io.bottleneck4j.cli;

import io.bottleneck4j.eval.result.Subject;
import io.bottleneck4j.pipeline.Request;

/**
 * One picture of a comparison that is to be there in the end.
 *
 * @param entrant the plan's name
 * @param file its name in the comparison's folder
 * @param settings those that are stored in it
 */
record Piece(Subject subject, String entrant, Request request, String file, String settings) {

    /** Stages whose end is shown by a preview: all but the last, whose end is the picture. */
    int previews() {
        return request.plan().stages().stages().size() - 1;
    }
}
