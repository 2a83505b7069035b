package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.vae.NonFinitePictureException;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many jobs, one after the other: what is kept, what is left, and who is told. */
class JobLoopTest {
    private static Pipeline tiny;

    @TempDir
    private Path temp;

    @BeforeAll
    static void open() {
        tiny = Tiny.pipeline(Tiny.PICTURES, Residency.KEEP);
    }

    @AfterAll
    static void close() {
        tiny.close();
    }

    private Job job(long seed) {
        return new Job(Tiny.request(tiny.model(), seed), temp.resolve(seed + ".png"));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void afterAFailure_itGoesOn_whereThatIsWanted_andTellsWhichJobFailed() throws IOException {
        Job lost =
                new Job(Tiny.request(tiny.model(), 2), temp.resolve("missing").resolve("2.png"));
        List<Job> jobs = List.of(job(1), lost, job(3));
        List<String> failed = new ArrayList<>();
        new JobLoop(tiny)
                .onFailure((job, failure) -> {
                    failed.add(job.output().getFileName() + ": " + failure.getMessage());
                    return true;
                })
                .run(jobs);
        assertThat(failed).hasSize(1).first().asString().startsWith("2.png: ").contains("missing");
        assertThat(files()).containsExactly("1.png", "3.png");
        Files.delete(temp.resolve("1.png"));
        Files.delete(temp.resolve("3.png"));
        assertThatThrownBy(() -> new JobLoop(tiny)
                        .onFailure((job, failure) -> {
                            throw new IOException("enough of " + job.output().getFileName());
                        })
                        .run(jobs))
                .hasMessage("enough of 2.png");
        assertThatThrownBy(() ->
                        new JobLoop(tiny).onFailure((job, failure) -> false).run(jobs))
                .hasMessageContaining("missing");
        assertThat(files()).containsExactly("1.png");
    }

    /** Notes what it is told. */
    private static class Notes implements JobListener {
        final List<String> events = new ArrayList<>();
        final List<Timings> took = new ArrayList<>();

        @Override
        public void begin(Job job, int index) throws IOException {
            events.add("begin " + index + " " + job.output().getFileName());
        }

        @Override
        public void onStage(Position first) {
            events.add("stage " + first.stage());
        }

        @Override
        public void onStep(Step step) {
            events.add("step " + step.at().stepsBefore());
        }

        @Override
        public void made(Job job, Timings seconds) throws IOException {
            assertThat(job.output()).exists();
            events.add("made " + job.output().getFileName());
            took.add(seconds);
        }

        @Override
        public void warning(String text) {
            events.add("warning " + text);
        }
    }

    /** 34 prompts of two seeds each, in one step. */
    private List<Job> manyJobs(Model model) {
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < 34; i++) {
            Request request = model.request("prompt " + i)
                    .plan(model.planner().baseline(Planner.Size.of(16, 16), OptionalInt.of(1), OptionalDouble.empty()))
                    .maxSequenceLength(16)
                    .build();
            jobs.add(new Job(request, temp.resolve(2 * i + ".png")));
            jobs.add(new Job(request.withSeed(1), temp.resolve(2 * i + 1 + ".png")));
        }
        return jobs;
    }

    @Tag("slow")
    @Test
    void run_ofManyPrompts_encodesThirtyTwoAtOnce() throws IOException {
        List<Double> encoding = new ArrayList<>();
        new JobLoop(tiny)
                .listener(new JobListener() {
                    @Override
                    public void begin(Job job, int index) {
                        encoding.add(tiny.timings().seconds(Timings.Phase.ENCODE));
                    }
                })
                .run(manyJobs(tiny.model()));

        assertThat(encoding).hasSize(68);
        assertThat(encoding.subList(0, 64)).containsOnly(encoding.get(0));
        assertThat(encoding.subList(64, 68)).containsOnly(encoding.get(64));
        assertThat(encoding.get(64)).isGreaterThan(encoding.get(0));
    }

    /** The encoders' weights are gone when the first job begins: 64 jobs need no more, and the next prompt does. */
    @Tag("slow")
    @Test
    void run_ofManyPrompts_freesTheEncodersBeforeDenoising() throws IOException {
        TinyFolder folder = TinyFolder.copy(Tiny.PICTURES, temp.resolve("model"));
        Notes notes = new Notes() {
            @Override
            public void begin(Job job, int index) {
                if (index == 0) {
                    folder.delete("text_encoder_2/model.safetensors");
                }
            }
        };
        try (Pipeline pipeline = Tiny.pipeline(folder.path(), Residency.RELEASE_TEXT_ENCODERS)) {
            List<Job> jobs = manyJobs(pipeline.model());
            assertThatThrownBy(() -> new JobLoop(pipeline).listener(notes).run(jobs))
                    .isInstanceOf(FolderException.class)
                    .hasMessageContaining("text_encoder_2: holds no weights");
        }
        assertThat(notes.took).hasSize(64);
        assertThat(temp.resolve("63.png")).exists();
        assertThat(temp.resolve("64.png")).doesNotExist();
    }

    @Test
    void run_ofRequestsThatDifferInMoreThanThePrompt_encodesEach() throws IOException {
        Request plain = Tiny.request(tiny.model(), 1).toBuilder()
                .prompt("a red fox on a hill")
                .build();
        List<Request> requests = List.of(
                plain,
                plain.toBuilder().maxSequenceLength(8).build(),
                plain.toBuilder().trueCfgScale(3).negativePrompt("grey").build(),
                plain.toBuilder().trueCfgScale(3).negativePrompt("blurry").build());
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            jobs.add(new Job(requests.get(i), temp.resolve(i + ".png")));
        }
        new JobLoop(tiny).run(jobs);
        for (Job job : jobs) {
            Path alone = temp.resolve("alone.png");
            tiny.generate(job.request()).write(alone);
            assertThat(job.output()).hasSameBinaryContentAs(alone);
        }
        assertThat(jobs.get(0).output()).isNotEmptyFile();
        assertThat(Files.mismatch(jobs.get(2).output(), jobs.get(3).output())).isNotEqualTo(-1);
    }

    @Test
    void run_tellsAllListenersInOrder() throws IOException {
        Notes first = new Notes();
        Notes second = new Notes();
        List<Job> jobs = List.of(job(1), job(2));
        new JobLoop(tiny).listener(first).listener(second).run(jobs);
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            wanted.add("begin " + i + " " + (i + 1) + ".png");
            for (int stage = 0; stage < 3; stage++) {
                wanted.add("stage " + stage);
                wanted.add("step " + 2 * stage);
                wanted.add("step " + (2 * stage + 1));
            }
            wanted.add("made " + (i + 1) + ".png");
        }
        assertThat(first.events).isEqualTo(wanted);
        assertThat(second.events).isEqualTo(wanted);
        assertThat(files()).as("no latents stay").containsExactly("1.png", "2.png");
        assertThat(Settings.of(jobs.get(0).request(), tiny.origin())
                        .made(jobs.get(0).output()))
                .isTrue();
    }

    @Test
    void run_ofPromptsThatAreCut_warnsOnceOfEach() throws IOException {
        Notes notes = new Notes();
        Request request = Tiny.request(tiny.model(), 1).toBuilder()
                .prompt("a red fox on a blue background in the snow")
                .maxSequenceLength(3)
                .trueCfgScale(2)
                .negativePrompt("blurry and grey and dark")
                .build();
        Request other =
                request.toBuilder().prompt("a second one which is longer too").build();
        new JobLoop(tiny)
                .listener(notes)
                .run(List.of(
                        new Job(request, temp.resolve("1.png")),
                        new Job(other, temp.resolve("2.png")),
                        new Job(request.withSeed(2), temp.resolve("3.png"))));
        assertThat(notes.events.stream().filter(event -> event.startsWith("warning")))
                .hasSize(3)
                .allMatch(event -> event.endsWith("; the rest is ignored"))
                .anyMatch(event ->
                        event.startsWith("warning prompt \"a red fox on a blue background in the snow\": T5 read"
                                        .substring(0, 49))
                                && event.contains("T5 read 3 of the prompt's"))
                .anyMatch(event -> event.startsWith("warning prompt \"a second one which is longer too\": T5 read 3"))
                .anyMatch(event -> event.startsWith("warning negative prompt \"blurry and grey and dark\": T5 read 3"));
    }

    @Test
    void run_skipMade_passesOverWhatIsThere() throws IOException {
        List<Job> jobs = List.of(job(1), job(2), job(3));
        new JobLoop(tiny).run(jobs.subList(0, 2));
        byte[] two = Files.readAllBytes(jobs.get(1).output());
        Files.write(jobs.get(1).output(), "half a picture".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Notes notes = new Notes();
        new JobLoop(tiny).listener(notes).skipMade().run(jobs);
        assertThat(notes.events).contains("made 2.png", "made 3.png").doesNotContain("made 1.png");
        assertThat(jobs.get(1).output()).hasBinaryContent(two);
        Notes again = new Notes();
        new JobLoop(tiny).listener(again).skipMade().run(jobs);
        assertThat(again.events).isEmpty();
        new JobLoop(tiny).listener(again).run(jobs.subList(0, 1));
        assertThat(again.events).as("without it all are made").contains("made 1.png");
    }

    @Test
    void run_warmUp_changesNoBits() throws IOException {
        try (Pipeline cold = Tiny.pipeline(Tiny.PICTURES, Residency.SEQUENCE)) {
            Notes notes = new Notes();
            Job warm = new Job(Tiny.request(cold.model(), 1), temp.resolve("warm.png"));
            new JobLoop(cold).warmUp().listener(notes).run(List.of(warm));
            assertThat(notes.events.stream().filter(event -> event.startsWith("step")))
                    .as("the warm-up is not told")
                    .hasSize(warm.request().forwards());
            new JobLoop(tiny).run(List.of(job(1)));
            assertThat(warm.output()).hasSameBinaryContentAs(temp.resolve("1.png"));
        }
    }

    @Test
    void run_wantedLatents_stay() throws IOException {
        Path latents = temp.resolve("l.safetensors");
        Job job = new Job("", Tiny.request(tiny.model(), 1), temp.resolve("1.png"), latents);
        new JobLoop(tiny).run(List.of(job));
        assertThat(files()).containsExactly("1.png", "l.safetensors");
        LatentsFile file = LatentsFile.read(latents, 4, Model.Kind.PICTURE);
        assertThat(file.latents()).isEqualTo(tiny.generate(job.request()).latents());
        assertThat(Settings.of(file.texts())).isEqualTo(Settings.of(job.request(), tiny.origin()));
    }

    @Test
    void run_wantedLatentsThatCannotBeWritten_areKeptBesideThePicture() throws IOException {
        Path missing = temp.resolve("missing").resolve("l.safetensors");
        Job job = new Job("", Tiny.request(tiny.model(), 1), temp.resolve("1.png"), missing);
        assertThatThrownBy(() -> new JobLoop(tiny).run(List.of(job)))
                .isInstanceOfSatisfying(KeptLatentsException.class, kept -> {
                    assertThat(kept.failure()).isInstanceOf(IOException.class);
                    assertThat(kept.latents()).isEqualTo(temp.resolve("1.latents.safetensors"));
                });
        assertThat(files()).containsExactly("1.latents.safetensors");
    }

    @Test
    void run_whereDecodingFails_keepsTheLatentsOfThatJob() throws IOException {
        TinyFolder broken = TinyFolder.copy(Tiny.PICTURES, temp.resolve("model"))
                .poke("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias", Float.NaN);
        Path taken = Files.createFile(temp.resolve("1.latents.safetensors"));
        try (Pipeline pipeline = Tiny.pipeline(broken.path(), Residency.KEEP)) {
            Notes notes = new Notes();
            Job job = new Job(Tiny.request(pipeline.model(), 1), temp.resolve("1.png"));
            assertThatThrownBy(() -> new JobLoop(pipeline).listener(notes).run(List.of(job, job)))
                    .isInstanceOfSatisfying(KeptLatentsException.class, kept -> {
                        assertThat(kept.failure()).isInstanceOf(NonFinitePictureException.class);
                        assertThat(kept.output()).isEqualTo(job.output());
                        assertThat(kept.latents()).isEqualTo(temp.resolve("1.latents-1.safetensors"));
                        assertThat(kept).hasMessageEndingWith("; the denoised latents are kept in " + kept.latents());
                        LatentsFile file = LatentsFile.read(kept.latents(), 4, Model.Kind.PICTURE);
                        Result expected = tiny.generate(Tiny.request(tiny.model(), 1));
                        assertThat(file.latents()).isEqualTo(expected.latents());
                        assertThat(tiny.still(file.latents()).rgb())
                                .isEqualTo(expected.picture().rgb());
                    });
            assertThat(notes.events)
                    .as("the second is not begun")
                    .contains("begin 0 1.png")
                    .doesNotContain("begin 1 1.png");
        }
        assertThat(taken).as("of an earlier failure").isEmptyFile();
        assertThat(files()).containsExactly("1.latents-1.safetensors", "1.latents.safetensors", "model");
    }

    @ParameterizedTest
    @CsvSource({"0, after step 1 of 6", "2, after step 3 of 6", "5, before decoding"})
    void run_cancelledAtAStep_leavesNothing(int step, String reached) throws IOException {
        Cancellation cancellation = new Cancellation();
        Notes notes = new Notes() {
            @Override
            public void onStep(Step at) {
                super.onStep(at);
                if (events.contains("made 1.png") && at.at().stepsBefore() == step) {
                    cancellation.request();
                }
            }
        };
        assertThatThrownBy(() -> new JobLoop(tiny)
                        .listener(notes)
                        .cancellation(cancellation)
                        .run(List.of(job(1), job(2))))
                .isInstanceOf(CancellationException.class)
                .hasMessage("cancelled " + reached);
        assertThat(notes.events).endsWith("step " + step);
        assertThat(files()).containsExactly("1.png");
    }

    @Test
    void run_ofVideosCancelledWhileFramesAreWritten_leavesNothing() throws IOException {
        try (Pipeline videos = Tiny.pipeline(Tiny.VIDEOS, Residency.KEEP)) {
            Cancellation cancellation = new Cancellation();
            Path file = temp.resolve("v.gif");
            OutputFile output = OutputFile.of(file, Model.Kind.VIDEO);
            Result video = videos.generate(Tiny.request(videos.model(), 1));
            assertThatThrownBy(() -> output.write(
                            video.settings().texts(),
                            24,
                            sink -> videos.decode(
                                    video.latents(),
                                    0,
                                    frame -> {
                                        sink.accept(frame);
                                        cancellation.request();
                                    },
                                    cancellation),
                            cancellation))
                    .isInstanceOf(CancellationException.class);
            assertThat(files()).isEmpty();

            Job job = new Job(video.request(), file);
            new JobLoop(videos).run(List.of(job));
            assertThat(files()).containsExactly("v.gif", "v.json");
            assertThat(video.settings().made(file)).isTrue();
        }
    }

    @Test
    void run_cancelledByAThrowingListener_leavesNothing() throws IOException {
        Notes notes = new Notes() {
            @Override
            public void onStep(Step step) {
                throw new CancellationException("enough");
            }
        };
        assertThatThrownBy(() -> new JobLoop(tiny).listener(notes).run(List.of(job(1))))
                .isInstanceOf(CancellationException.class)
                .hasMessage("enough");
        assertThat(files()).isEmpty();
    }

    @Test
    void run_cancelledBefore_makesNothing() throws IOException {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        assertThatThrownBy(() -> new JobLoop(tiny).cancellation(cancellation).run(List.of(job(1))))
                .isInstanceOf(CancellationException.class)
                .hasMessage("cancelled before any picture was made");
        assertThat(files()).isEmpty();
    }

    @Test
    void run_whereAListenerCannotKeepWhatWasMade_ends() throws IOException {
        Notes notes = new Notes() {
            @Override
            public void made(Job job, Timings seconds) throws IOException {
                super.made(job, seconds);
                throw new IOException("no space left");
            }
        };
        assertThatThrownBy(() -> new JobLoop(tiny).listener(notes).run(List.of(job(1), job(2))))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("no space left");
        assertThat(notes.events).contains("made 1.png").doesNotContain("begin 1 2.png");
        assertThat(files()).containsExactly("1.png");
    }

    @Test
    void run_previewsAndOtherWorkOfListeners_countAsNothing() throws IOException {
        Notes notes = new Notes() {
            @Override
            public void onStep(Step step) {
                tiny.still(step.clean());
                pause(300);
            }
        };
        double decoding = tiny.timings().seconds(Timings.Phase.DECODE);
        new JobLoop(tiny).listener(notes).run(List.of(job(1)));
        Timings took = notes.took.get(0);
        assertThat(took.seconds()).isLessThan(1.8); // of six pauses
        assertThat(took.seconds(Timings.Phase.DENOISE)).isPositive();
        assertThat(took.seconds(Timings.Phase.DECODE))
                .isPositive()
                .isEqualTo(
                        tiny.timings().seconds(Timings.Phase.DECODE) - decoding,
                        org.assertj.core.data.Offset.offset(1e-9));
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
