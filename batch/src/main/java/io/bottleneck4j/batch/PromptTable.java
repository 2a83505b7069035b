package io.bottleneck4j.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import com.jerolba.carpet.CarpetReader;
import com.jerolba.carpet.CloseableIterator;
import io.bottleneck4j.pipeline.StrictJson;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file of prompts, one a row, which is read row by row and never whole: JSON lines, CSV or TSV with a head, or Parquet. A row that is
 * wrong is told as such, and the next is read.
 */
public final class PromptTable {
    private static final int LONGEST_LINE = 1 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final CsvMapper CSV = CsvMapper.csvBuilder()
            .enable(CsvParser.Feature.WRAP_AS_ARRAY)
            .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
            .build();

    private final Path file;
    private final Form form;

    private enum Form {
        JSON_LINES,
        CSV,
        TSV,
        PARQUET
    }

    /**
     * One row as it was read.
     *
     * @param number of the row, from 1
     * @param line where it begins in the file, from 1; of Parquet its number
     * @param row null where it is wrong
     * @param error what is wrong with it; null where nothing is
     */
    public record Read(
            long number,
            long line,
            @Nullable PromptRow row,
            @Nullable String error) {}

    /** The rows, from the first. */
    public interface Rows extends Closeable {
        /** The next; null behind the last. IOException if the file cannot be read on. */
        @Nullable
        Read next() throws IOException;
    }

    private PromptTable(Path file, Form form) {
        this.file = file;
        this.form = form;
    }

    /**
     * A table.
     *
     * @param file JSON lines in .jsonl or .ndjson, .csv, .tsv, each also compressed in .gz, or .parquet
     * @throws IllegalArgumentException if it is no file, or has another ending
     */
    public static PromptTable of(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
        Form form;
        if (plain.endsWith(".jsonl") || plain.endsWith(".ndjson")) {
            form = Form.JSON_LINES;
        } else if (plain.endsWith(".csv")) {
            form = Form.CSV;
        } else if (plain.endsWith(".tsv")) {
            form = Form.TSV;
        } else if (name.endsWith(".parquet")) {
            form = Form.PARQUET;
        } else {
            throw new IllegalArgumentException("prompts: " + file
                    + " must end in .jsonl, .csv, .tsv (each also .gz) or .parquet; of plain text with one prompt a"
                    + " line, put the word prompt in a line before them and name it .csv, or take generate"
                    + " --prompt-file");
        }
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("prompts: " + file
                    + (Files.exists(file) ? " is not a file" : " does not exist") + "; name a table of prompts");
        }
        return new PromptTable(file, form);
    }

    /** Its file. */
    public Path file() {
        return file;
    }

    /** The folder that files in its rows are relative to. */
    public Path folder() {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }

    /**
     * Begins to read.
     *
     * @throws IllegalArgumentException if the head has no column {@code prompt}, or another program's word for one of ours
     * @throws IOException if the file cannot be read
     */
    public Rows rows() throws IOException {
        return switch (form) {
            case JSON_LINES -> new JsonLines(open());
            case CSV -> new Separated(open(), ',');
            case TSV -> new Separated(open(), '\t');
            case PARQUET -> new Columns();
        };
    }

    private InputStream open() throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            boolean packed =
                    String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(".gz");
            InputStream text = new BufferedInputStream(packed ? new GZIPInputStream(in, 1 << 16) : in, 1 << 16);
            text.mark(3);
            if (!Arrays.equals(text.readNBytes(3), new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf})) {
                text.reset(); // no byte-order mark
            }
            return text;
        } catch (IOException e) {
            in.close();
            throw new IOException("prompts: " + file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static Read row(long number, long line, Map<String, ?> cells) {
        try {
            return new Read(number, line, PromptRow.of(number, cells), null);
        } catch (IllegalArgumentException e) {
            return new Read(number, line, null, e.getMessage());
        }
    }

    private void requireColumns(List<String> head) {
        PromptRow.requireOurs(head);
        if (head.stream().noneMatch(column -> PromptRow.column(column).equals("prompt"))) {
            String written = String.join(", ", head);
            throw new IllegalArgumentException("prompts: " + file + " has no column 'prompt'; its columns are "
                    + (written.length() > 200 ? written.substring(0, 200) + "..." : written)
                    + (written.contains(";") ? "; separate them by commas, not ';'" : "; its first row names them"));
        }
    }

    /** An object a line. */
    private static final class JsonLines implements Rows {
        private final InputStream in;
        private long line;
        private long number;

        JsonLines(InputStream in) {
            this.in = in;
        }

        @Override
        public @Nullable Read next() throws IOException {
            while (true) {
                byte[] bytes = readLine();
                if (bytes == null) {
                    return null;
                }
                line++;
                if (bytes.length > LONGEST_LINE) {
                    return new Read(++number, line, null, "is longer than 1 MB; is the file one JSON object a line?");
                }
                String text;
                try {
                    text = StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString();
                } catch (CharacterCodingException e) {
                    return new Read(++number, line, null, "is not UTF-8 text; save the file as UTF-8");
                }
                if (!text.isBlank()) {
                    return parsed(++number, text);
                }
            }
        }

        private Read parsed(long row, String text) {
            JsonNode json;
            try {
                json = JSON.readTree(text);
            } catch (JsonProcessingException e) {
                return new Read(row, line, null, "is not JSON: " + StrictJson.reason(e.getOriginalMessage()));
            }
            if (!json.isObject()) {
                return new Read(row, line, null, "must be a JSON object, as {\"prompt\": \"a fox\"}");
            }
            Map<String, @Nullable Object> cells = new LinkedHashMap<>();
            try {
                json.properties().forEach(cell -> cells.put(cell.getKey(), value(cell.getKey(), cell.getValue())));
                PromptRow.requireOurs(cells.keySet());
            } catch (IllegalArgumentException e) {
                return new Read(row, line, null, e.getMessage());
            }
            return row(row, line, cells);
        }

        private static @Nullable Object value(String column, JsonNode value) {
            if (value.isNull()) {
                return null;
            }
            if (value.isTextual()) {
                return value.textValue();
            }
            boolean read = PromptRow.COLUMNS.contains(PromptRow.column(column));
            if (read && value.isArray()) {
                List<String> texts = new ArrayList<>();
                value.forEach(item -> texts.add(item.asText()));
                return texts;
            }
            if (read && (value.isObject() || value.isBoolean())) {
                throw new IllegalArgumentException(column + ": must be a text or a number, not " + value);
            }
            return value.isBigDecimal() ? value.decimalValue() : value.toString();
        }

        /** The bytes up to the end of a line, more than a line may have of one that is too long; null at the end of the file. */
        private byte @Nullable [] readLine() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int next = in.read();
            if (next < 0) {
                return null;
            }
            for (; next >= 0 && next != '\n'; next = in.read()) {
                if (bytes.size() <= LONGEST_LINE) {
                    bytes.write(next);
                }
            }
            return bytes.toByteArray();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** Fields with a separator between them; the first row names the columns. */
    private final class Separated implements Rows {
        private final MappingIterator<String[]> rows;
        private final List<String> head;
        private long number;
        private long line;

        Separated(InputStream in, char separator) throws IOException {
            Reader reader = new BufferedReader(
                    new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder())); // which refuses other bytes
            try {
                rows = CSV.readerFor(String[].class)
                        .with(CsvSchema.emptySchema().withColumnSeparator(separator))
                        .readValues(reader);
            } catch (CharacterCodingException e) {
                throw notText(e);
            }
            String[] first = fields();
            if (first == null) {
                throw new IllegalArgumentException(
                        "prompts: " + file + " is empty; its first row names the columns, as id,prompt");
            }
            head = Arrays.stream(first).map(String::strip).toList();
            requireColumns(head);
            for (int i = 0; i < head.size(); i++) {
                if (head.indexOf(head.get(i)) != i) {
                    throw new IllegalArgumentException(
                            "prompts: " + file + ": column '" + head.get(i) + "' is there twice; leave one out");
                }
            }
        }

        private IOException notText(CharacterCodingException e) {
            return new IOException(
                    "prompts: " + file + ": is not UTF-8 text behind line " + line + "; save it as UTF-8", e);
        }

        private String @Nullable [] fields() throws IOException {
            try {
                if (!rows.hasNextValue()) {
                    return null;
                }
                String[] fields = rows.nextValue();
                line = rows.getParser().currentTokenLocation().getLineNr(); // which is known once the row is read
                return fields;
            } catch (CharacterCodingException e) {
                throw notText(e);
            } catch (JsonProcessingException e) {
                throw new IOException(
                        "prompts: " + file + ": cannot be read on behind line " + line + ": "
                                + StrictJson.reason(e.getOriginalMessage()) + "; does a quote end where it should?",
                        e);
            }
        }

        @Override
        public @Nullable Read next() throws IOException {
            String[] fields = fields();
            if (fields == null) {
                return null;
            }
            number++;
            if (fields.length != head.size()) {
                return new Read(
                        number,
                        line,
                        null,
                        "must have " + head.size() + " fields, as the first row, not " + fields.length
                                + "; put a field that holds commas or quotes in quotes");
            }
            Map<String, @Nullable Object> cells = new HashMap<>();
            for (int i = 0; i < fields.length; i++) {
                cells.put(head.get(i), fields[i].isBlank() ? null : fields[i]);
            }
            return row(number, line, cells);
        }

        @Override
        public void close() throws IOException {
            rows.close();
        }
    }

    /** A Parquet file. */
    private final class Columns implements Rows {
        @SuppressWarnings("rawtypes")
        private final CloseableIterator<Map> rows;

        private long number;

        Columns() throws IOException {
            try {
                rows = new CarpetReader<>(file.toFile(), Map.class).iterator();
            } catch (RuntimeException e) {
                throw new IOException(
                        "prompts: " + file + ": is no Parquet file that can be read: " + e.getMessage(), e);
            }
        }

        @Override
        public @Nullable Read next() throws IOException {
            Map<String, @Nullable Object> cells = new LinkedHashMap<>();
            try {
                if (!rows.hasNext()) {
                    return null;
                }
                Map<?, ?> next = rows.next();
                next.forEach((column, value) -> cells.put(column.toString(), value));
            } catch (RuntimeException e) {
                throw new IOException(
                        "prompts: " + file + ": cannot be read behind row " + number + ": " + e.getMessage(), e);
            }
            if (number == 0) {
                requireColumns(List.copyOf(cells.keySet()));
            }
            number++;
            for (Map.Entry<String, @Nullable Object> cell : cells.entrySet()) {
                Object value = cell.getValue();
                if (value != null
                        && !(value instanceof CharSequence
                                || value instanceof Number
                                || value instanceof Boolean
                                || value instanceof List)) {
                    return new Read(
                            number,
                            number,
                            null,
                            "column '" + cell.getKey() + "': must hold texts, numbers or" + " lists of texts, not "
                                    + value.getClass().getSimpleName() + "; leave the column out");
                }
            }
            return row(number, number, cells);
        }

        @Override
        public void close() throws IOException {
            rows.close();
        }
    }
}
