package io.bottleneck4j.models.lora;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A component's weights with LoRAs added: {@code W + Σ scale · (alpha / rank) · B · A}, summed in float32 in the order of the LoRAs, and
 * given in float32, so that it is rounded once, to the model's type. Weights that none changes are given as they are stored.
 */
public final class LoraSource implements TensorSource {
    private final TensorSource base;
    private final List<SafetensorsFile> files = new ArrayList<>();
    private final Map<String, List<Addition>> additions = new LinkedHashMap<>();
    private final Map<String, TensorInfo> infos;

    /** What is added to a weight, and the file that its matrices lie in. */
    private record Addition(LowRank product, TensorSource file, Path name) {}

    private LoraSource(TensorSource base, String component, List<FittedLora> loras) {
        this.base = base;
        try {
            for (FittedLora lora : loras) {
                SafetensorsFile file = lora.file().open();
                files.add(file);
                lora.of(component)
                        .forEach(product -> additions
                                .computeIfAbsent(product.key(), key -> new ArrayList<>())
                                .add(new Addition(product, file, lora.file().path())));
            }
        } catch (RuntimeException e) {
            files.forEach(SafetensorsFile::close);
            throw e;
        }
        Map<String, TensorInfo> shown = new LinkedHashMap<>(base.infos());
        additions
                .keySet()
                .forEach(key -> shown.computeIfPresent(
                        key, (same, stored) -> new TensorInfo(DType.FLOAT32, stored.shape(), stored.packing())));
        infos = Collections.unmodifiableMap(shown);
    }

    /**
     * The source with what LoRAs add to this component, as {@code transformer}; the source itself where they add nothing. Closing it closes
     * both.
     *
     * @param base under the names that the component's model asks for
     */
    public static TensorSource of(TensorSource base, String component, List<FittedLora> loras) {
        List<FittedLora> own =
                loras.stream().filter(lora -> !lora.of(component).isEmpty()).toList();
        if (own.isEmpty()) {
            return base;
        }
        try {
            return new LoraSource(base, component, own);
        } catch (RuntimeException e) {
            base.close();
            throw e;
        }
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public List<String> leftOut() {
        return base.leftOut();
    }

    @Override
    public Tensor tensor(String name) {
        return additions.containsKey(name) ? Scope.scoped(() -> sum(name, base.tensor(name))) : base.tensor(name);
    }

    @Override
    public Tensor copy(String name) {
        return additions.containsKey(name) ? Scope.scoped(() -> sum(name, base.copy(name))) : base.copy(name);
    }

    @Override
    public Tensor copy(String name, long first, long count) {
        return additions.containsKey(name)
                ? TensorSource.super.copy(name, first, count)
                : base.copy(name, first, count);
    }

    @Override
    public Optional<PackedTensor> packed(String name) {
        return additions.containsKey(name)
                ? base.packed(name).map(packed -> new PackedSum(packed, products(name)))
                : base.packed(name);
    }

    /** The sum in memory of its own: what is stored may be a mapped file, which others read too. */
    private Tensor sum(String name, Tensor stored) {
        Tensor sum =
                Tensor.empty(DType.FLOAT32, stored.device(), stored.shape()).copyFrom(stored);
        products(name).forEach(product -> product.addTo(sum));
        return sum;
    }

    private List<LowRank.Product> products(String name) {
        return additions.getOrDefault(name, List.of()).stream()
                .map(addition -> addition.product().product(addition.file(), addition.name()))
                .toList();
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
        base.close();
    }
}
