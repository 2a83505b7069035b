package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A source in which one stored tensor may be several, each a run of its rows: how a file that holds queries, keys and values as one layer
 * is read as the three that a model asks for. A run of rows of a mapped file is mapped too.
 */
@API(status = API.Status.INTERNAL)
public final class SlicedSource implements TensorSource {
    private final TensorSource source;
    private final Map<String, Slice> slices;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final List<String> leftOut;

    /**
     * Where a tensor lies.
     *
     * @param stored the name in the source
     * @param from its first row
     * @param shape it is shown in: a row of it has as many values as a stored one
     * @param swapped whether its first half is stored after its second
     */
    public record Slice(String stored, long from, List<Long> shape, boolean swapped) {
        public Slice {
            shape = List.copyOf(shape);
        }

        /** A whole tensor. */
        public static Slice whole(String stored, TensorInfo info) {
            return new Slice(stored, 0, info.shape(), false);
        }

        private long rows() {
            return shape.isEmpty() ? 1 : shape.get(0);
        }
    }

    /**
     * Shows these tensors and no others.
     *
     * @param leftOut names of the source that are of another model, see {@link TensorSource#leftOut}
     * @throws WeightsException if one reaches beyond what is stored
     */
    public SlicedSource(TensorSource source, Map<String, Slice> slices, List<String> leftOut) {
        this.source = source;
        this.slices = Collections.unmodifiableMap(new LinkedHashMap<>(slices));
        this.leftOut = new ArrayList<>(source.leftOut());
        this.leftOut.addAll(leftOut);
        slices.forEach((name, slice) -> infos.put(name, info(name, slice)));
    }

    private TensorInfo info(String name, Slice slice) {
        TensorInfo stored = source.infos().get(slice.stored());
        if (stored == null) {
            throw missing(slice.stored());
        }
        TensorInfo shown = new TensorInfo(stored.dtype(), slice.shape());
        long rows = stored.shape().isEmpty() ? 1 : stored.shape().get(0);
        boolean fits = slice.from() + slice.rows() <= rows && shown.numel() * rows == stored.numel() * slice.rows();
        if (!fits) {
            throw new WeightsException("weights: " + Excerpt.quoted(slice.stored()) + " " + stored.shape()
                    + " cannot hold " + Excerpt.quoted(name) + " " + slice.shape() + " from row " + slice.from()
                    + "; check that the file belongs to this model");
        }
        return shown;
    }

    private static WeightsException missing(String name) {
        return new WeightsException("weights: there is no tensor " + Excerpt.quoted(name));
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public List<String> leftOut() {
        return Collections.unmodifiableList(leftOut);
    }

    @Override
    public Tensor tensor(String name) {
        Slice slice = slices.get(name);
        if (slice == null) {
            throw missing(name);
        }
        return Scope.scoped(() -> {
            Tensor stored = source.tensor(slice.stored());
            if (slice.shape().isEmpty()) {
                return stored;
            }
            Tensor rows = stored.narrow(0, slice.from(), slice.rows());
            long half = slice.rows() / 2;
            Tensor ordered = slice.swapped()
                    ? Ops.cat(0, rows.narrow(0, half, slice.rows() - half), rows.narrow(0, 0, half))
                    : rows;
            return ordered.view(
                    slice.shape().stream().mapToLong(Long::longValue).toArray());
        });
    }

    @Override
    public void close() {
        source.close();
    }
}
