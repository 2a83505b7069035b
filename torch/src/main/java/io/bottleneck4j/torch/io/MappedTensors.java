package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The tensors of one {@link MappedFile}, at the places that its header says. Not thread-safe. */
abstract sealed class MappedTensors implements TensorSource permits GgufFile, SafetensorsFile {
    private final MappedFile file;
    private final Map<String, Place> places;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

    /**
     * One tensor's place.
     *
     * @param info type and shape
     * @param begin first byte in the file
     */
    record Place(TensorInfo info, long begin) {}

    MappedTensors(MappedFile file, Map<String, Place> places) {
        this.file = file;
        this.places = places;
        places.forEach((name, place) -> infos.put(name, place.info()));
    }

    @Override
    public final Map<String, TensorInfo> infos() {
        return Collections.unmodifiableMap(infos);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException after {@link #close()}
     */
    @Override
    public final Tensor tensor(String name) {
        Place place = place(name);
        return file.tensor(place.info(), place.begin());
    }

    @Override
    public final Tensor copy(String name) {
        Place place = place(name);
        return file.copy(place.info(), place.begin());
    }

    @Override
    public final Tensor copy(String name, long first, long count) {
        Place place = place(name);
        return file.copy(place.info(), place.begin(), first, count);
    }

    @Override
    public final Optional<PackedTensor> packed(String name) {
        Place place = place(name);
        return file.packed(place.info(), place.begin());
    }

    private Place place(String name) {
        Place place = places.get(name);
        if (place == null) {
            throw new WeightsException(file.path() + ": must hold tensor " + Excerpt.quoted(name)
                    + ", does not; check that the file belongs to this model");
        }
        return place;
    }

    @Override
    public final void close() {
        file.close();
    }
}
