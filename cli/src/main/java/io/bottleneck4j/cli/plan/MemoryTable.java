package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What {@code plan} says of memory.
 *
 * @param parts of a run, in their order; none where the model is no folder with weights
 */
record MemoryTable(List<MemoryUse> parts) {

    void print(PrintWriter out) {
        if (parts.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("memory", "weights", "working", "both"));
        for (MemoryUse part : parts) {
            rows.add(List.of(part.part(), size(part.weights()), size(part.working()), size(part.bytes())));
        }
        out.println();
        Table.print(out, 1, rows);
        MemoryUse most =
                parts.stream().max(Comparator.comparingLong(MemoryUse::bytes)).orElseThrow();
        out.println("At most some " + size(most.bytes()) + " beside the program itself: " + most.part() + ".");
    }

    private static String size(long bytes) {
        return bytes < 1e9
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    /** The same for programs. */
    ArrayNode json() {
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        for (MemoryUse part : parts) {
            json.addObject()
                    .put("part", part.part())
                    .put("weights", part.weights())
                    .put("working", part.working());
        }
        return json;
    }
}
