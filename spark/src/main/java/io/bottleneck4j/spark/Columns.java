package io.bottleneck4j.spark;

import io.bottleneck4j.batch.Made;
import io.bottleneck4j.batch.PromptRow;
import io.bottleneck4j.batch.RowMaker;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VarcharType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The columns of a Dataset of prompts.
 *
 * @param names in their order
 * @param corrupt which of them holds lines that Spark could not read; -1 for none
 */
record Columns(List<String> names, int corrupt) implements Serializable {
    /** What comes out: the columns of {@code batch --pack parquet}, and the error. */
    static final StructType MADE = new StructType()
            .add("id", DataTypes.StringType)
            .add("prompt", DataTypes.StringType)
            .add("negative_prompt", DataTypes.StringType)
            .add("image", DataTypes.BinaryType)
            .add("media_type", DataTypes.StringType)
            .add("width", DataTypes.IntegerType)
            .add("height", DataTypes.IntegerType)
            .add("frames", DataTypes.IntegerType)
            .add("seed", DataTypes.StringType)
            .add("plan", DataTypes.StringType)
            .add("model", DataTypes.StringType)
            .add("seconds", DataTypes.DoubleType)
            .add("sha256", DataTypes.StringType)
            .add("settings", DataTypes.StringType)
            .add("extra", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
            .add("error", DataTypes.StringType);

    private static final int SHOWN = 200;

    /**
     * Those of a Dataset.
     *
     * @param corrupt the name that Spark gives the column of lines it could not read
     * @throws IllegalArgumentException if id or prompt is missing, or a column cannot be read or has another program's name
     */
    static Columns of(StructType schema, String corrupt) {
        Set<String> known = new HashSet<>();
        for (StructField field : schema.fields()) {
            if (!field.name().equals(corrupt)) {
                requireType(field);
                if (!known.add(PromptRow.column(field.name()))) {
                    throw new IllegalArgumentException("column '" + field.name() + "': is there twice; drop one");
                }
            }
        }
        PromptRow.requireOurs(List.of(schema.fieldNames()));
        requireColumn("prompt", "name that of the prompts so", known, schema);
        requireColumn(
                "id",
                "give each row a text of its own: it gives the seed where none is given, so that a row that is tried"
                        + " again becomes the same picture",
                known,
                schema);
        List<String> names = List.of(schema.fieldNames());
        return new Columns(names, names.indexOf(corrupt));
    }

    private static void requireColumn(String name, String remedy, Set<String> known, StructType schema) {
        if (!known.contains(name)) {
            String written = String.join(", ", schema.fieldNames());
            throw new IllegalArgumentException("column '" + name + "': is missing, the columns are "
                    + (written.length() > SHOWN ? written.substring(0, SHOWN) + "..." : written) + "; " + remedy);
        }
    }

    private static void requireType(StructField field) {
        DataType type = field.dataType() instanceof ArrayType list ? list.elementType() : field.dataType();
        boolean text = type instanceof StringType || type instanceof VarcharType || type instanceof CharType;
        if (!text
                && (field.dataType() instanceof ArrayType
                        || !(type instanceof NumericType || type instanceof BooleanType))) {
            throw new IllegalArgumentException("column '" + field.name()
                    + "': must hold texts, numbers, truth values or lists of texts, not "
                    + field.dataType().simpleString() + "; cast it to a string, or drop it");
        }
    }

    /** The row's cells by column, but for what Spark could not read. */
    private Map<String, @Nullable Object> cells(Row row) {
        Map<String, @Nullable Object> cells = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            if (i != corrupt) {
                Object value = row.get(i);
                cells.put(names.get(i), value instanceof scala.collection.Seq ? row.getList(i) : value);
            }
        }
        return cells;
    }

    /**
     * Reads a row.
     *
     * @throws IllegalArgumentException if it is wrong; the message says what is
     */
    PromptRow read(Row row) {
        if (corrupt >= 0 && row.get(corrupt) != null) {
            String line = row.getString(corrupt);
            throw new IllegalArgumentException("line: has not the fields of the others, or is no JSON: "
                    + (line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line)
                    + "; put a field that holds commas or quotes in quotes");
        }
        Map<String, @Nullable Object> cells = cells(row);
        Object id = cell(cells, "id");
        if (id == null || id.toString().isBlank()) {
            throw new IllegalArgumentException("id: is empty; give the row a text of its own");
        }
        return PromptRow.of(0, cells);
    }

    private static @Nullable Object cell(Map<String, @Nullable Object> cells, String column) {
        for (Map.Entry<String, @Nullable Object> cell : cells.entrySet()) {
            if (PromptRow.column(cell.getKey()).equals(column)) {
                return cell.getValue();
            }
        }
        return null;
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    /** The result of a row. */
    Row made(Row row, RowMaker.Outcome outcome) {
        RowMaker.Picture picture = outcome.picture();
        if (picture == null) {
            return failed(row, String.valueOf(outcome.error()));
        }
        Made made = picture.made();
        return RowFactory.create(
                made.id(),
                made.prompt(),
                made.negativePrompt(),
                picture.bytes(),
                made.mediaType(),
                made.width(),
                made.height(),
                made.frames(),
                made.seed().toString(),
                made.plan(),
                made.model(),
                made.seconds(),
                made.sha256(),
                picture.settings(),
                map(made.extra()),
                null);
    }

    /** The result of one that is wrong or failed: what it holds, so that it can be found and mended. */
    Row failed(Row row, String error) {
        Map<String, @Nullable Object> cells = cells(row);
        Map<String, String> extra = new TreeMap<>();
        cells.forEach((name, value) -> {
            if (value != null && !PromptRow.COLUMNS.contains(PromptRow.column(name))) {
                extra.put(name, value.toString());
            }
        });
        List<@Nullable Object> values = new ArrayList<>();
        for (String name : MADE.fieldNames()) {
            values.add(
                    switch (name) {
                        case "id", "prompt", "negative_prompt" -> text(cell(cells, name));
                        case "extra" -> map(extra);
                        case "error" -> error;
                        default -> null;
                    });
        }
        return RowFactory.create(values.toArray());
    }

    private static scala.collection.@Nullable Map<String, String> map(@Nullable Map<String, String> extra) {
        return extra == null || extra.isEmpty() ? null : CollectionConverters.asScala(new LinkedHashMap<>(extra));
    }
}
