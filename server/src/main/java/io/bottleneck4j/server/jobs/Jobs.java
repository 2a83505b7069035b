package io.bottleneck4j.server.jobs;

import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.server.settings.ServedModel;
import io.bottleneck4j.server.settings.ServerSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import tools.jackson.core.JacksonException;

/**
 * All jobs of a server: takes orders, lets them wait their turn, has workers make them, and remembers what came of them.
 *
 * <p>An order is checked whole before it is accepted, so that what waits can be made. It is stored before it waits. One worker a device
 * takes jobs in turn; see {@link JobQueue} for whose.
 */
public final class Jobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MOST_ATTEMPTS = 2;
    private static final int KEY_LENGTH = 255;

    private final ServerSettings settings;
    private final JobStore store;
    private final JobQueue queue;
    private final List<Worker> workers = new ArrayList<>();
    private final Map<String, ServerJob> live = new ConcurrentHashMap<>();
    private final Map<String, JobRecord> unstored = new ConcurrentHashMap<>(); // how jobs ended while the disk was full
    private final ScheduledExecutorService clock;
    private final ScheduledFuture<?> expiry;
    private final JobMeters meters;
    private final Object accepting = new Object();
    private volatile boolean closing;
    private volatile double usualSeconds = 1;

    /** Opens the store, takes up what the server before left, and starts the workers. */
    public Jobs(ServerSettings settings, JobStore store, MeterRegistry registry) {
        this.settings = settings;
        this.store = store;
        queue = new JobQueue(settings.queue());
        meters = new JobMeters(registry);
        Gauge.builder("bottleneck4j.queue", queue, JobQueue::size)
                .description("Jobs that wait")
                .register(registry);
        clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "jobs-clock");
            thread.setDaemon(true);
            return thread;
        });
        recover();
        long expiring = Math.max(1, Math.min(600, settings.keep().toSeconds() / 10));
        expiry = clock.scheduleWithFixedDelay(this::expire, 1, expiring, TimeUnit.SECONDS);
        for (int i = 0; i < settings.workers(); i++) {
            Worker worker = new Worker(i, this, queue, store);
            workers.add(worker);
            worker.start();
        }
    }

    public ServerSettings settings() {
        return settings;
    }

    /**
     * An accepted order.
     *
     * @param job null if it has ended, as one that was asked for before under the same key
     */
    public record Accepted(JobRecord record, @Nullable ServerJob job) {}

    /**
     * Takes an order.
     *
     * @param awaited whether the client waits for it, and so {@linkplain #leave leaves} it; if not, it outlives a restart
     * @param key against making it twice; null for none
     * @throws ApiException if it cannot be made, or too many wait
     */
    public Accepted accept(Order order, Inputs inputs, String client, boolean awaited, @Nullable String key) {
        requireOpen();
        if (key != null && (key.isEmpty() || key.length() > KEY_LENGTH)) {
            throw ApiException.request(
                    400,
                    "Idempotency-Key",
                    "invalid_value",
                    "Idempotency-Key: must have 1 to " + KEY_LENGTH + " characters");
        }
        String fingerprint = inputs.fingerprint(order);
        if (key != null) {
            store.ofKey(client, key).ifPresent(this::awaitStopped);
        }
        Accepted before = key == null ? null : again(client, key, fingerprint, awaited);
        if (before != null) {
            return before;
        }
        if (queue.isFull()) {
            throw full();
        }
        Request request;
        try {
            request = inputs.request(order, settings.pixels());
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            throw ApiException.of(e, null);
        }
        order.warnings().addAll(request.plan().notes());
        order.warnings().addAll(request.model().planner().warnings(request.plan()));
        synchronized (accepting) { // one at a time: the same key twice, and the last place in the queue
            before = key == null ? null : again(client, key, fingerprint, awaited);
            if (before != null) {
                return before;
            }
            requireOpen();
            if (queue.isFull()) {
                throw full();
            }
            return store(order, JobRecord.Outline.of(request, order), inputs, client, awaited, key, fingerprint);
        }
    }

    private void requireOpen() {
        if (closing) {
            throw shuttingDown();
        }
    }

    private static ApiException shuttingDown() {
        return ApiException.server(503, "shutting_down", "the server is going down; ask again in a minute", null);
    }

    private ApiException full() {
        meters.rejected();
        double seconds = usualSeconds * (queue.size() + 1) / workers.size();
        return ApiException.busy(
                "queue_full",
                "queue: " + queue.size() + " jobs wait already; ask again later",
                Duration.ofSeconds(Math.max(1, Math.min(3600, Math.round(seconds)))));
    }

    private Accepted store(
            Order order,
            JobRecord.Outline outline,
            Inputs inputs,
            String client,
            boolean awaited,
            @Nullable String key,
            String fingerprint) {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        String id = (order.kind() == Order.Kind.VIDEO ? "video_" : "img_")
                + HexFormat.of().formatHex(random);
        JobRecord record = new JobRecord(
                id,
                order.kind(),
                client,
                order.model().name(),
                awaited,
                JobStatus.QUEUED,
                System.currentTimeMillis(),
                null,
                null,
                order.fields().json(),
                outline,
                null,
                null,
                key,
                fingerprint,
                0);
        try {
            Files.createDirectory(store.folder(id));
            inputs.write(store.folder(id));
            if (!awaited) {
                store.seal(record);
            }
            store.put(record);
        } catch (IOException | DataAccessException e) {
            try {
                store.discard(id);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            LOG.error("{} cannot be stored: {}", id, e.getMessage());
            throw ApiException.ofStore(e);
        }
        ServerJob job = new ServerJob(record, order);
        if (awaited) {
            job.join();
        }
        enqueue(job);
        return new Accepted(record, job);
    }

    /** The job of the same key; null if there is none, or it came to nothing. */
    private @Nullable Accepted again(String client, String key, String fingerprint, boolean awaited) {
        Optional<JobRecord> stored = store.ofKey(client, key);
        if (stored.isEmpty()) {
            return null;
        }
        JobRecord record = stored.get();
        if (!record.fingerprint().equals(fingerprint)) {
            throw ApiException.request(
                    422,
                    "Idempotency-Key",
                    "idempotency_key_reused",
                    "Idempotency-Key: was used for another request; take a new key for each");
        }
        ServerJob job = live.get(record.id());
        if (job != null && !job.record().status().isFinal()) {
            if (job.reason() != null) {
                throw ApiException.busy(
                        "job_is_stopping",
                        "Idempotency-Key: its job is being cancelled; ask again in a moment",
                        Duration.ofSeconds(1));
            }
            if (awaited) {
                job.join();
            }
            return new Accepted(job.record(), job);
        }
        JobRecord known = now(record);
        if (known.status() == JobStatus.COMPLETED) {
            return new Accepted(known, null);
        }
        freeKey(known); // it failed: it is made anew
        return null;
    }

    /** Beside the files first, from which the database is mended at the next start. */
    private void freeKey(JobRecord failed) {
        JobRecord free = failed.withoutKey();
        try {
            if (!failed.awaited()) {
                store.seal(free);
            }
            store.put(free);
        } catch (IOException | DataAccessException e) {
            LOG.error("{} cannot be stored: {}", failed.id(), e.getMessage());
            throw ApiException.ofStore(e);
        }
    }

    /** A client that waited has what it wanted, or is gone: if nobody else waits, the job stops. */
    public void leave(ServerJob job) {
        if (!job.leave()) {
            return;
        }
        if (job.record().status().isFinal()) {
            live.remove(job.id());
        } else if (!settings.finishesAbandoned()) {
            cancel(job, "the client left");
        }
    }

    private void cancel(ServerJob job, String why) {
        ApiException reason = ApiException.request(499, null, "cancelled", "cancelled: " + why);
        job.stop(reason);
        if (queue.remove(job)) {
            end(job, job.record().failed(System.currentTimeMillis(), JobStatus.CANCELLED, reason.body()));
        }
    }

    /** A client's job, as it is now. */
    public JobRecord find(String id, String client, boolean videos) {
        ServerJob job = live.get(id);
        JobRecord record = job != null && job.record().client().equals(client)
                ? job.record()
                : store.find(id, client).map(this::now).orElse(null);
        if (record == null || (record.kind() == Order.Kind.VIDEO) != videos) {
            throw ApiException.notFound("there is no " + (videos ? "video" : "image") + " " + Fields.shortened(id));
        }
        return record;
    }

    /** A stored job as it is now. */
    private JobRecord now(JobRecord stored) {
        ServerJob job = live.get(stored.id());
        return job == null ? unstored.getOrDefault(stored.id(), stored) : job.record();
    }

    /** A client's jobs, the newest first; one more than the limit if there are more. */
    public List<JobRecord> list(String client, boolean videos, @Nullable String after, int limit) {
        JobRecord last = after == null ? null : find(after, client, videos);
        return store.list(client, videos, last, limit + 1).stream()
                .map(this::now)
                .toList();
    }

    /** Part of a job that is done, from 0 to 1. */
    public double progress(String id) {
        ServerJob job = live.get(id);
        return job == null ? 0 : job.progress();
    }

    /** How many jobs are served before it; -1 if it does not wait. */
    public int position(String id) {
        ServerJob job = live.get(id);
        return job == null ? -1 : queue.position(job);
    }

    /** Stops a client's job; one that has ended stays as it is. */
    public JobRecord cancel(String id, String client, boolean videos) {
        JobRecord record = find(id, client, videos);
        ServerJob job = live.get(id);
        if (job == null || record.status().isFinal()) {
            return record;
        }
        cancel(job, "as the client asked");
        awaitStopped(record);
        return job.record();
    }

    /** Waits a little for a job that is being stopped, which it is at its next layer. */
    private void awaitStopped(JobRecord record) {
        ServerJob job = live.get(record.id());
        try {
            for (int i = 0;
                    i < 20
                            && job != null
                            && job.reason() != null
                            && !job.record().status().isFinal();
                    i++) {
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops a client's job if it runs, and forgets it with its files, at the latest when it has stopped. */
    public void delete(String id, String client, boolean videos) {
        JobRecord record = cancel(id, client, videos);
        ServerJob job = live.get(id);
        if (job != null && !record.status().isFinal()) {
            job.forgetAtEnd();
            if (!job.record().status().isFinal()) {
                return;
            }
        }
        forget(id);
    }

    private void forget(String id) {
        try {
            store.delete(id);
        } catch (IOException | DataAccessException e) {
            LOG.error("{} cannot be removed: {}", id, e.getMessage());
            throw ApiException.ofStore(e);
        }
        live.remove(id);
        unstored.remove(id);
    }

    /** The folder of a job's files. */
    public Path file(JobRecord record, int index) {
        JobRecord.Outcome result = record.result();
        if (result == null) {
            throw ApiException.notFound(
                    record.id() + ": has no file; it is " + record.status().word());
        }
        if (index < 0 || index >= result.files().size()) {
            throw ApiException.notFound(
                    "variant: must be from 0 to " + (result.files().size() - 1) + " for " + record.id());
        }
        return store.folder(record.id()).resolve(result.files().get(index));
    }

    /** A job runs: it is stopped when its time is over. */
    ScheduledFuture<?> watch(ServerJob job) {
        ApiException late = ApiException.server(
                504,
                "timeout",
                "timeout: it took longer than " + settings.timeout().toSeconds() + " s; ask for less",
                null);
        return clock.schedule(() -> job.stop(late), settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Stores how a job ended, and tells those who wait, whatever becomes of the storing. */
    void end(ServerJob job, JobRecord ended) {
        try {
            store(job, ended);
            meters.ended(job.record());
            log(job);
            JobRecord.Outcome result = job.record().result();
            if (result != null) {
                usualSeconds = 0.8 * usualSeconds + 0.2 * result.seconds();
            }
        } finally {
            job.tell(new JobEvent.Ended());
            if (!ended.awaited() || job.isAbandoned()) {
                live.remove(ended.id());
            }
        }
        if (job.isUnwanted()) {
            forget(ended.id());
        }
    }

    private void store(ServerJob job, JobRecord ended) {
        try {
            if (ended.status().isFinal()) {
                Inputs.discard(store.folder(ended.id()));
            }
            if (ended.status() == JobStatus.COMPLETED || !ended.awaited()) {
                store.seal(ended);
            }
            store.put(ended);
            if (ended.status() != JobStatus.COMPLETED && ended.awaited()) {
                removeEmpty(ended.id());
            }
            job.record(ended);
        } catch (IOException | RuntimeException e) { // of the database too
            LOG.error("{} cannot be stored: {}", ended.id(), e.getMessage());
            JobRecord known = ended.status() == JobStatus.COMPLETED
                    ? ended.failed(
                            System.currentTimeMillis(),
                            JobStatus.FAILED,
                            ApiException.ofStore(e).body())
                    : ended;
            unstored.put(ended.id(), known);
            job.record(known);
        }
    }

    /** Kept latents stay. */
    private void removeEmpty(String id) throws IOException {
        Path folder = store.folder(id);
        try (var files = Files.list(folder)) {
            if (files.findAny().isPresent()) {
                return;
            }
        }
        Files.delete(folder);
    }

    private void log(ServerJob job) {
        JobRecord record = job.record();
        long end = record.ended() == null ? record.created() : record.ended();
        long start = record.started() == null ? end : record.started();
        ApiException.Body error = record.error();
        LOG.info(
                "{} {} of {} for {}: {}, waited {} s, took {} s{}{}",
                record.id(),
                record.kind().event(),
                record.model(),
                record.client(),
                record.status().word(),
                (start - record.created()) / 1000.0,
                (end - start) / 1000.0,
                ", " + record.outline().plan() + " " + record.outline().width() + "x"
                        + record.outline().height(),
                error == null
                        ? ""
                        : ", " + (settings.logsPrompts() || error.status() >= 499 ? error.message() : error.code()));
        if (settings.logsPrompts()) {
            LOG.info("{} prompt: {}", record.id(), job.order().prompt());
        }
    }

    /** Takes up what the server before left: what nobody waits for any more is named, the rest waits again. */
    private void recover() {
        for (JobRecord record : store.unfinished()) {
            Order order = record.awaited() || record.attempts() >= MOST_ATTEMPTS ? null : order(record);
            if (order == null) {
                interrupted(record);
                continue;
            }
            JobRecord waiting = record.again();
            try {
                store.put(waiting);
            } catch (
                    DataAccessException
                            e) { // made all the same; should this server end too, it counts one attempt less
                LOG.error("{} cannot be stored: {}", record.id(), e.getMessage());
            }
            enqueue(new ServerJob(waiting, order));
            LOG.info("{} waits again after a restart", record.id());
        }
    }

    /** What was asked for; null if this server does not make it. */
    private @Nullable Order order(JobRecord record) {
        ServedModel model = settings.models().get(record.model());
        try {
            return model == null ? null : new Order(record.kind(), model, new Fields(record.fields()), settings);
        } catch (ApiException | JacksonException e) {
            LOG.warn("{} cannot be taken up: {}", record.id(), e.getMessage());
            return null;
        }
    }

    private void enqueue(ServerJob job) {
        live.put(job.id(), job);
        queue.add(job);
    }

    private void interrupted(JobRecord record) {
        ApiException why = ApiException.server(
                500,
                "interrupted",
                "interrupted: the server ended while this was "
                        + record.status().word() + "; ask again",
                null);
        JobRecord ended = record.failed(System.currentTimeMillis(), JobStatus.FAILED, why.body());
        try {
            if (record.awaited()) {
                store.discard(record.id());
            } else {
                store.seal(ended);
            }
            store.put(ended);
        } catch (IOException | DataAccessException e) {
            LOG.error("{} cannot be stored: {}", record.id(), e.getMessage());
            unstored.put(record.id(), ended);
        }
        LOG.warn("{} of {} was interrupted by the end of the server", record.id(), record.client());
    }

    /** Stores what could not be stored before. */
    private void storeAgain() {
        unstored.forEach((id, record) -> {
            try {
                if (!record.awaited()) {
                    store.seal(record);
                }
                store.put(record);
                unstored.remove(id);
            } catch (IOException | DataAccessException e) {
                LOG.warn("{} cannot be stored yet: {}", id, e.getMessage());
            }
        });
    }

    private void expire() {
        try {
            storeAgain();
            long before = System.currentTimeMillis() - settings.keep().toMillis();
            for (JobRecord old : store.expired(before, settings.keepBytes())) {
                store.delete(old.id());
                LOG.info("{} is removed, as the limits of what is kept say", old.id());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("old jobs cannot be removed: {}", e.getMessage());
        }
    }

    /**
     * Takes no more orders, lets what runs go on for a while, and ends. What waits is refused to clients that wait, and else made after the
     * next start.
     */
    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        for (ServerJob job : queue.close()) {
            if (job.record().awaited()) {
                end(
                        job,
                        job.record()
                                .failed(
                                        System.currentTimeMillis(),
                                        JobStatus.FAILED,
                                        shuttingDown().body()));
            } else {
                job.tell(new JobEvent.Ended());
            }
        }
        boolean ended = workers.stream().allMatch(worker -> worker.join(settings.drain()));
        if (!ended) {
            live.values().forEach(job -> job.stop(shuttingDown()));
            ended = workers.stream().allMatch(worker -> worker.join(Duration.ofSeconds(30)));
        }
        expiry.cancel(false);
        clock.shutdown();
        if (ended) {
            store.close();
        } else {
            LOG.warn("a job did not stop; it will be named as interrupted");
        }
    }
}
