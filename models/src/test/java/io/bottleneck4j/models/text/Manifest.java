package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names and shapes of a published folder's tensors, without values: {@code {0..11}} in a name stands for each number. */
record Manifest(Map<String, TensorInfo> infos) implements TensorSource {
    private static final Pattern RANGE = Pattern.compile("\\{(\\d+)\\.\\.(\\d+)}");

    static Manifest component(String folder, String component) {
        JsonNode tensors = GoldenTensors.json("manifests/" + folder + ".json")
                .json()
                .get("components")
                .get(component)
                .get("tensors");
        Map<String, TensorInfo> infos = new TreeMap<>();
        tensors.properties().forEach(entry -> {
            List<Long> shape = new ArrayList<>();
            entry.getValue().forEach(size -> shape.add(size.longValue()));
            expand(entry.getKey(), new TensorInfo(DType.BFLOAT16, shape), infos);
        });
        return new Manifest(infos);
    }

    private static void expand(String name, TensorInfo info, Map<String, TensorInfo> into) {
        Matcher range = RANGE.matcher(name);
        if (!range.find()) {
            into.put(name, info);
            return;
        }
        for (int i = Integer.parseInt(range.group(1)); i <= Integer.parseInt(range.group(2)); i++) {
            expand(name.substring(0, range.start()) + i + name.substring(range.end()), info, into);
        }
    }

    static Map<String, List<Long>> shapes(TensorSource source) {
        Map<String, List<Long>> shapes = new TreeMap<>();
        source.infos().forEach((name, info) -> shapes.put(name, info.shape()));
        return shapes;
    }

    @Override
    public Tensor tensor(String name) {
        throw new UnsupportedOperationException("a manifest has no values");
    }

    @Override
    public void close() {}
}
