package io.bottleneck4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.jerolba.carpet.CarpetReader;
import io.bottleneck4j.models.media.PictureText;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.PromptStore;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Result;
import io.bottleneck4j.pipeline.Timings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of a tiny FLUX.1. */
class BatchTest {
    private static final Path TINY = Path.of("..", "models", "src", "test", "resources", "golden", "folders", "tiny-a");

    @TempDir
    Path folder;

    private final List<String> told = new ArrayList<>();
    private int opened;

    private Path out() {
        return folder.resolve("out");
    }

    private Batch.Options options(UnaryOperator<Batch.Options> change) throws IOException {
        Path plan = folder.resolve("tiny.yaml");
        Files.writeString(plan, "stages:\n  - {width: 64, height: 32, steps: 1, strength: 1.0, shift: 1}\n");
        RowDefaults defaults =
                new RowDefaults(folder, "tiny.yaml", null, null, null, null, List.of(), null, null, null, null, null);
        return change.apply(new Batch.Options(
                out(),
                Shard.WHOLE,
                defaults,
                Map.of("model", "tiny"),
                "png",
                OptionalInt.empty(),
                Packing.FILES,
                1000,
                false,
                false,
                null,
                false));
    }

    private static Batch.Options packed(Batch.Options of, Packing packing, int rows) {
        return new Batch.Options(
                of.out(),
                of.shard(),
                of.defaults(),
                of.facts(),
                of.ending(),
                of.quality(),
                packing,
                rows,
                of.strict(),
                of.retryFailed(),
                of.store(),
                of.keepsAllTexts());
    }

    private static Batch.Options of(
            Batch.Options of, Shard shard, boolean strict, boolean retry, @Nullable PromptStore store) {
        return new Batch.Options(
                of.out(),
                shard,
                of.defaults(),
                of.facts(),
                of.ending(),
                of.quality(),
                of.packing(),
                of.partRows(),
                strict,
                retry,
                store,
                false);
    }

    private Batch.Summary run(String csv) throws IOException {
        return run(csv, it -> it);
    }

    private Batch.Summary run(String csv, UnaryOperator<Batch.Options> change) throws IOException {
        return run(csv, change, new Cancellation());
    }

    private Batch.Summary run(String csv, UnaryOperator<Batch.Options> change, Cancellation cancellation)
            throws IOException {
        Path table = Files.writeString(folder.resolve("prompts.csv"), csv);
        BatchListener listener = new BatchListener() {
            @Override
            public void begin(Job job, int index) {
                told.add("begin " + job.request().prompt());
            }

            @Override
            public void made(Job job, Timings seconds) {
                if (job.request().prompt().equals("stop")) {
                    cancellation.request();
                }
            }

            @Override
            public void failed(String where, String error) {
                told.add(where + ": " + error);
            }

            @Override
            public void note(String text) {
                told.add("note: " + text);
            }

            @Override
            public void warning(String text) {
                told.add("warning: " + text);
            }
        };
        return new Batch(
                        PromptTable.of(table),
                        options(change),
                        name -> {
                            opened++;
                            return Model.open(name == null ? TINY : Path.of(name))
                                    .pipeline();
                        },
                        cancellation,
                        List.of(listener))
                .run();
    }

    private List<JsonNode> results() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(out().resolve("results.jsonl"))) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    private Map<String, byte[]> files(Path below) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        if (Files.exists(below)) {
            try (Stream<Path> all = Files.walk(below)) {
                all.filter(Files::isRegularFile).forEach(file -> {
                    try {
                        files.put(below.relativize(file).toString(), Files.readAllBytes(file));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }
        }
        return files;
    }

    @Test
    void everyRow_isTheLibrarysPicture_andStandsInTheResults() throws IOException {
        Batch.Summary summary = run("id,prompt,seed,kind,sede\nfox,a fox,7,animal,1\n../x,a tree,,,\n");
        assertThat(summary).isEqualTo(new Batch.Summary(2, 0, 0, 0, 0));
        assertThat(told).contains("warning: column 'sede': is not read; did you mean 'seed'?");
        assertThat(told).contains("note: columns that are not read, only copied into the results: kind, sede");
        List<JsonNode> results = results();
        assertThat(results).hasSize(2);
        JsonNode fox = results.stream()
                .filter(it -> it.get("id").asText().equals("fox"))
                .findFirst()
                .orElseThrow();
        Path file = out().resolve(fox.get("file").asText());
        assertThat(fox.get("extra").get("kind").asText()).isEqualTo("animal");
        assertThat(fox.get("sha256").asText()).isEqualTo(Digest.ofFile(file));
        Model model = Model.open(TINY);
        try (Pipeline pipeline = model.pipeline()) {
            Request request = model.request("a fox")
                    .seed(7)
                    .plan(folder.resolve("tiny.yaml"))
                    .build();
            Path same = folder.resolve("same.png");
            pipeline.generate(request).write(same);
            assertThat(file).hasSameBinaryContentAs(same);
        }
        assertThat(PictureText.read(file)).containsKey("parameters");
        assertThat(out().resolve("making")).doesNotExist();
        assertThat(folder.resolve("x.png")).doesNotExist();
    }

    @Test
    void aSecondRun_opensNoModel_andMakesWhatIsGoneDamagedOrChanged() throws IOException {
        String table = "id,prompt\na,one\nb,two\nc,three\nd,four\n";
        run(table);
        Map<String, byte[]> before = files(out().resolve("images"));
        assertThat(before).hasSize(4);
        assertThat(run(table)).isEqualTo(new Batch.Summary(0, 4, 0, 0, 0));
        assertThat(opened).isEqualTo(1);

        Files.delete(out().resolve(BatchFolder.place("a", "png")));
        Files.writeString(out().resolve(BatchFolder.place("b", "png")), "damaged");
        assertThat(run(table.replace("three", "changed") + "e,five\n")).isEqualTo(new Batch.Summary(4, 1, 3, 0, 0));
        Map<String, byte[]> after = files(out().resolve("images"));
        String changed = BatchFolder.place("c", "png").substring(7);
        assertThat(after).hasSize(5);
        assertThat(after.get(changed)).isNotEqualTo(before.get(changed));
        before.remove(changed);
        before.forEach((name, bytes) -> assertThat(after.get(name)).as(name).isEqualTo(bytes));
        assertThat(run(table.replace("three", "changed") + "e,five\n")).isEqualTo(new Batch.Summary(0, 5, 0, 0, 0));
    }

    @Test
    void rowsThatAreWrong_standInTheResults_once_andTheOthersAreMade() throws IOException {
        String table = """
                id,prompt,width,height,plan
                a,one,,,
                b,,,,
                a,again,,,
                c,two,1000000,16,baseline
                d,three,,,no-such-plan
                e,four
                f,five,,,
                """;
        assertThat(run(table)).isEqualTo(new Batch.Summary(2, 0, 0, 2, 3));
        List<JsonNode> results = results();
        assertThat(results).hasSize(7);
        assertThat(told)
                .contains("line 3: prompt: is empty or missing; write what the picture shows")
                .contains("line 4: id: 'a' is also that of line 2; give each row its own")
                .anyMatch(it -> it.startsWith("line 7: must have 5 fields"))
                .anyMatch(it -> it.startsWith("line 6, id 'd': plan: 'no-such-plan' is neither a file nor a plan"))
                .anyMatch(it -> it.startsWith("line 5, id 'c': ") && it.contains("1000000"));
        assertThat(run(table)).isEqualTo(new Batch.Summary(0, 2, 0, 2, 3));
        assertThat(results()).hasSize(7);
        assertThat(run(table.replace("no-such-plan", ""))).isEqualTo(new Batch.Summary(1, 2, 0, 1, 3));
        told.clear();
        assertThat(run(table.replace("no-such-plan", ""), it -> of(it, Shard.WHOLE, false, true, null)))
                .isEqualTo(new Batch.Summary(0, 3, 0, 1, 3));
        assertThat(told).anyMatch(it -> it.startsWith("line 5, id 'c'")).noneMatch(it -> it.startsWith("begin"));
    }

    @Test
    void strict_endsBeforeAnyPicture() {
        assertThatThrownBy(() -> run("id,prompt\na,one\nb,\n", it -> of(it, Shard.WHOLE, true, false, null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("prompts.csv: line 3: prompt: is empty or missing");
        assertThat(told).noneMatch(it -> it.startsWith("begin"));
        assertThat(opened).isZero();
    }

    @Test
    void cancelled_keepsWhatWasMade_andGoesOn() throws IOException {
        String table = "id,prompt\na,one\nb,stop\nc,zzz\n";
        assertThatThrownBy(() -> run(table, it -> it, new Cancellation())).isInstanceOf(CancellationException.class);
        assertThat(results()).hasSize(2);
        assertThat(run(table)).isEqualTo(new Batch.Summary(1, 2, 0, 0, 0));
        assertThat(files(out().resolve("images"))).hasSize(3);
    }

    @Test
    void shards_togetherAreTheWhole() throws IOException {
        String table = "id,prompt\na,one\nb,two\nc,three\n";
        assertThat(run(table, it -> of(it, new Shard(1, 2), false, false, null)).made())
                .isEqualTo(2);
        assertThat(run(table, it -> of(it, new Shard(2, 2), false, false, null)).made())
                .isEqualTo(1);
        assertThat(run(table)).isEqualTo(new Batch.Summary(0, 3, 0, 0, 0));
        assertThat(files(out()).keySet())
                .contains("results-1-of-2.jsonl", "results-2-of-2.jsonl", "batch.json")
                .hasSize(3 + 3 + 1); // the whole run's results are empty
    }

    @Test
    void latentsThatWereLeft_areDecoded_inPlaceOfDenoising() throws IOException {
        run("id,prompt\na,one\n");
        byte[] picture = files(out().resolve("images")).values().iterator().next();
        Path image = out().resolve(BatchFolder.place("a", "png"));
        Model model = Model.open(TINY);
        Path left = Files.createDirectories(out().resolve("making")).resolve("a.latents.safetensors");
        try (Pipeline pipeline = model.pipeline()) {
            Request request = model.request("one")
                    .seed(PromptRow.of(1, Map.of("id", "a", "prompt", "one")).seedOr(null))
                    .plan(folder.resolve("tiny.yaml"))
                    .build();
            Result result = pipeline.generate(request);
            new LatentsFile(
                            result.latents(),
                            Model.Kind.PICTURE,
                            result.settings().texts())
                    .write(left);
        }
        Files.delete(image);
        assertThat(run("id,prompt\na,one\n")).isEqualTo(new Batch.Summary(1, 0, 1, 0, 0));
        assertThat(image).hasBinaryContent(picture);
        assertThat(left).doesNotExist();
        assertThat(results().get(1).get("seconds").asDouble())
                .isLessThan(results().get(0).get("seconds").asDouble());
    }

    @Test
    void embeddings_areKept_andTaken() throws IOException {
        PromptStore store = new PromptStore(folder.resolve("texts"), 1_000_000_000);
        run("id,prompt\na,one\nb,one\nc,two\n", it -> of(it, Shard.WHOLE, false, false, store));
        Map<String, byte[]> pictures = files(out().resolve("images"));
        assertThat(files(folder.resolve("texts")))
                .as("of the prompt that stands twice")
                .hasSize(1);
        for (Path file : files(out().resolve("images")).keySet().stream()
                .map(name -> out().resolve("images").resolve(name))
                .toList()) {
            Files.delete(file);
        }
        run("id,prompt\na,one\nb,one\nc,two\n", it -> of(it, Shard.WHOLE, false, false, store));
        assertThat(files(out().resolve("images")).keySet()).isEqualTo(pictures.keySet());
        files(out().resolve("images"))
                .forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(pictures.get(name)));
        Path text = folder.resolve("texts")
                .resolve(files(folder.resolve("texts")).keySet().iterator().next());
        Files.writeString(text, "damaged");
        Files.delete(out().resolve(BatchFolder.place("a", "png")));
        Files.delete(out().resolve(BatchFolder.place("c", "png")));
        run("id,prompt\na,one\nb,one\nc,two\n", it -> of(it, Shard.WHOLE, false, false, store));
        assertThat(Files.size(text)).isGreaterThan(100);
    }

    @Test
    void tarFiles_holdEachRowOnce_andAreMadeWhole() throws IOException {
        String table = "id,prompt\na,one\nb.c,two\nc,three\n";
        Batch.Summary summary = run(table, it -> packed(it, Packing.WEBDATASET, 2));
        assertThat(summary).isEqualTo(new Batch.Summary(3, 0, 0, 0, 0));
        assertThat(files(out().resolve("images"))).isEmpty();
        List<String> names = new ArrayList<>();
        for (String part : List.of("part-00000.tar", "part-00001.tar")) {
            try (InputStream in = Files.newInputStream(out().resolve("parts").resolve(part));
                    TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    names.add(entry.getName());
                    if (entry.getName().equals("a.json")) {
                        JsonNode json = new ObjectMapper().readTree(tar.readAllBytes());
                        assertThat(json.get("settings").get("prompt").asText()).isEqualTo("one");
                        assertThat(json.get("id").asText()).isEqualTo("a");
                    }
                    if (entry.getName().equals("b%2Ec.txt")) {
                        assertThat(new String(tar.readAllBytes(), StandardCharsets.UTF_8))
                                .isEqualTo("two");
                    }
                }
            }
        }
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "a.png", "a.json", "a.txt", "b%2Ec.png", "b%2Ec.json", "b%2Ec.txt", "c.png", "c.json", "c.txt");
        assertThat(run(table, it -> packed(it, Packing.WEBDATASET, 2))).isEqualTo(new Batch.Summary(0, 3, 0, 0, 0));

        // a damaged part is made again, row by row
        Path part = out().resolve("parts/part-00000.tar");
        byte[] bytes = Files.readAllBytes(part);
        bytes[700]++;
        Files.write(part, bytes);
        assertThat(run(table, it -> packed(it, Packing.WEBDATASET, 2))).isEqualTo(new Batch.Summary(2, 1, 2, 0, 0));
        assertThat(run(table, it -> packed(it, Packing.WEBDATASET, 2))).isEqualTo(new Batch.Summary(0, 3, 0, 0, 0));
    }

    @Test
    void whateverEndsPacking_eachRowIsOnce() throws IOException {
        String table = "id,prompt\na,one\nb,two\n";
        run(table);
        Map<String, byte[]> alone = files(out().resolve("images"));
        // ended after the part was named, before it was recorded
        Path parts = Files.createDirectories(out().resolve("parts"));
        Files.writeString(parts.resolve("part-00000.parquet"), "written, not recorded");
        Files.writeString(parts.resolve("part-00001.parquet.tmp"), "half");
        run(table, it -> packed(it, Packing.PARQUET, 10));
        assertThat(files(parts).keySet()).containsExactly("part-00000.parquet");
        // ended after it was recorded, before the files were gone
        alone.forEach((name, bytes) -> {
            try {
                Files.write(out().resolve("images").resolve(name), bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(run(table, it -> packed(it, Packing.PARQUET, 10))).isEqualTo(new Batch.Summary(0, 2, 0, 0, 0));
        assertThat(files(out().resolve("images"))).isEmpty();
        assertThat(files(parts).keySet()).containsExactly("part-00000.parquet");
    }

    @Test
    void parquet_holdsTheFilesBytes() throws IOException {
        run("id,prompt,note\na,one,x\nb,two,\n");
        Map<String, byte[]> alone = files(out().resolve("images"));
        run("id,prompt,note\na,one,x\nb,two,\n", it -> packed(it, Packing.PARQUET, 10));
        assertThat(opened).isEqualTo(1);
        @SuppressWarnings("rawtypes")
        List<Map> rows =
                new CarpetReader<>(out().resolve("parts/part-00000.parquet").toFile(), Map.class).toList();
        assertThat(rows).hasSize(2);
        for (Map<?, ?> row : rows) {
            String id = String.valueOf(row.get("id"));
            byte[] bytes = row.get("image") instanceof org.apache.parquet.io.api.Binary binary
                    ? binary.getBytes()
                    : (byte[]) row.get("image");
            assertThat(bytes).isEqualTo(alone.get(BatchFolder.place(id, "png").substring(7)));
            assertThat(row.get("media_type")).isEqualTo("image/png");
            assertThat(String.valueOf(row.get("settings"))).startsWith("{");
            assertThat(row.get("width")).isEqualTo(64);
        }
    }
}
