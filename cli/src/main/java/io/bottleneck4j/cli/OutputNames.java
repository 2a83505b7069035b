package io.bottleneck4j.cli;

import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.pipeline.LatentsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Names of the files of several pictures: {@code cat.png} becomes {@code cat-0000.png}, {@code cat-0001.png}.
 *
 * @param base the name given
 * @param pictures how many there are in all; a single one keeps the name
 */
record OutputNames(Path base, int pictures) {

    /**
     * Names of what a model makes.
     *
     * @param base the name given; null for the default
     * @throws IllegalArgumentException if its ending is none of that kind's
     */
    static OutputNames of(@Nullable Path base, LatentsFile.Kind kind, int pictures) {
        if (kind == LatentsFile.Kind.PICTURE) {
            return new OutputNames(base == null ? Path.of("out.png") : base, pictures).requireEnding("output", ".png");
        }
        Path file = base == null ? Path.of("out.mp4") : base;
        VideoFormat.of(file).requireEncoder();
        return new OutputNames(file, pictures);
    }

    /**
     * Checks the name's ending.
     *
     * @param ending as {@code .png}
     * @throws IllegalArgumentException if it is another
     */
    OutputNames requireEnding(String what, String ending) {
        String name = fileName();
        if (!name.toLowerCase(Locale.ROOT).endsWith(ending)) {
            String stem = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
            throw new IllegalArgumentException(what + ": must end in " + ending + ", not '" + base + "'; use "
                    + base.resolveSibling(stem + ending));
        }
        return this;
    }

    /**
     * Finds out before any work whether all files can be written.
     *
     * @throws IllegalArgumentException if one cannot
     */
    OutputNames requireWritable() {
        return requireWritable(PngWriter::requireTarget);
    }

    /** The same for what a model makes. */
    OutputNames requireWritable(LatentsFile.Kind kind) {
        return kind == LatentsFile.Kind.PICTURE
                ? requireWritable()
                : requireWritable(VideoFormat.of(base)::requireTarget);
    }

    private OutputNames requireWritable(Target target) {
        for (int i = 0; i < pictures; i++) {
            try {
                target.require(name(i));
            } catch (IOException e) {
                throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
            }
        }
        return this;
    }

    /** A kind of file, asked whether it can be written. */
    @FunctionalInterface
    private interface Target {
        void require(Path file) throws IOException;
    }

    /** Whether one of the files is this one. */
    boolean contains(Path file) {
        Path wanted = file.toAbsolutePath().normalize();
        return IntStream.range(0, pictures)
                .anyMatch(i -> name(i).toAbsolutePath().normalize().equals(wanted));
    }

    /** The file of one picture, counted from 0. */
    Path name(int picture) {
        return pictures == 1 ? base : base.resolveSibling(with(String.format(Locale.ROOT, "-%04d", picture)));
    }

    private String with(String suffix) {
        String name = fileName();
        int dot = name.lastIndexOf('.');
        return name.substring(0, dot) + suffix + name.substring(dot);
    }

    private String fileName() {
        Path name = base.getFileName();
        return name == null ? "" : name.toString();
    }
}
