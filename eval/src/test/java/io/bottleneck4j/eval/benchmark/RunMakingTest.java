package io.bottleneck4j.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of GenEval, 2 prompts and 2 samples, made and checked; the pictures are grey. */
class RunMakingTest {
    @TempDir
    Path temp;

    private RunFolder folder = new RunFolder(Path.of(""));

    private RunMaking begin(Shard shard, long seed) throws IOException {
        folder = new RunFolder(temp.resolve("run"));
        PromptFiles prompts = Prompts.of(temp, "evaluation_metadata.jsonl", Prompts.GENEVAL);
        Layout layout = Layout.of(Benchmark.named("geneval"), prompts, 9, 2);
        return RunMaking.begin(folder, shard, layout, prompts, record(prompts, shard, seed));
    }

    private static RunRecord record(PromptFiles prompts, Shard shard, long seed) {
        return new RunRecord(
                new RunRecord.PromptSet(prompts.names(), prompts.sha256(), 2),
                "geneval",
                "emoji-flux",
                "x2",
                List.of("16x8, 20 of 20 steps"),
                20,
                1e9,
                false,
                16,
                8,
                1,
                "float32",
                Map.of(),
                2,
                seed,
                shard.count(),
                "cpu",
                "0.1.0");
    }

    private static void make(RunMaking making, Slot slot, int width) throws IOException {
        PngWriter.write(making.unfinished(slot), new Picture(width, 8, new byte[3 * width * 8]), Map.of());
        making.add(slot, 7 + slot.sample(), 1.5);
    }

    private void makeAll(Shard shard) throws IOException {
        RunMaking making = begin(shard, 7);
        for (Slot slot : making.missing()) {
            make(making, slot, 16);
        }
        making.close();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder.path())) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.path().relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private List<String> check() throws IOException {
        return RunCheck.of(folder).stream().map(String::valueOf).toList();
    }

    @Test
    void begin_toEnd_leavesExactlyWhatScriptsReadAndTheRecord() throws IOException {
        makeAll(Shard.WHOLE);
        assertThat(files())
                .containsExactly(
                        "images/00000/metadata.jsonl",
                        "images/00000/samples/0000.png",
                        "images/00000/samples/0001.png",
                        "images/00001/metadata.jsonl",
                        "images/00001/samples/0000.png",
                        "images/00001/samples/0001.png",
                        "pictures.csv",
                        "prompts.jsonl",
                        "run.json");
        assertThat(folder.path().resolve("prompts.jsonl")).hasContent(Prompts.GENEVAL);
        assertThat(folder.pictures().get(3))
                .isEqualTo(new RunPicture("00001/samples/0001.png", 1, 1, 8, "counting", "a photo of two foxes", 1.5));
        assertThat(check()).isEmpty();
    }

    /** A process of its own that holds the lock of a run until it is told to end. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
                channel.lock();
                System.out.println("held");
                System.in.read();
            }
        }
    }

    @Test
    void begin_whileAnotherProcessMakesIt_isRefused() throws Exception {
        begin(Shard.WHOLE, 7).close();
        Path work = Files.createDirectories(folder.path().resolve("making"));
        Path lock = Files.createFile(work.resolve("lock"));
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Holder.class.getName(),
                        lock.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("held");
            assertThatThrownBy(() -> begin(Shard.WHOLE, 7))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is being made by another process; wait until it ends");
        } finally {
            other.outputWriter().close();
            assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        RunMaking now = begin(Shard.WHOLE, 7);
        now.close();
        assertThat(work).doesNotExist();
    }

    @Test
    void begin_again_goesOnWithWhatIsMissingOrLost() throws IOException {
        RunMaking first = begin(Shard.WHOLE, 7);
        make(first, new Slot(0, 0), 16);
        make(first, new Slot(0, 1), 16);
        Files.delete(folder.images().resolve("00000/samples/0001.png"));

        RunMaking second = begin(Shard.WHOLE, 7);
        assertThat(second.lost()).extracting(String::valueOf).containsExactly("00000/samples/0001.png: is missing");
        assertThat(second.finished()).isEqualTo(1);
        assertThat(second.missing()).containsExactly(new Slot(0, 1), new Slot(1, 0), new Slot(1, 1));
        assertThat(folder.pictures()).hasSize(1);
    }

    @Test
    void begin_shards_makeTheWholeRun() throws IOException {
        makeAll(new Shard(2, 2));
        assertThat(check()).hasSize(2).allMatch(fault -> fault.contains("was not made: sample"));
        makeAll(new Shard(1, 2));
        assertThat(check()).isEmpty();
        assertThat(files())
                .contains("pictures-1-of-2.csv", "pictures-2-of-2.csv")
                .doesNotContain("pictures.csv");
    }

    @Test
    void begin_inAnotherRunsFolder_isRefusedWithTheDifference() throws IOException {
        begin(Shard.WHOLE, 7);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> begin(Shard.WHOLE, 8))
                .withMessageContaining("is a run with other settings")
                .withMessageContaining("seed: 7 and 8; repeat its settings, or name another folder");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> begin(new Shard(1, 2), 7))
                .withMessageContaining("shards: 1 and 2");
    }

    @Test
    void begin_amongOtherFiles_isRefused() throws IOException {
        Files.createDirectories(temp.resolve("run"));
        Files.writeString(temp.resolve("run/notes.txt"), "mine");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> begin(Shard.WHOLE, 7))
                .withMessageEndingWith("holds files and no run.json; name an empty folder or a new one");
    }

    private void faulty(Consumer<Path> harm, String... faults) throws IOException {
        makeAll(Shard.WHOLE);
        harm.accept(folder.path());
        assertThat(check()).containsExactly(faults);
    }

    private static Consumer<Path> write(String name, String text) {
        return run -> {
            try {
                Files.createDirectories(run.resolve(name).getParent());
                Files.writeString(run.resolve(name), text);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };
    }

    private static Consumer<Path> replace(String name, String from, String to) {
        return run -> {
            try {
                String text = Files.readString(run.resolve(name));
                assertThat(text).contains(from);
                Files.writeString(run.resolve(name), text.replace(from, to));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };
    }

    @Test
    void check_missingPicture_isNamed() throws IOException {
        faulty(
                run -> run.resolve("images/00001/samples/0000.png").toFile().delete(),
                "00001/samples/0000.png: is missing");
    }

    @Test
    void check_damagedPicture_isNamed() throws IOException {
        faulty(
                write("images/00001/samples/0000.png", "no picture"),
                "00001/samples/0000.png: must be a PNG file, but does not begin like one; give the PNG that holds the"
                        + " text");
    }

    @Test
    void check_wrongSize_isNamed() throws IOException {
        RunMaking making = begin(Shard.WHOLE, 7);
        for (Slot slot : making.missing()) {
            make(making, slot, slot.equals(new Slot(0, 1)) ? 24 : 16);
        }
        making.close();
        assertThat(check()).containsExactly("00000/samples/0001.png: is 24x8, not the run's 16x8");
    }

    @Test
    void check_metadata_isReadAsTheScriptDoes() throws IOException {
        faulty(write(
                "images/00000/metadata.jsonl",
                "{\"prompt\":\"a photo of a bench\",\"tag\":\"single_object\",\"include\":[{\"class\":\"bench\","
                        + "\"count\":1}]}"));
        write("images/00000/metadata.jsonl", Prompts.GENEVAL.lines().toList().get(1))
                .accept(folder.path());
        write("images/00001/metadata.jsonl", "{\"prompt\":").accept(folder.path());
        assertThat(check())
                .containsExactly(
                        "00000/metadata.jsonl: is not the line of its prompt",
                        "00001/metadata.jsonl: is cut off or is not JSON");
        Files.delete(folder.images().resolve("00001/metadata.jsonl"));
        assertThat(check()).contains("00001/metadata.jsonl: is missing");
    }

    @Test
    void check_strayFile_isNamed() throws IOException {
        faulty(
                write("images/00000/samples/0002.png", ""),
                "00000/samples/0002.png: does not belong to the run, and geneval's scripts may read it; move it");
    }

    @Test
    void check_tableThatDoesNotAgree_isNamed() throws IOException {
        faulty(
                replace("pictures.csv", "00001/samples/0001.png,1,1,8,counting", "00001/samples/0001.png,1,1,9,colors"),
                "00001/samples/0001.png: is listed with the category 'colors', not 'counting'",
                "00001/samples/0001.png: is listed with the seed '9', not '8'");
    }

    @Test
    void check_pictureThatNoTableLists_isNamed() throws IOException {
        faulty(
                replace("pictures.csv", "00001/samples/0001.png,1,1,8,counting,a photo of two foxes,1.5\n", ""),
                "00001/samples/0001.png: was not made: sample 1 of prompt 1",
                "00001/samples/0001.png: is there, and no table lists it; 'evaluate generate' makes it again");
    }

    @Test
    void check_damagedTable_isNamed() throws IOException {
        makeAll(Shard.WHOLE);
        replace("pictures.csv", "1.5\n", "x\n").accept(folder.path());
        assertThat(check()).singleElement().asString().startsWith("tables: ").contains("pictures.csv: row 2");
    }

    @Test
    void check_halfMadeRun_isNamed() throws IOException {
        RunMaking making = begin(Shard.WHOLE, 7);
        make(making, new Slot(0, 0), 16);
        assertThat(check())
                .containsExactly(
                        "00000/samples/0001.png: was not made: sample 1 of prompt 0",
                        "00001/samples/0000.png: was not made: sample 0 of prompt 1",
                        "00001/samples/0001.png: was not made: sample 1 of prompt 1",
                        "making: holds unfinished files of a run that is in progress or was interrupted; remove it if none is in progress");
    }

    @Test
    void check_otherPrompts_areRefused() throws IOException {
        makeAll(Shard.WHOLE);
        replace("prompts.jsonl", "bench", "chair").accept(folder.path());
        assertThatIllegalArgumentException()
                .isThrownBy(this::check)
                .withMessageContaining("its copy of evaluation_metadata.jsonl is not what the run was made of");
        Files.delete(folder.path().resolve("prompts.jsonl"));
        assertThatIllegalArgumentException()
                .isThrownBy(this::check)
                .withMessageEndingWith("has no copy of its prompts; put evaluation_metadata.jsonl there");
    }
}
