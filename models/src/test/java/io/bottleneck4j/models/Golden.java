package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Numbers Python computed, with their provenance: src/test/resources/golden/CASE.safetensors and .json. */
public final class Golden implements AutoCloseable {
    public static final Path ROOT = Path.of("../models/src/test/resources/golden");

    private final String name;
    private final SafetensorsFile file;
    private final JsonNode json;

    private Golden(String name) {
        this.name = name;
        file = SafetensorsFile.open(ROOT.resolve(name + ".safetensors"));
        try {
            json = new ObjectMapper().readTree(ROOT.resolve(name + ".json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Golden open(String name) {
        return new Golden(name);
    }

    /** A tiny model folder. */
    public static Path folder(String name) {
        return ROOT.resolve("folders").resolve(name);
    }

    public JsonNode json() {
        return json;
    }

    public boolean has(String key) {
        return file.infos().containsKey(key);
    }

    /** The tensor, in the caller's scope. */
    public Tensor tensor(String key) {
        return file.tensor(key);
    }

    public float[] floats(String key) {
        try (Scope scope = Scope.open()) {
            return tensor(key).toFloats();
        }
    }

    public long[] longs(String key) {
        try (Scope scope = Scope.open()) {
            return tensor(key).toLongs();
        }
    }

    /** Asserts that every value is within the tolerance of Python's. */
    public void assertClose(String key, Tensor actual, double tolerance) {
        try (Scope scope = Scope.open()) {
            assertThat(actual.shape())
                    .as(name + " " + key)
                    .isEqualTo(tensor(key).shape());
            assertClose(key, actual.toFloats(), tolerance);
        }
    }

    /** Asserts that every value is within the tolerance of Python's. */
    public void assertClose(String key, float[] actual, double tolerance) {
        float[] expected = floats(key);
        assertThat(actual).as(name + " " + key).hasSameSizeAs(expected);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        assertThat(worst).as(name + " " + key + ": largest difference").isLessThanOrEqualTo(tolerance);
    }

    @Override
    public void close() {
        file.close();
    }
}
