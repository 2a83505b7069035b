package io.bottleneck4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.jerolba.carpet.CarpetWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptTableTest {
    @TempDir
    Path folder;

    private List<String> read(String name, String text) throws IOException {
        return read(Files.writeString(folder.resolve(name), text));
    }

    private static List<String> read(Path file) throws IOException {
        List<String> told = new ArrayList<>();
        try (PromptTable.Rows rows = PromptTable.of(file).rows()) {
            for (PromptTable.Read read = rows.next(); read != null; read = rows.next()) {
                PromptRow row = read.row();
                told.add(read.number() + "@" + read.line() + " "
                        + (row == null ? "! " + read.error() : row.id() + ": " + row.prompt()));
            }
        }
        return told;
    }

    @Test
    void csv_hasQuotedFieldsOfSeveralLines_andTellsWhereRowsBegin() throws IOException {
        assertThat(read(
                        "a.csv",
                        "\ufeffid,prompt\r\n1,\"a fox, \"\"red\"\"\"\r\n2,\"two\nlines\"\n\n3,three\n4,a,b\n5\n6,last"))
                .containsExactly(
                        "1@2 1: a fox, \"red\"",
                        "2@3 2: two\nlines",
                        "3@6 3: three",
                        "4@7 ! must have 2 fields, as the first row, not 3; put a field that holds commas or quotes in"
                                + " quotes",
                        "5@8 ! must have 2 fields, as the first row, not 1; put a field that holds commas or quotes in"
                                + " quotes",
                        "6@9 6: last");
        assertThat(read("a.tsv", "prompt\tid\nfox, red\tf\n")).containsExactly("1@2 f: fox, red");
    }

    @Test
    void jsonLines_tellWrongLines_andGoOn() throws IOException {
        assertThat(read("a.jsonl", """
                        {"id": "a", "prompt": "fox", "lora": ["x:1"], "more": {"k": 1}}

                        {"prompt"
                        [1]
                        {"prompt": "b", "prompt": "c"}
                        {"caption": "b", "sede": 3}
                        {"prompt": "b", "width": true}
                        {"prompt": "z"}""")).satisfies(rows -> {
            assertThat(rows).hasSize(7);
            assertThat(rows.get(0)).isEqualTo("1@1 a: fox");
            assertThat(rows.get(1))
                    .startsWith("2@3 ! is not JSON: Unexpected end-of-input")
                    .doesNotContain("Source", "`");
            assertThat(rows.get(2)).startsWith("3@4 ! must be a JSON object");
            assertThat(rows.get(3)).startsWith("4@5 ! is not JSON: Duplicate field 'prompt'");
            assertThat(rows.get(4)).startsWith("5@6 ! column 'caption': is called 'prompt' here");
            assertThat(rows.get(5)).startsWith("6@7 ! width: must be a text or a number, not true");
            assertThat(rows.get(6)).isEqualTo("7@8 0000007: z");
        });
    }

    @Test
    void bytesThatAreNoText_areARowsFault_ofJsonLines_andEndCsv() throws IOException {
        byte[] latin = "{\"prompt\": \"caf\u00e9\"}\n{\"prompt\": \"tea\"}\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(read(Files.write(folder.resolve("l.jsonl"), latin)))
                .containsExactly("1@1 ! is not UTF-8 text; save the file as UTF-8", "2@2 0000002: tea");
        Path csv = Files.write(folder.resolve("l.csv"), "prompt\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> read(csv)).isInstanceOf(IOException.class).hasMessageContaining("not UTF-8");
    }

    @Test
    void aLineWithoutEnd_isNotHeldInMemory() throws IOException {
        assertThat(read("long.jsonl", "x".repeat(3 << 20) + "\n{\"prompt\": \"b\"}"))
                .containsExactly("1@1 ! is longer than 1 MB; is the file one JSON object a line?", "2@2 0000002: b");
    }

    @Test
    void packedText_isUnpacked() throws IOException {
        Path file = folder.resolve("a.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("prompt\na fox\n".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(read(file)).containsExactly("1@2 0000001: a fox");
    }

    record Columns(
            @Nullable String id,
            String prompt,
            int width,
            @Nullable Double strength,
            List<String> lora) {}

    @Test
    void parquet_hasTheSameColumns() throws IOException {
        Path file = folder.resolve("a.parquet");
        try (OutputStream out = Files.newOutputStream(file);
                CarpetWriter<Columns> writer = new CarpetWriter<>(out, Columns.class)) {
            writer.write(new Columns("one", "a fox", 64, 0.5, List.of("x.safetensors:1")));
            writer.write(new Columns(null, "a cat", 96, null, List.of()));
        }
        try (PromptTable.Rows rows = PromptTable.of(file).rows()) {
            PromptTable.Read one = Objects.requireNonNull(rows.next());
            assertThat(one.row())
                    .isEqualTo(new PromptRow(
                            "one",
                            "a fox",
                            null,
                            null,
                            64,
                            null,
                            null,
                            null,
                            null,
                            List.of("x.safetensors:1"),
                            null,
                            null,
                            0.5,
                            null,
                            null,
                            Map.of()));
        }
        assertThat(read(file)).containsExactly("1@1 one: a fox", "2@2 0000002: a cat");
    }

    @Test
    void filesThatAreNone_areRefused() throws IOException {
        assertThatThrownBy(() -> PromptTable.of(folder.resolve("a.txt")))
                .hasMessageContaining("must end in .jsonl, .csv")
                .hasMessageEndingWith("generate --prompt-file");
        assertThatThrownBy(() -> PromptTable.of(folder.resolve("a.csv"))).hasMessageContaining("does not exist");
        assertThatThrownBy(() -> read("b.csv", "")).hasMessageContaining("is empty");
        assertThatThrownBy(() -> read("c.csv", "id;prompt\n1;a\n"))
                .hasMessageContaining("has no column 'prompt'; its columns are id;prompt; separate them by commas");
        assertThatThrownBy(() -> read("d.csv", "id,caption\n1,a\n")).hasMessageContaining("is called 'prompt' here");
        assertThatThrownBy(() -> read("e.csv", "prompt,x,x\n1,a,b\n"))
                .hasMessageContaining("column 'x' is there twice");
        assertThatThrownBy(() -> read("f.parquet", "no parquet at all, but long enough to be read as one"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is no Parquet file that can be read");
        assertThatThrownBy(() -> read("g.jsonl.gz", "no gzip"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be read");
        assertThat(read("h.csv", "prompt\n")).isEmpty();
    }
}
