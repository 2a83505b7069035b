package io.bottleneck4j.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What outlives the server. */
class JobStoreTest {
    @TempDir
    Path data;

    private static JobRecord made(String id, String client, long at, @Nullable String key) {
        JobRecord waiting = JobQueueTest.record(id, client);
        JobRecord.Outcome outcome = new JobRecord.Outcome(
                List.of("0.png"),
                List.of("7"),
                "image/png",
                0.5,
                null,
                Map.of("stage_1", 0.25),
                500,
                32,
                8,
                List.of(),
                1000);
        return new JobRecord(
                id,
                waiting.kind(),
                client,
                "tiny",
                true,
                JobStatus.COMPLETED,
                at,
                at + 1,
                at + 2,
                waiting.fields(),
                waiting.outline(),
                outcome,
                null,
                key,
                "f",
                1);
    }

    private static void seal(JobStore store, JobRecord record) throws IOException {
        Files.createDirectory(store.folder(record.id()));
        Files.writeString(store.folder(record.id()).resolve("0.png"), "pixels");
        store.seal(record);
        store.put(record);
    }

    private void fillAndCheck(JobStore store) {
        store.put(made("j1", "alice", 1000, "k"));
        store.put(made("j2", "alice", 2000, null));
        store.put(made("j3", "alice", 2000, null));
        store.put(made("j4", "bob", 3000, "k"));
        store.put(JobQueueTest.record("j5", "bob"));
        JobRecord third = store.find("j3", "alice").orElseThrow();

        assertThat(third).isEqualTo(made("j3", "alice", 2000, null));
        assertThat(store.find("j1", "bob")).isEmpty();
        assertThat(store.ofKey("bob", "k").orElseThrow().id()).isEqualTo("j4");
        assertThat(store.list("alice", false, null, 2))
                .extracting(JobRecord::id)
                .containsExactly("j3", "j2");
        assertThat(store.list("alice", false, store.find("j2", "alice").orElseThrow(), 5))
                .extracting(JobRecord::id)
                .containsExactly("j1");
        assertThat(store.list("alice", true, null, 5)).isEmpty();
        assertThat(store.unfinished()).extracting(JobRecord::id).containsExactly("j5");
        assertThat(store.expired(1500, 0)).extracting(JobRecord::id).containsExactly("j1");
        assertThat(store.expired(0, 2000)).extracting(JobRecord::id).containsExactly("j1", "j2");
    }

    @Test
    void sqlite_storedJobs_areFound() {
        try (JobStore store = new JobStore(data, null)) {
            fillAndCheck(store);
        }
    }

    @Test
    @Tag("slow")
    void postgres_storedJobs_areFoundAndBelongToOneServer() throws IOException {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            String url = postgres.getJdbcUrl("postgres", "postgres");
            try (JobStore store = new JobStore(data.resolve("a"), url)) {
                fillAndCheck(store);
                assertThatThrownBy(() -> new JobStore(data.resolve("b"), url))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("another server uses it");
            }
            try (JobStore again = new JobStore(data.resolve("a"), url)) {
                assertThat(again.list("alice", false, null, 5)).hasSize(3);
            }
        }
    }

    @Test
    void open_folderOfAnotherServer_isRefused() {
        try (JobStore store = new JobStore(data, null)) {
            assertThat(store.unfinished()).isEmpty();
            assertThatThrownBy(() -> new JobStore(data, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("in use by another server");
        }
    }

    @Test
    void open_damagedDatabase_isMadeAgainOfTheFolders() throws IOException {
        JobRecord picture = made("j1", "alice", 1000, "k");
        try (JobStore store = new JobStore(data, null)) {
            seal(store, picture);
        }
        byte[] garbage = new byte[20_000];
        java.util.Arrays.fill(garbage, (byte) 'x');
        Files.write(data.resolve("jobs.db"), garbage);

        try (JobStore store = new JobStore(data, null)) {
            assertThat(store.find("j1", "alice")).contains(picture);
        }
        try (var files = Files.list(data)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.startsWith("jobs.db.damaged-"));
        }
    }

    @Test
    void open_rowsThatWereChanged_areMendedByTheFolders() throws IOException {
        try (JobStore store = new JobStore(data, null)) {
            seal(store, made("j1", "alice", 1000, "k"));
            seal(store, made("j2", "alice", 2000, null));
            store.put(JobQueueTest.record("j2", "alice")); // as after a lost piece of the log
            store.put(made("j3", "alice", 3000, null)); // of no folder, in whose row a word changes
        }
        byte[] file = Files.readAllBytes(data.resolve("jobs.db"));
        String text = new String(file, StandardCharsets.ISO_8859_1).replace("\"id\":\"j3\"", "\"id\"_\"j3\"");
        assertThat(text).contains("\"id\"_\"j3\"");
        Files.write(data.resolve("jobs.db"), text.getBytes(StandardCharsets.ISO_8859_1));

        try (JobStore store = new JobStore(data, null)) {
            assertThat(store.list("alice", false, null, 5))
                    .containsExactly(made("j2", "alice", 2000, null), made("j1", "alice", 1000, "k"));
        }
    }

    @Test
    void open_keyThatWasUsedAgain_staysWithTheLaterJob() throws IOException {
        try (JobStore store = new JobStore(data, null)) {
            seal(store, made("j1", "alice", 1000, "k"));
            store.put(made("j1", "alice", 1000, null)); // its folder says otherwise
            seal(store, made("j2", "alice", 2000, "k"));
        }

        try (JobStore store = new JobStore(data, null)) {
            assertThat(store.ofKey("alice", "k").orElseThrow().id()).isEqualTo("j2");
            assertThat(store.list("alice", false, null, 5))
                    .extracting(JobRecord::id)
                    .containsExactly("j2", "j1");
        }
    }

    @Test
    void open_folderWithoutRow_isTakenInIfWhole() throws IOException {
        try (JobStore store = new JobStore(data, null)) {
            seal(store, made("j1", "alice", 1000, "k"));
            Files.createDirectory(store.folder("half"));
            Files.writeString(store.folder("half").resolve("image"), "of an order that was never accepted");
        }
        Files.delete(data.resolve("jobs.db"));

        try (JobStore store = new JobStore(data, null)) {
            assertThat(store.find("j1", "alice")).isPresent();
            assertThat(store.folder("half")).doesNotExist();
        }
    }

    @Test
    void delete_job_removesItsFiles() throws IOException {
        try (JobStore store = new JobStore(data, null)) {
            seal(store, made("j1", "alice", 1000, "k"));

            store.delete("j1");

            assertThat(store.find("j1", "alice")).isEmpty();
            assertThat(store.folder("j1")).doesNotExist();
        }
    }

    @Test
    void open_noDatabaseThere_saysSo() {
        assertThatThrownBy(() -> new JobStore(data, "jdbc:postgresql://127.0.0.1:1/none?user=u&connectTimeout=1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("database: cannot be opened:");
    }
}
