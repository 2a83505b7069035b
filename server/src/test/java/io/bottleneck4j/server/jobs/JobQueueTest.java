package io.bottleneck4j.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.server.TinyServer;
import io.bottleneck4j.server.settings.ServerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/** Whose turn it is. */
class JobQueueTest {
    private static final ServerSettings SETTINGS =
            TinyServer.settings(Path.of("unused")).build();

    private final JobQueue queue = new JobQueue(5);

    static JobRecord record(String id, String client) {
        return new JobRecord(
                id,
                Order.Kind.GENERATION,
                client,
                "tiny",
                true,
                JobStatus.QUEUED,
                1000,
                null,
                null,
                JsonNodeFactory.instance.objectNode().put("prompt", "x"),
                new JobRecord.Outline("baseline", 32, 64, null, null, "7", 1),
                null,
                null,
                null,
                "f",
                0);
    }

    private ServerJob add(String id, String client) {
        JobRecord record = record(id, client);
        Order order = new Order(
                record.kind(),
                Objects.requireNonNull(SETTINGS.models().get("tiny")),
                new Fields(record.fields()),
                SETTINGS);
        ServerJob job = new ServerJob(record, order);
        queue.add(job);
        return job;
    }

    private List<String> drained() throws InterruptedException {
        List<String> ids = new ArrayList<>();
        while (queue.size() > 0) {
            ids.add(Objects.requireNonNull(queue.take()).id());
        }
        return ids;
    }

    @Test
    void take_ofSeveralClients_servesThemInTurn() throws InterruptedException {
        add("a1", "a");
        add("a2", "a");
        add("a3", "a");
        add("b1", "b");
        add("c1", "c");

        assertThat(queue.isFull()).isTrue();
        assertThat(drained()).containsExactly("a1", "b1", "c1", "a2", "a3");
    }

    @Test
    void position_ofEachJob_isItsPlaceWhenTaken() throws InterruptedException {
        List<ServerJob> jobs = List.of(add("a1", "a"), add("a2", "a"), add("b1", "b"), add("b2", "b"), add("a3", "a"));
        List<Integer> foretold = jobs.stream().map(queue::position).toList();

        List<String> taken = drained();

        assertThat(jobs.stream().map(job -> taken.indexOf(job.id())).toList()).isEqualTo(foretold);
        assertThat(queue.position(jobs.get(0))).isEqualTo(-1);
    }

    @Test
    void position_afterAClientWasServed_countsItsTurnAsOver() throws InterruptedException {
        add("a1", "a");
        ServerJob second = add("a2", "a");
        ServerJob other = add("b1", "b");

        queue.take();

        assertThat(queue.position(other)).isZero();
        assertThat(queue.position(second)).isEqualTo(1);
    }

    @Test
    void remove_ofAJobThatWaits_takesItOutOnce() throws InterruptedException {
        ServerJob first = add("a1", "a");
        add("a2", "a");

        assertThat(queue.remove(first)).isTrue();
        assertThat(queue.remove(first)).isFalse();
        assertThat(drained()).containsExactly("a2");
    }

    @Test
    void close_withJobsThatWait_returnsThemAndEndsTakers() throws InterruptedException {
        add("a1", "a");

        assertThat(queue.close()).extracting(ServerJob::id).containsExactly("a1");
        assertThat(queue.take()).isNull();
    }
}
