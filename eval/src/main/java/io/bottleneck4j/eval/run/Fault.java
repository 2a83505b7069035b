package io.bottleneck4j.eval.run;

import java.nio.file.Path;
import java.util.List;

/** Why a picture has no score. */
public record Fault(String item, String reason) {

    /** What is done about pictures that cannot be scored. */
    public enum Handling {
        /** The first ends the run. */
        REFUSE,
        /** They are left out, and the report lists them. */
        SKIP;

        /** Throws or lists it. */
        public void note(Fault fault, List<Fault> missing) {
            if (this == REFUSE) {
                throw new IllegalArgumentException(fault + "; --skip-bad leaves such pictures out and lists them");
            }
            missing.add(fault);
        }
    }

    /** What was thrown at a file; its name is not said twice. */
    public static Fault of(Path file, Exception failure) {
        String message = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        String named = file + ": ";
        return new Fault(file.toString(), message.startsWith(named) ? message.substring(named.length()) : message);
    }

    @Override
    public String toString() {
        return item + ": " + reason;
    }
}
