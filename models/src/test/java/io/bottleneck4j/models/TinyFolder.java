package io.bottleneck4j.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A copy of a model folder, to be damaged. */
public record TinyFolder(Path path) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A copy of {@code tiny-a} or {@code tiny-b} in an empty folder. */
    public static TinyFolder copy(String name, Path to) {
        Path from = Golden.folder(name);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent() == null ? to : target.getParent());
                Files.copy(file, target);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new TinyFolder(to);
    }

    /** Changes a JSON file. */
    public TinyFolder edit(String file, Consumer<ObjectNode> change) {
        try {
            ObjectNode json = (ObjectNode) JSON.readTree(path.resolve(file).toFile());
            change.accept(json);
            JSON.writeValue(path.resolve(file).toFile(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public TinyFolder write(String file, String text) {
        try {
            Files.writeString(path.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public TinyFolder delete(String file) {
        try {
            Files.delete(path.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Sets the first value of a float32 tensor in a safetensors file. */
    public TinyFolder poke(String file, String tensor, float value) {
        Path weights = path.resolve(file);
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
            int header = Math.toIntExact(bytes.getLong(0));
            JsonNode info = JSON.readTree(bytes.array(), Long.BYTES, header).get(tensor);
            bytes.putFloat(Long.BYTES + header + info.get("data_offsets").get(0).intValue(), value);
            Files.write(weights, bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Cuts the last bytes off a file. */
    public TinyFolder truncate(String file, int bytes) {
        Path cut = path.resolve(file);
        try {
            byte[] all = Files.readAllBytes(cut);
            Files.write(cut, Arrays.copyOf(all, all.length - bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }
}
