package io.bottleneck4j.eval.document;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Comma-separated values, quoted as RFC 4180 has it; every line ends, the last one too. */
public final class Csv {
    private static final CsvMapper MAPPER = CsvMapper.csvBuilder()
            .enable(CsvParser.Feature.WRAP_AS_ARRAY)
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .build();
    private static final ObjectWriter WRITER = MAPPER.writer();
    private static final ObjectReader READER = MAPPER.readerFor(String[].class);

    private Csv() {}

    /** One line of fields, its end included; what is null or NaN is left empty. */
    public static String row(@Nullable Object... fields) {
        try {
            return WRITER.writeValueAsString(Arrays.stream(fields)
                    .map(field -> field == null || field.equals(Double.NaN) ? "" : field.toString())
                    .toArray(String[]::new));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("csv: text can always be written", e);
        }
    }

    /**
     * The fields of a text's lines, which end in LF or CRLF, the last one too; IllegalArgumentException if it is cut
     * off within a line.
     */
    public static List<List<String>> rows(String text) {
        List<List<String>> rows = new ArrayList<>();
        try (MappingIterator<String[]> lines = READER.readValues(text)) {
            while (lines.hasNextValue()) {
                rows.add(List.of(lines.nextValue()));
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("is cut off in row " + (rows.size() + 1), e);
        }
        if (!text.isEmpty() && !text.endsWith("\n")) {
            throw new IllegalArgumentException("is cut off in row " + rows.size());
        }
        return rows;
    }

    /**
     * The lines of a file below its head.
     *
     * @throws IllegalArgumentException naming the file, and the row from 1 on, if it is damaged, has another head, or a line of more or
     *     fewer fields
     */
    public static List<List<String>> read(Path file, List<String> head) throws IOException {
        List<List<String>> rows;
        try {
            rows = rows(Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": is not UTF-8", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
        if (rows.isEmpty() || !rows.get(0).equals(head)) {
            throw new IllegalArgumentException(file + ": must begin with the line " + String.join(",", head));
        }
        for (int i = 1; i < rows.size(); i++) {
            if (rows.get(i).size() != head.size()) {
                throw new IllegalArgumentException(file + ": row " + (i + 1) + " must have " + head.size()
                        + " fields, not " + rows.get(i).size());
            }
        }
        return rows.subList(Math.min(1, rows.size()), rows.size());
    }
}
