package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptStoreTest {
    private static final Path TINY = Path.of("..", "models", "src", "test", "resources", "golden", "folders", "tiny-a");

    @TempDir
    Path folder;

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void whatIsTaken_isWhatWasEncoded() throws IOException {
        Model model = Model.open(TINY);
        try (Pipeline pipeline = model.pipeline()) {
            Request request = model.request("fox ".repeat(100))
                    .negativePrompt("rain")
                    .trueCfgScale(2)
                    .maxSequenceLength(12)
                    .build();
            PromptStore store = new PromptStore(folder, 1 << 30);
            Prompts made = store.encode(pipeline, request, new Cancellation());
            double encoding = pipeline.timings().seconds(Timings.Phase.ENCODE);
            Prompts taken = store.encode(pipeline, request, new Cancellation());
            assertThat(pipeline.timings().seconds(Timings.Phase.ENCODE)).isEqualTo(encoding);
            assertSame(taken.positive(), made.positive());
            assertThat(made.positive().truncations()).isNotEmpty();
            assertThat(made.negative()).isNotNull();
            assertSame(Objects.requireNonNull(taken.negative()), Objects.requireNonNull(made.negative()));
            assertThat(files()).hasSize(1);
            store.encode(pipeline, request.toBuilder().maxSequenceLength(13).build(), new Cancellation());
            store.encode(pipeline, request.toBuilder().seed(5).build(), new Cancellation());
            store.encode(pipeline, request.toBuilder().trueCfgScale(1).build(), new Cancellation());
            assertThat(files()).hasSize(3);
        }
    }

    private static void assertSame(PromptEmbeds taken, PromptEmbeds made) {
        assertThat(taken.stateValues()).isEqualTo(made.stateValues());
        assertThat(taken.pooledValues()).isEqualTo(made.pooledValues());
        assertThat(taken.tokens()).isEqualTo(made.tokens());
        assertThat(taken.attended()).isEqualTo(made.attended());
        assertThat(taken.truncations()).isEqualTo(made.truncations());
    }

    @Test
    void theOldestGo_whereThereIsNoRoom_andDamagedOnesAreMadeAgain() throws IOException {
        Model model = Model.open(TINY);
        try (Pipeline pipeline = model.pipeline()) {
            new PromptStore(folder, 1 << 30).encode(pipeline, model.request("a").build(), new Cancellation());
            Path first = files().get(0);
            long each = Files.size(first);
            Files.setLastModifiedTime(first, FileTime.fromMillis(0));
            PromptStore small = new PromptStore(folder, each * 2 + each / 2);
            small.encode(pipeline, model.request("b").build(), new Cancellation());
            assertThat(first).exists();
            small.encode(pipeline, model.request("c").build(), new Cancellation());
            assertThat(first).doesNotExist();
            assertThat(files()).hasSize(2);

            Path damaged = files().get(0);
            byte[] bytes = Files.readAllBytes(damaged);
            Files.write(damaged, Arrays.copyOf(bytes, bytes.length / 2));
            for (String prompt : new String[] {"b", "c"}) {
                small.encode(pipeline, model.request(prompt).build(), new Cancellation());
            }
            assertThat(Files.size(damaged)).isEqualTo(bytes.length);
        }
    }

    @Test
    void aFolderThatCannotBe_isTold_once() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        PromptStore store = new PromptStore(file.resolve("below"), 1);
        Model model = Model.open(TINY);
        try (Pipeline pipeline = model.pipeline()) {
            assertThat(store.encode(pipeline, model.request("a").build(), new Cancellation())
                            .positive()
                            .tokens())
                    .isPositive();
        }
        assertThat(store.failure()).isNotNull();
        assertThat(store.failure()).isNull();
        assertThatThrownBy(() -> new PromptStore(folder, 0)).hasMessageContaining("must be above 0");
    }
}
