package io.bottleneck4j.torch.io;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a GGUF file says of itself before its data: metadata by key, and each tensor's type, shape and place.
 *
 * @param metadata numbers are {@link Long} or {@link Double}, texts {@link String}, lists {@link java.util.List}; unsigned numbers of 64
 *     bits that are too large for a long are negative
 * @param entries tensors by name, in the header's order; shapes in torch's order, which is GGUF's reversed
 */
record GgufHeader(Map<String, Object> metadata, Map<String, MappedTensors.Place> entries) {
    GgufHeader {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    static WeightsException damaged(String text) {
        return new WeightsException(text + "; the file is damaged or not GGUF, fetch it again");
    }
}
