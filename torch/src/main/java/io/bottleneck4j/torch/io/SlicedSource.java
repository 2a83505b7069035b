package io.bottleneck4j.torch.io;

import static io.bottleneck4j.torch.io.Excerpt.quoted;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.PackedRows;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A source whose tensors are shown under other names, whole or in runs of rows: layers that a checkpoint holds as one become those a model
 * asks for. Packed tensors are cut without unpacking. Every row of every stored tensor is shown once.
 */
public final class SlicedSource implements TensorSource {
    /**
     * Rows that lie together.
     *
     * @param first of them
     * @param count how many, at least 1
     */
    public record Run(long first, long count) {}

    /**
     * Where a tensor lies in the source.
     *
     * @param stored name there
     * @param runs of its rows, one below the other; none are the whole tensor
     */
    public record Slice(String stored, List<Run> runs) {
        /** Copies the runs. */
        public Slice {
            runs = List.copyOf(runs);
        }

        /** The whole tensor. */
        public static Slice whole(String stored) {
            return new Slice(stored, List.of());
        }

        /** Some of its rows. */
        public static Slice rows(String stored, long first, long count) {
            return new Slice(stored, List.of(new Run(first, count)));
        }

        /**
         * All of its rows, the second half before the first.
         *
         * @param rows it has, an even number
         */
        public static Slice swapped(String stored, long rows) {
            return new Slice(stored, List.of(new Run(rows / 2, rows / 2), new Run(0, rows / 2)));
        }
    }

    private final TensorSource source;
    private final Map<String, Slice> slices;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

    /**
     * Shows tensors of a source, which is closed with this one.
     *
     * @param slices by the name a tensor is shown under
     * @throws WeightsException if the source lacks a tensor, or rows of one are shown twice or not at all
     */
    public SlicedSource(TensorSource source, Map<String, Slice> slices) {
        this.source = source;
        this.slices = new LinkedHashMap<>(slices);
        Map<String, List<Run>> shown = new LinkedHashMap<>();
        slices.forEach((name, slice) -> {
            TensorInfo info = source.infos().get(slice.stored());
            if (info == null) {
                throw new WeightsException("weights: must hold " + quoted(slice.stored()) + ", of which " + quoted(name)
                        + " is made; check that the file belongs to this model");
            }
            infos.put(name, cut(info, slice));
            shown.computeIfAbsent(slice.stored(), stored -> new ArrayList<>())
                    .addAll(slice.runs().isEmpty() ? List.of(new Run(0, rows(info))) : slice.runs());
        });
        source.infos()
                .forEach((stored, info) -> requireOnce(stored, rows(info), shown.getOrDefault(stored, List.of())));
    }

    private static long rows(TensorInfo info) {
        return info.shape().isEmpty() ? 1 : info.shape().get(0);
    }

    private static TensorInfo cut(TensorInfo info, Slice slice) {
        if (slice.runs().isEmpty()) {
            return info;
        }
        List<Long> shape = new ArrayList<>(info.shape());
        long rows = slice.runs().stream().mapToLong(Run::count).sum();
        if (shape.isEmpty()) {
            throw new WeightsException("weights: " + quoted(slice.stored()) + " must have rows, is one value");
        }
        shape.set(0, rows);
        return new TensorInfo(info.dtype(), shape, info.packing());
    }

    private static void requireOnce(String stored, long rows, List<Run> runs) {
        if (runs.isEmpty()) {
            throw new WeightsException("weights: " + quoted(stored)
                    + " belongs to no layer of this model; check that the file belongs to it");
        }
        long next = 0;
        for (Run run :
                runs.stream().sorted(Comparator.comparingLong(Run::first)).toList()) {
            if (run.first() != next || run.count() < 1) {
                break;
            }
            next += run.count();
        }
        long all = runs.stream().mapToLong(Run::count).sum();
        if (next != rows || all != rows) {
            throw new WeightsException("weights: every one of the " + rows + " rows of " + quoted(stored)
                    + " must belong to one layer, shown are " + Excerpt.listed(runs)
                    + "; check that the file belongs to this model");
        }
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public List<String> leftOut() {
        return source.leftOut();
    }

    @Override
    public Tensor tensor(String name) {
        Slice slice = slice(name);
        if (slice.runs().isEmpty()) {
            return source.tensor(slice.stored());
        }
        return Scope.scoped(() -> packed(name)
                .map(packed -> packed.unpacked(DType.FLOAT32))
                .orElseGet(() ->
                        joined(slice, run -> source.tensor(slice.stored()).narrow(0, run.first(), run.count()))));
    }

    @Override
    public Tensor copy(String name) {
        Slice slice = slice(name);
        return slice.runs().isEmpty()
                ? source.copy(slice.stored())
                : Scope.scoped(() -> joined(slice, run -> source.copy(slice.stored(), run.first(), run.count())));
    }

    @Override
    public Optional<PackedTensor> packed(String name) {
        Slice slice = slice(name);
        return source.packed(slice.stored()).map(whole -> {
            List<PackedTensor> parts = slice.runs().stream()
                    .map(run -> whole.rows(run.first(), run.count()))
                    .toList();
            return parts.isEmpty() ? whole : parts.size() == 1 ? parts.get(0) : new PackedRows(parts);
        });
    }

    /** One run as it is, several one below the other. */
    private static Tensor joined(Slice slice, Function<Run, Tensor> rows) {
        return slice.runs().size() == 1
                ? rows.apply(slice.runs().get(0))
                : Ops.cat(0, slice.runs().stream().map(rows).toArray(Tensor[]::new));
    }

    private Slice slice(String name) {
        Slice slice = slices.get(name);
        if (slice == null) {
            throw new WeightsException("weights: there is no tensor " + quoted(name));
        }
        return slice;
    }

    @Override
    public void close() {
        source.close();
    }
}
