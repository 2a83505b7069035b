package io.bottleneck4j.cli.options;

import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.OutputFile;
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
public record OutputNames(Path base, int pictures) {

    /** Names of what a model makes, with the kind's default; refuses an ending that is none of the kind's. */
    public static OutputNames of(@Nullable Path base, Model.Kind kind, int pictures) {
        Path file = base != null ? base : Path.of(kind == Model.Kind.PICTURE ? "out.png" : "out.mp4");
        OutputFile.of(file, kind);
        return new OutputNames(file, pictures);
    }

    /** Refuses a name with another ending than this, as {@code .png}. */
    public OutputNames requireEnding(String what, String ending) {
        OutputFile.requireEnding(what, base, ending);
        return this;
    }

    /** Finds out before any work whether all files can be written, and complains if one cannot. */
    public OutputNames requireWritable() {
        return requireWritable(PngWriter::requireTarget);
    }

    /** The same for what a model makes. */
    public OutputNames requireWritable(Model.Kind kind) {
        return requireWritable(file -> OutputFile.of(file, kind).requireWritable());
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
    public boolean contains(Path file) {
        Path wanted = file.toAbsolutePath().normalize();
        return IntStream.range(0, pictures)
                .anyMatch(i -> name(i).toAbsolutePath().normalize().equals(wanted));
    }

    /** The file of one picture, counted from 0. */
    public Path name(int picture) {
        return pictures == 1 ? base : base.resolveSibling(with(String.format(Locale.ROOT, "-%04d", picture)));
    }

    private String with(String suffix) {
        String name = String.valueOf(base.getFileName());
        int dot = name.lastIndexOf('.');
        return name.substring(0, dot) + suffix + name.substring(dot);
    }
}
