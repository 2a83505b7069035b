package io.bottleneck4j.eval.document;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A folder that tables are written to, as {@code STEM.json}, {@code STEM.csv}, {@code STEM.md} and {@code STEM.tex}.
 * The JSON file is written first, names the format, and says so what wrote the others.
 */
public record TableFolder(Path path, String stem, String format) {

    /**
     * Makes the folder, if it is not there.
     *
     * @throws IllegalArgumentException if it cannot be made or written to, or if it holds such files of another origin
     */
    public static TableFolder open(Path path, String stem, String format) throws IOException {
        make("out", path);
        TableFolder folder = new TableFolder(path, stem, format);
        folder.requireOwn();
        return folder;
    }

    /**
     * Makes the folder that an option names, if it is not there; IllegalArgumentException if it cannot be made or
     * written to.
     */
    public static void make(String option, Path path) {
        try {
            Files.createDirectories(path);
        } catch (FileAlreadyExistsException e) {
            throw new IllegalArgumentException(
                    option + ": " + e.getFile() + " must be a folder, and is a file; name another folder", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    option + ": " + path + " cannot be made; name a folder that you may write to", e);
        }
        if (!Files.isWritable(path)) {
            throw new IllegalArgumentException(
                    option + ": no permission to write to " + path + "; name a folder that you may write to");
        }
    }

    private void requireOwn() throws IOException {
        Path json = file(".json");
        if (Files.exists(json)) {
            if (!JsonFile.isOf(json, format)) {
                throw foreign(json);
            }
            return;
        }
        for (Path other : List.of(file(".csv"), file(".md"), file(".tex"), path.resolve("index.html"))) {
            if (Files.exists(other)) {
                throw foreign(other);
            }
        }
    }

    private static IllegalArgumentException foreign(Path file) {
        return new IllegalArgumentException("out: " + file
                + " was not written by this command, and would be replaced; move it away, or name another folder");
    }

    private Path file(String ending) {
        return path.resolve(stem + ending);
    }

    /**
     * Writes tables, in place of older ones: everything as JSON and as CSV, and grids under a title as Markdown, which
     * ends with more Markdown, and as LaTeX.
     */
    public void write(JsonNode json, String csv, String title, List<Grid> grids, String tail) throws IOException {
        write(stem + ".json", JsonFile.text(json));
        write(stem + ".csv", csv);
        write(
                stem + ".md",
                "# " + title + "\n\n" + grids.stream().map(Markup.MARKDOWN::of).collect(Collectors.joining("\n"))
                        + tail);
        write(
                stem + ".tex",
                "% needs \\usepackage{booktabs,amssymb}\n"
                        + grids.stream().map(Markup.LATEX::of).collect(Collectors.joining("\n")));
    }

    /** Writes another text file, whole or not at all. */
    public void write(String name, String text) throws IOException {
        WholeFile.write(path.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }
}
