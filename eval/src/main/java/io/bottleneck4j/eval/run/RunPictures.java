package io.bottleneck4j.eval.run;

import io.bottleneck4j.eval.store.Csv;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finished pictures as a file {@code pictures.csv}. */
final class RunPictures {
    private static final List<String> HEAD =
            List.of("file", "prompt_index", "sample", "seed", "category", "prompt", "seconds");

    /** By prompt, then by sample. */
    static final Comparator<RunPicture> ORDER =
            Comparator.comparingInt(RunPicture::promptIndex).thenComparingInt(RunPicture::sample);

    private RunPictures() {}

    /** The file's text, in the order of prompts and samples. */
    static String csv(List<RunPicture> pictures) {
        StringBuilder csv = new StringBuilder(Csv.row(HEAD.toArray()));
        pictures.stream()
                .sorted(ORDER)
                .forEach(picture -> csv.append(Csv.row(
                        picture.file(),
                        picture.promptIndex(),
                        picture.sample(),
                        picture.seed(),
                        picture.category(),
                        picture.prompt(),
                        picture.seconds())));
        return csv.toString();
    }

    /**
     * The pictures of a file.
     *
     * @throws IllegalArgumentException naming file and line, if a line is none of ours
     */
    static List<RunPicture> read(Path file) throws IOException {
        List<List<String>> rows = rows(file);
        if (rows.isEmpty() || !rows.get(0).equals(HEAD)) {
            throw new IllegalArgumentException(file + ": must begin with the line "
                    + Csv.row(HEAD.toArray()).strip());
        }
        List<RunPicture> pictures = new ArrayList<>();
        for (int i = 1; i < rows.size(); i++) {
            pictures.add(picture(file, i + 1, rows.get(i)));
        }
        return pictures;
    }

    /** The lines of a file of comma-separated values. */
    static List<List<String>> rows(Path file) throws IOException {
        try {
            return Csv.rows(Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": is not UTF-8", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    private static RunPicture picture(Path file, int row, List<String> fields) {
        if (fields.size() != HEAD.size()) {
            throw new IllegalArgumentException(
                    file + ": row " + row + " must have " + HEAD.size() + " fields, not " + fields.size());
        }
        try {
            return new RunPicture(
                    fields.get(0),
                    Integer.parseInt(fields.get(1)),
                    Integer.parseInt(fields.get(2)),
                    Long.parseLong(fields.get(3)),
                    fields.get(4),
                    fields.get(5),
                    Double.parseDouble(fields.get(6)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": row " + row + ": " + e.getMessage(), e);
        }
    }
}
