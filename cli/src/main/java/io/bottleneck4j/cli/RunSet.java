package io.bottleneck4j.cli;

import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.report.Entry;
import io.bottleneck4j.eval.run.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The runs that a command names. */
final class RunSet {
    private RunSet() {}

    /**
     * Reads them.
     *
     * @param reference one of them; null for the first
     * @throws IllegalArgumentException if one is damaged, or they cannot be compared
     */
    static Entrants read(List<Path> runs, @Nullable Path reference) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path run : runs) {
            entries.add(Entry.read(new RunFolder(run)));
        }
        if (reference == null) {
            return new Entrants(entries, entries.get(0));
        }
        for (Entry entry : entries) {
            if (place(entry.folder().path()).equals(place(reference))) {
                return new Entrants(entries, entry);
            }
        }
        throw new IllegalArgumentException("reference: " + reference + " is none of the runs; name it among them");
    }

    private static Path place(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
