package io.bottleneck4j.core;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Reads reference values written by the scripts of tools/golden/core. */
public final class Golden {

    private final FloatBuffer values;

    private Golden(FloatBuffer values) {
        this.values = values;
    }

    /** Opens a file of little-endian float32 values. */
    public static Golden open(String name) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder().resolve(name)));
            return new Golden(bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the lines of a text file. */
    public static List<String> lines(String name) {
        try {
            return Files.readAllLines(folder().resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the names of all golden files. */
    public static List<String> names() {
        try (Stream<Path> files = Files.list(folder())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the next values as latents. */
    public Latents next(LatentShape shape) {
        FloatBuffer part = values.slice(values.position(), shape.elements());
        values.position(values.position() + shape.elements());
        return Latents.copyOf(shape, part);
    }

    /** Returns how many values are left. */
    public int remaining() {
        return values.remaining();
    }

    private static Path folder() {
        try {
            return Path.of(
                    Objects.requireNonNull(Golden.class.getResource("/golden")).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
