package io.bottleneck4j.server.jobs;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Jobs on disk: a folder a job with its files and {@code job.json}, and a database to find them by. The database is SQLite in the same
 * folder, or PostgreSQL.
 *
 * <p>A job is stored before it is acknowledged, and its files before it is said to be completed. So a process that is killed loses nothing
 * that a client was told. A SQLite database that is damaged is moved aside and made again of the folders.
 */
public final class JobStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobStore.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String RECORD = "job.json";
    private static final long ADVISORY = 0x626f74746c656e65L; // "bottlene"

    private static final List<String> SCHEMA = List.of(
            "CREATE TABLE IF NOT EXISTS bottleneck4j_jobs (id VARCHAR(64) PRIMARY KEY, client VARCHAR(64) NOT NULL,"
                    + " kind VARCHAR(16) NOT NULL, status VARCHAR(16) NOT NULL, created BIGINT NOT NULL, ended BIGINT,"
                    + " bytes BIGINT NOT NULL, idempotency_key VARCHAR(255), record TEXT NOT NULL)",
            "CREATE UNIQUE INDEX IF NOT EXISTS bottleneck4j_jobs_key ON bottleneck4j_jobs (client, idempotency_key)",
            "CREATE INDEX IF NOT EXISTS bottleneck4j_jobs_created ON bottleneck4j_jobs (client, created)");

    private final Path folder;
    private final FileChannel lock;
    private final HikariDataSource source;
    private final JdbcClient database;
    private @Nullable Connection owner;

    /**
     * Opens the store, and makes what is missing of it.
     *
     * @param data its folder
     * @param url of PostgreSQL; null for SQLite
     * @throws IllegalArgumentException if another server uses it, or the database cannot be reached
     */
    public JobStore(Path data, @Nullable String url) {
        folder = data.resolve("jobs");
        try {
            Files.createDirectories(folder);
            lock = FileChannel.open(data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!isMine(lock)) {
                lock.close();
                throw new IllegalArgumentException(
                        "data: " + data + " is in use by another server; name another folder with --data");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "data: " + data + " cannot be used: " + WholeFile.message(e) + "; name another with --data", e);
        }
        if (url == null) {
            Path file = data.resolve("jobs.db");
            if (Files.exists(file) && !isWhole(file)) {
                moveAside(file);
            }
            source = open("jdbc:sqlite:" + file + "?journal_mode=WAL&synchronous=FULL&busy_timeout=10000", 1);
        } else {
            source = open(url, 4);
        }
        database = JdbcClient.create(source);
        try {
            if (url != null) {
                own();
            }
            SCHEMA.forEach(statement -> database.sql(statement).update());
        } catch (SQLException | DataAccessException e) {
            source.close();
            throw new IllegalArgumentException("database: cannot be used: " + e.getMessage(), e);
        }
        reconcile();
    }

    private static boolean isMine(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another server of this process
        }
    }

    private static HikariDataSource open(String url, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        config.setPoolName("jobs");
        config.setConnectionTimeout(10_000);
        try {
            return new HikariDataSource(config);
        } catch (RuntimeException e) { // of the driver, wrapped
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalArgumentException("database: cannot be opened: " + cause.getMessage(), e);
        }
    }

    /** A database of PostgreSQL belongs to one server, which names the jobs that it finds unfinished. */
    private void own() throws SQLException {
        Connection connection = source.getConnection();
        try (Statement statement = connection.createStatement();
                ResultSet mine = statement.executeQuery("SELECT pg_try_advisory_lock(" + ADVISORY + ")")) {
            if (!mine.next() || !mine.getBoolean(1)) {
                throw new SQLException("another server uses it; give each a database or a schema of its own");
            }
        }
        owner = connection;
    }

    private static boolean isWhole(Path file) {
        try (HikariDataSource source = open("jdbc:sqlite:" + file, 1);
                Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("PRAGMA integrity_check")) {
            return found.next() && found.getString(1).equals("ok");
        } catch (SQLException | IllegalArgumentException e) {
            LOG.warn("{}: {}", file, e.getMessage());
            return false;
        }
    }

    private static void moveAside(Path file) {
        Path damaged = file.resolveSibling("jobs.db.damaged-" + System.currentTimeMillis());
        LOG.warn("{}: is damaged; it is kept as {} and made again of the jobs' folders", file, damaged);
        try {
            Files.move(file, damaged);
            for (String ending : List.of("-wal", "-shm")) {
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + ending));
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "data: " + file + " is damaged and cannot be moved: " + WholeFile.message(e), e);
        }
    }

    /**
     * Makes rows and folders agree. Where a folder says how its job ended, that holds, whatever stands in the database; a row that cannot be
     * read, or is of another job than it says, is dropped; a folder of an order that was never accepted is removed.
     */
    private void reconcile() {
        Map<String, String> rows = readable();
        int mended = 0;
        try (Stream<Path> jobs = Files.list(folder)) {
            for (Path job : jobs.toList()) {
                String id = String.valueOf(job.getFileName());
                JobRecord sealed = sealed(job);
                String row = rows.get(id);
                if (sealed != null
                        && (row == null
                                || (sealed.status().isFinal()
                                        && !JSON.writeValueAsString(sealed).equals(row)))) {
                    mended += putMended(sealed) ? 1 : 0;
                } else if (row == null && !Files.exists(job.resolve(RECORD))) {
                    discard(id); // one whose record cannot be read may hold pictures, and stays
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (mended > 0) {
            LOG.warn("{} jobs were otherwise in the database than in {}; it is mended", mended, folder);
        }
    }

    /** Records by job. Rows that cannot be read are dropped first: one may hold a key that a folder's job has. */
    private Map<String, String> readable() {
        Map<String, String> rows = new HashMap<>();
        database.sql("SELECT id, record FROM bottleneck4j_jobs")
                .query((RowCallbackHandler) row -> rows.put(row.getString(1), row.getString(2)));
        List<String> damaged = rows.entrySet().stream()
                .filter(row -> !isOf(row.getKey(), row.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        for (String id : damaged) {
            LOG.warn("{}: cannot be read in the database", id);
            rows.remove(id);
            try {
                drop(id);
            } catch (DataAccessException e) {
                LOG.error("{} cannot be dropped: {}", id, e.getMessage());
            }
        }
        return rows;
    }

    /** A key that another job has meanwhile is left to that one. */
    private boolean putMended(JobRecord record) {
        boolean isTaken = record.key() != null
                && ofKey(record.client(), record.key())
                        .filter(other -> !other.id().equals(record.id()))
                        .isPresent();
        try {
            put(isTaken ? record.withoutKey() : record);
            return true;
        } catch (DataAccessException e) { // as where the disk is full; the next start tries again
            LOG.error("{} cannot be stored: {}", record.id(), e.getMessage());
            return false;
        }
    }

    private static @Nullable JobRecord sealed(Path job) {
        Path file = job.resolve(RECORD);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return JSON.readValue(Files.readAllBytes(file), JobRecord.class);
        } catch (JacksonException | IOException e) {
            LOG.warn("{}: cannot be read: {}", file, e.getMessage());
            return null;
        }
    }

    private static boolean isOf(String id, String record) {
        try {
            JobRecord read = JSON.readValue(record, JobRecord.class);
            return read.id().equals(id) && (read.status() != JobStatus.COMPLETED || read.result() != null);
        } catch (JacksonException e) {
            return false;
        }
    }

    /** The folder of a job, which is there once the job is accepted. */
    public Path folder(String id) {
        return folder.resolve(id);
    }

    /** A job's files are complete: says so beside them, where it outlives the database. */
    void seal(JobRecord record) throws IOException {
        WholeFile.write(
                folder(record.id()).resolve(RECORD),
                JSON.writeValueAsString(record).getBytes(StandardCharsets.UTF_8));
    }

    /** Stores what is known of a job. */
    void put(JobRecord record) {
        database.sql(
                        "INSERT INTO bottleneck4j_jobs (id, client, kind, status, created, ended, bytes, idempotency_key, record)"
                                + " VALUES (:id, :client, :kind, :status, :created, :ended, :bytes, :key, :record)"
                                + " ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended = excluded.ended,"
                                + " bytes = excluded.bytes, idempotency_key = excluded.idempotency_key, record = excluded.record")
                .param("id", record.id())
                .param("client", record.client())
                .param("kind", record.kind().name())
                .param("status", record.status().name())
                .param("created", record.created())
                .param("ended", record.ended(), Types.BIGINT)
                .param("bytes", record.bytes())
                .param("key", record.key(), Types.VARCHAR)
                .param("record", JSON.writeValueAsString(record))
                .update();
    }

    /** A job of a client. */
    Optional<JobRecord> find(String id, String client) {
        return records("WHERE id = :id AND client = :client", Map.of("id", id, "client", client)).stream()
                .findFirst();
    }

    /** The job of a client's idempotency key. */
    Optional<JobRecord> ofKey(String client, String key) {
        return records("WHERE client = :client AND idempotency_key = :key", Map.of("client", client, "key", key))
                .stream()
                .findFirst();
    }

    /**
     * Jobs of a client, the newest first.
     *
     * @param videos whether videos, else pictures
     * @param after those older than this one; null for all
     */
    List<JobRecord> list(String client, boolean videos, @Nullable JobRecord after, int limit) {
        Map<String, Object> values = new HashMap<>(Map.of("client", client, "limit", limit));
        String older = "";
        if (after != null) {
            older = " AND (created < :created OR (created = :created AND id < :id))";
            values.put("created", after.created());
            values.put("id", after.id());
        }
        return records(
                "WHERE client = :client AND kind " + (videos ? "=" : "<>") + " 'VIDEO'" + older
                        + " ORDER BY created DESC, id DESC LIMIT :limit",
                values);
    }

    /** Jobs that have not ended, the oldest first: when a server starts, those of the one before. */
    List<JobRecord> unfinished() {
        return records("WHERE status IN ('QUEUED', 'IN_PROGRESS') ORDER BY created, id", Map.of());
    }

    /** Ended jobs that are older, and those that are too many bytes together, the oldest first. */
    List<JobRecord> expired(long endedBefore, long mostBytes) {
        Map<String, Object> before = Map.of("before", endedBefore);
        List<JobRecord> expired = new ArrayList<>(records("WHERE ended < :before ORDER BY ended", before));
        if (mostBytes == 0) {
            return expired;
        }
        long all = database.sql("SELECT COALESCE(SUM(bytes), 0) FROM bottleneck4j_jobs WHERE ended >= :before")
                .params(before)
                .query(Long.class)
                .single();
        if (all > mostBytes) {
            for (JobRecord old : records("WHERE ended >= :before AND bytes > 0 ORDER BY ended LIMIT 1000", before)) {
                if (all <= mostBytes) {
                    break;
                }
                expired.add(old);
                all -= old.bytes();
            }
        }
        return expired;
    }

    private List<JobRecord> records(String where, Map<String, ?> values) {
        return database.sql("SELECT record FROM bottleneck4j_jobs " + where)
                .params(values)
                .query((row, number) -> JSON.readValue(row.getString(1), JobRecord.class))
                .list();
    }

    /** Forgets a job and removes its files. */
    void delete(String id) throws IOException {
        drop(id);
        discard(id);
    }

    private void drop(String id) {
        database.sql("DELETE FROM bottleneck4j_jobs WHERE id = :id")
                .param("id", id)
                .update();
    }

    /** Removes a job's folder. */
    void discard(String id) throws IOException {
        WholeFile.discard(folder(id));
    }

    @Override
    public void close() {
        try {
            if (owner != null) {
                owner.close();
            }
            source.close();
            lock.close();
        } catch (SQLException | IOException e) {
            LOG.warn("the store cannot be closed: {}", e.getMessage());
        }
    }
}
