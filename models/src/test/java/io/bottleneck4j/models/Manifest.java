package io.bottleneck4j.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names and shapes of published tensors, as the files under src/test/resources/manifests list them; see tools/README.md. */
public final class Manifest {
    private static final Pattern RANGE = Pattern.compile("\\{(\\d+)\\.\\.(\\d+)}");

    private Manifest() {}

    /** Every tensor of a list in which {@code {a..b}} stands for each number from a to b. */
    public static Map<String, List<Long>> shapes(JsonNode tensors) {
        Map<String, List<Long>> shapes = new TreeMap<>();
        tensors.properties()
                .forEach(entry -> expand(
                        entry.getKey(),
                        entry.getValue().valueStream().map(JsonNode::asLong).toList(),
                        shapes));
        return shapes;
    }

    private static void expand(String key, List<Long> shape, Map<String, List<Long>> into) {
        Matcher range = RANGE.matcher(key);
        if (!range.find()) {
            into.put(key, shape);
            return;
        }
        for (int i = Integer.parseInt(range.group(1)); i <= Integer.parseInt(range.group(2)); i++) {
            expand(key.substring(0, range.start()) + i + key.substring(range.end()), shape, into);
        }
    }
}
