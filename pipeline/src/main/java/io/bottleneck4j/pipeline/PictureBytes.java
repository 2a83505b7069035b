package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.media.JpegWriter;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PictureReader;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.WebpWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/** Pictures that are handed on as bytes instead of files: what adapters to other frameworks need beside a pipeline. */
@API(status = API.Status.INTERNAL)
public final class PictureBytes {
    /** The media type of PNG. */
    public static final String PNG = "image/png";

    /** The media type of JPEG. */
    public static final String JPEG = "image/jpeg";

    /** The media type of WebP. */
    public static final String WEBP = "image/webp";

    private PictureBytes() {}

    /** A media type, if it is one that pictures are made in. */
    public static String requireMimeType(String mimeType) {
        if (!mimeType.equals(PNG) && !mimeType.equals(JPEG)) {
            throw new IllegalArgumentException(
                    "mime-type: must be " + PNG + " or " + JPEG + ", not '" + mimeType + "'; use " + PNG);
        }
        return mimeType;
    }

    /** A model, if it makes pictures. */
    public static Model requirePictures(Model model) {
        if (model.kind() != Model.Kind.PICTURE) {
            throw new IllegalArgumentException(
                    "model: " + model.name() + " makes videos, not pictures; take a FLUX.1 model");
        }
        return model;
    }

    /** How many pictures are wanted, at least one. */
    public static int requireCount(int n) {
        if (n < 1) {
            throw new IllegalArgumentException("n: must be at least 1, not " + n + "; leave it out for one picture");
        }
        return n;
    }

    /** A seed where none is given: of 32 bits, so that every program can store it. */
    public static long randomSeed() {
        return ThreadLocalRandom.current().nextLong(1L << 32);
    }

    /**
     * Requests that differ in their seeds alone: the request's own, and upward from it.
     *
     * @param count how many, at least 1
     */
    public static List<Request> seeds(Request first, int count) {
        List<Request> all = new ArrayList<>();
        for (int i = 0; i < requireCount(count); i++) {
            all.add(i == 0 ? first : first.withSeed(first.seed() + i));
        }
        return all;
    }

    /**
     * Makes pictures one after the other; the text encoders are asked once for all of one prompt.
     *
     * @param mimeType {@link #PNG} or {@link #JPEG}
     * @param listeners told as by a {@link JobLoop}, to which files in a folder for temporary files are its outputs
     * @return the bytes that {@link Result#write} writes, in the order of the requests
     * @throws java.util.concurrent.CancellationException if a listener throws it from a step
     */
    public static List<byte[]> make(
            Pipeline pipeline, List<Request> requests, String mimeType, List<JobListener> listeners) {
        String ending = requireMimeType(mimeType).equals(PNG) ? ".png" : ".jpg";
        try {
            Path folder = Files.createTempDirectory("bottleneck4j-");
            try {
                List<Job> jobs = new ArrayList<>();
                for (Request request : requests) {
                    jobs.add(new Job(request, folder.resolve(jobs.size() + ending)));
                }
                JobLoop loop = new JobLoop(pipeline);
                listeners.forEach(loop::listener);
                loop.run(jobs);
                List<byte[]> made = new ArrayList<>();
                for (Job job : jobs) {
                    made.add(Files.readAllBytes(job.output()));
                }
                return made;
            } catch (KeptLatentsException e) {
                if (e.failure() instanceof RuntimeException failure) {
                    throw failure; // the kept file goes with the folder
                }
                if (e.failure() instanceof IOException failure) {
                    throw failure;
                }
                throw e;
            } finally {
                remove(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The bytes of a picture's file, without settings.
     *
     * @param mediaType {@link #PNG}, {@link #JPEG} or {@link #WEBP}
     * @param quality of 100, of JPEG and WebP; empty for the usual
     */
    public static byte[] encoded(Picture picture, String mediaType, OptionalInt quality) throws IOException {
        return switch (mediaType) {
            case JPEG -> JpegWriter.bytes(picture, Map.of(), quality.orElse(JpegWriter.QUALITY));
            case WEBP -> WebpWriter.bytes(picture, Map.of(), quality.orElse(WebpWriter.QUALITY));
            default -> PngWriter.bytes(picture, Map.of());
        };
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /**
     * A file's bytes of base64.
     *
     * @param what it is given for, for messages, as {@code image}
     * @throws IllegalArgumentException if it is none
     */
    public static byte[] decoded(String what, String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    what + ": must be the bytes of a picture's file in base64: " + e.getMessage()
                            + "; leave out line breaks and 'data:...;base64,'",
                    e);
        }
    }

    /**
     * The picture of a file's bytes.
     *
     * @throws IllegalArgumentException if they are not those of a PNG, JPEG or WebP picture that can be read
     */
    public static Picture image(byte[] file) {
        try {
            return PictureReader.read("image", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The mask of a file's bytes: light where the picture may change, or transparent there, as {@link PictureReader#mask} says. */
    public static Picture mask(byte[] file) {
        try {
            return PictureReader.mask("mask", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
