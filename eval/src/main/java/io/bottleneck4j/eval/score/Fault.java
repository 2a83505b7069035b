package io.bottleneck4j.eval.score;

import java.nio.file.Path;

/**
 * Why a picture has no score.
 *
 * @param item the picture
 * @param reason what is wrong with it
 */
public record Fault(String item, String reason) {

    /** What was thrown at a file; its name is not said twice. */
    static Fault of(Path file, Exception failure) {
        String message = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        String named = file + ": ";
        return new Fault(file.toString(), message.startsWith(named) ? message.substring(named.length()) : message);
    }

    @Override
    public String toString() {
        return item + ": " + reason;
    }
}
