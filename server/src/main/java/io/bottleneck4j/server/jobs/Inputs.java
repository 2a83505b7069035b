package io.bottleneck4j.server.jobs;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PictureReader;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The files that a client sends with an order. They wait as they came, since decoded ones would fill the memory of a long queue.
 *
 * @param image a picture to change; null for none
 * @param mask where it may change; null for everywhere
 */
@SuppressWarnings("ArrayRecordComponent") // handed through, never compared
public record Inputs(byte @Nullable [] image, byte @Nullable [] mask) {
    /** Neither. */
    public static final Inputs NONE = new Inputs(null, null);

    private static final String IMAGE = "image";
    private static final String MASK = "mask";

    /** A small file may be a large picture: few are decoded at once. */
    private static final Semaphore DECODING = new Semaphore(2);

    /**
     * The request of an order with these files.
     *
     * @throws IllegalArgumentException if one is no picture, or the model cannot make it
     */
    Request request(Order order, long mostPixels) throws IOException {
        if (image == null && mask == null) {
            return order.request(null, null);
        }
        DECODING.acquireUninterruptibly();
        try {
            Picture picture = image == null ? null : PictureReader.read(IMAGE, image, mostPixels);
            return order.request(picture, mask == null ? null : PictureReader.mask(MASK, mask, mostPixels));
        } finally {
            DECODING.release();
        }
    }

    /** Those of a job's folder. */
    static Inputs read(Path folder) throws IOException {
        return new Inputs(bytes(folder.resolve(IMAGE)), bytes(folder.resolve(MASK)));
    }

    private static byte @Nullable [] bytes(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllBytes(file) : null;
    }

    void write(Path folder) throws IOException {
        if (image != null) {
            WholeFile.write(folder.resolve(IMAGE), image);
        }
        if (mask != null) {
            WholeFile.write(folder.resolve(MASK), mask);
        }
    }

    /** They are not needed once the job has ended. */
    static void discard(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(IMAGE));
        Files.deleteIfExists(folder.resolve(MASK));
    }

    /** Tells orders apart: SHA-256 of fields and files. */
    String fingerprint(Order order) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(order.fields().json().toString().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(image == null ? new byte[0] : image);
            digest.update((byte) 0);
            digest.update(mask == null ? new byte[0] : mask);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
