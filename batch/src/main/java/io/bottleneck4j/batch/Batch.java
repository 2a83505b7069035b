package io.bottleneck4j.batch;

import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.PromptStore;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Timings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Makes a picture or video of every row of a table, in a folder from which it goes on after whatever ended it: rows that were made and
 * are whole are passed over, by checksum, and each is in the results once.
 *
 * <p>The table is read row by row, twice: first to count, to tell what is wrong, and to find the models it names; then once for each
 * model. A window of rows is held at a time, and those of one plan, size and prompt are made one after the other.
 */
public final class Batch {
    /** Rows that are sorted at a time; enough that plans and prompts come together, little beside a model. */
    private static final int WINDOW = 10_000;

    /** Rows that are made into requests at a time: their pictures to change are in memory. */
    private static final int CHUNK = JobLoop.ENCODED_AHEAD;

    /** What a process returns where some rows were made and others were not. */
    public static final int PARTIAL_EXIT = 5;

    private final PromptTable table;
    private final BatchFolder folder;
    private final Options options;
    private final Models models;
    private final Cancellation cancellation;
    private final List<BatchListener> listeners;
    private final RowFailures failures = new RowFailures();
    private long made;
    private long passed;
    private long again;
    private long failed;
    private long unread;

    /**
     * How it is made.
     *
     * @param out the run's folder, a new one or one to go on with
     * @param facts what else bears on every row, by name, as the model
     * @param ending of the files: png, jpg or webp; mp4 of videos
     * @param quality of jpg and webp, from 0 to 100
     * @param packing how finished files are put together
     * @param partRows how many into one
     * @param strict whether the first row that is wrong or fails ends the run
     * @param retryFailed whether rows that failed before are tried again
     * @param store where embeddings of prompts are kept; null for nowhere
     * @param keepsAllTexts whether those of prompts that stand in the table once are kept too
     */
    public record Options(
            Path out,
            Shard shard,
            RowDefaults defaults,
            Map<String, String> facts,
            String ending,
            OptionalInt quality,
            Packing packing,
            int partRows,
            boolean strict,
            boolean retryFailed,
            @Nullable PromptStore store,
            boolean keepsAllTexts) {
        public Options {
            facts = Map.copyOf(facts);
            if (partRows < 1) {
                throw new IllegalArgumentException("part-rows: must be at least 1, not " + partRows);
            }
        }
    }

    /** Opens the models that rows name. */
    @FunctionalInterface
    public interface Models {
        /**
         * A pipeline, which the run closes.
         *
         * @param name null for the default
         */
        Pipeline open(@Nullable String name) throws IOException;
    }

    /**
     * What came of it.
     *
     * @param made now
     * @param passed made before
     * @param again of those made now, how many were made before and are damaged, gone, or of a row that was changed since
     * @param failed of the rows that could be read, now or before
     * @param unread rows that are wrong
     */
    public record Summary(long made, long passed, long again, long failed, long unread) {
        /** Whether every row is there. */
        public boolean isWhole() {
            return failed == 0 && unread == 0;
        }
    }

    /** A row, its line in the table, and what it means. */
    private record Wanted(PromptRow row, long line, Digest meaning, String place) {}

    public Batch(
            PromptTable table,
            Options options,
            Models models,
            Cancellation cancellation,
            List<? extends BatchListener> listeners) {
        this.table = table;
        this.options = options;
        this.models = models;
        this.cancellation = cancellation;
        this.listeners = List.copyOf(listeners);
        folder = new BatchFolder(options.out());
    }

    /** What became of this shard's rows, a line each. */
    public Path results() {
        return Ledger.file(folder.path(), options.shard());
    }

    /**
     * Makes what is missing.
     *
     * @throws IllegalArgumentException if the table or the folder is not what it must be, or a row is wrong and that ends the run
     * @throws IOException if something cannot be read or written; what was made stays, and a later run goes on
     * @throws CancellationException if it was cancelled; the same holds
     */
    public Summary run() throws IOException {
        Map<String, String> facts = new TreeMap<>(options.facts());
        facts.putAll(options.defaults().facts());
        facts.put("file-type", options.ending());
        folder.begin(facts);
        try (ShardWork work = ShardWork.begin(folder.path(), options.shard());
                Ledger ledger = Ledger.open(folder.path(), options.shard())) {
            ledger.damages().forEach(damage -> listeners.forEach(listener -> listener.warning(damage)));
            Run run = new Run(work, ledger, new Parts(folder.path(), options, ledger));
            run.parts.clean();
            for (String model : run.count()) {
                run.make(model);
            }
            run.parts.pack(true, cancellation);
        }
        return new Summary(made, passed, again, failed, unread);
    }

    /** One process's part. */
    private final class Run {
        private final ShardWork work;
        private final Ledger ledger;
        private final Parts parts;

        /** Where each id stands first. */
        private final Map<Digest, Long> lines = new HashMap<>();

        /** Prompts of more than one row. */
        private final Set<Digest> repeated = new HashSet<>();

        Run(ShardWork work, Ledger ledger, Parts parts) {
            this.work = work;
            this.ledger = ledger;
            this.parts = parts;
        }

        /** Tells rows that are wrong, and returns the models that the others name; the empty name is the default's. */
        Set<String> count() throws IOException {
            Set<String> named = new LinkedHashSet<>();
            Set<String> extra = new TreeSet<>();
            Set<Digest> prompts = new HashSet<>();
            long rows = 0;
            try (PromptTable.Rows all = table.rows()) {
                for (PromptTable.Read read = all.next(); read != null; read = all.next()) {
                    cancellation.check("while the rows were counted");
                    PromptRow row = read.row();
                    String error = read.error();
                    if (row != null) {
                        Long before = lines.putIfAbsent(Digest.of(row.id()), read.line());
                        error = before == null
                                ? null
                                : "id: '" + row.id() + "' is also that of line " + before + "; give each row its own";
                        extra.addAll(row.extra().keySet());
                    }
                    if (!options.shard().has(read.number() - 1)) {
                        continue;
                    }
                    if (error != null || row == null) {
                        unreadable(read, row, String.valueOf(error));
                    } else {
                        Digest prompt = Digest.of(row.prompt());
                        if (!prompts.add(prompt)) {
                            repeated.add(prompt);
                        }
                        named.add(modelOf(row));
                        rows++;
                    }
                }
            }
            if (rows == 0 && unread == 0) {
                throw new IllegalArgumentException("prompts: " + table.file() + " holds no row"
                        + (options.shard().isWhole() ? "" : " of shard " + options.shard()) + "; name another table");
            }
            for (String column : extra) {
                String likely = PromptRow.likely(column);
                if (likely != null) {
                    String word = "column '" + column + "': is not read; did you mean '" + likely + "'?";
                    if (options.strict()) {
                        throw new IllegalArgumentException(
                                "prompts: " + table.file() + ": " + word + " Rename it, or run without --strict");
                    }
                    listeners.forEach(listener -> listener.warning(word));
                }
            }
            if (!extra.isEmpty()) {
                String names = String.join(", ", extra);
                listeners.forEach(
                        listener -> listener.note("columns that are not read, only copied into the results: " + names));
            }
            long counted = rows;
            listeners.forEach(listener -> listener.counted(counted));
            return named;
        }

        private void unreadable(PromptTable.Read read, @Nullable PromptRow row, String error) throws IOException {
            record(
                    "line " + read.line(),
                    new Ledger.Failed(row == null ? null : row.id(), read.line(), null, error, null),
                    null);
            unread++;
        }

        /** A row that is not made: it stands in the results, or ends the run. */
        private void record(String where, Ledger.Failed row, @Nullable Throwable failure) throws IOException {
            if (options.strict()) {
                throw new IllegalArgumentException(
                        "prompts: " + table.file() + ": " + where + ": " + row.error(), failure);
            }
            ledger.failed(row);
            listeners.forEach(listener -> listener.failed(where, row.error()));
        }

        private static String modelOf(PromptRow row) {
            return row.model() == null ? "" : row.model();
        }

        /** Makes the rows of a model. */
        void make(String model) throws IOException {
            try (Opened opened = new Opened(model);
                    PromptTable.Rows all = table.rows()) {
                List<Wanted> window = new ArrayList<>();
                for (PromptTable.Read read = all.next(); read != null; read = all.next()) {
                    PromptRow row = read.row();
                    if (row == null
                            || !options.shard().has(read.number() - 1)
                            || !model.equals(modelOf(row))
                            || read.line() != lines.getOrDefault(Digest.of(row.id()), 0L)) {
                        continue;
                    }
                    cancellation.check("while the rows were read");
                    Wanted wanted = new Wanted(
                            row, read.line(), Digest.of(row.meaning()), BatchFolder.place(row.id(), options.ending()));
                    if (isWanted(wanted)) {
                        window.add(wanted);
                    }
                    if (window.size() == WINDOW) {
                        opened.make(window);
                        window.clear();
                    }
                }
                opened.make(window);
            }
        }

        /** Whether a row is still to be made. */
        private boolean isWanted(Wanted wanted) throws IOException {
            Ledger.Entry entry = ledger.find(wanted.row().id());
            if (entry == null) {
                return true;
            }
            boolean same = entry.row().equals(wanted.meaning());
            if (!entry.made()) {
                if (same && !options.retryFailed()) {
                    failed++;
                    listeners.forEach(BatchListener::passed);
                    return false;
                }
                return true;
            }
            if (same && parts.isWhole(entry, wanted.place())) {
                passed++;
                listeners.forEach(BatchListener::passed);
                return false;
            }
            again++;
            return true;
        }

        /** A model while its rows are made; opened when the first is, so that a run that is whole opens none. */
        private final class Opened implements AutoCloseable, JobListener {
            private final String name;
            private final Map<Path, Wanted> running = new HashMap<>();
            private @Nullable Pipeline pipeline;
            private @Nullable JobLoop loop;
            private RowDefaults.@Nullable Requests requests;

            Opened(String name) {
                this.name = name;
            }

            void make(List<Wanted> window) throws IOException {
                List<Wanted> rows = new ArrayList<>(window);
                rows.sort(Comparator.comparing(
                                (Wanted it) -> String.valueOf(it.row().loras()))
                        .thenComparing(it -> String.valueOf(it.row().plan()))
                        .thenComparing(it -> it.row().width() + "x" + it.row().height() + "x"
                                + it.row().frames())
                        .thenComparing(it -> String.valueOf(it.row().negativePrompt()))
                        .thenComparing(it -> it.row().prompt()));
                for (int i = 0; i < rows.size(); i += CHUNK) {
                    chunk(rows.subList(i, Math.min(rows.size(), i + CHUNK)));
                }
            }

            private void chunk(List<Wanted> rows) throws IOException {
                open();
                running.clear();
                List<Job> jobs = new ArrayList<>();
                for (Wanted wanted : rows) {
                    cancellation.check("before a row");
                    try {
                        Request request = Objects.requireNonNull(requests).request(wanted.row());
                        Path unfinished = work.unfinished(
                                String.valueOf(Path.of(wanted.place()).getFileName()));
                        jobs.add(new Job("", request, unfinished, null));
                        running.put(unfinished, wanted);
                    } catch (IOException | RuntimeException e) {
                        fail(wanted, e);
                    }
                }
                Objects.requireNonNull(loop).run(jobs);
                parts.pack(false, cancellation);
            }

            private void open() throws IOException {
                if (pipeline == null) {
                    Pipeline opened = models.open(name.isEmpty() ? null : name);
                    pipeline = opened;
                    requests = options.defaults()
                            .requests(
                                    opened.model(),
                                    plan -> listeners.forEach(
                                            listener -> opened.model().tell(plan, listener)));
                    JobLoop jobs = new JobLoop(opened)
                            .cancellation(cancellation)
                            .takeUpLatents()
                            .onFailure((job, failure) ->
                                    goesOn(Objects.requireNonNull(running.get(job.output())), failure));
                    PromptStore store = options.store();
                    if (store != null) {
                        jobs.keepTexts(
                                store,
                                request -> options.keepsAllTexts() || repeated.contains(Digest.of(request.prompt())));
                    }
                    options.quality().ifPresent(jobs::quality);
                    listeners.forEach(jobs::listener);
                    loop = jobs.listener(this);
                }
            }

            /** A row failed as it ran; whether the run goes on. */
            private boolean goesOn(Wanted wanted, Throwable failure) throws IOException {
                if (!RowFailures.isOfRow(failure)) {
                    return false;
                }
                fail(wanted, failure);
                failures.one(failure, "; the results list them, --retry-failed tries them again");
                return true;
            }

            private void fail(Wanted wanted, Throwable failure) throws IOException {
                PromptRow row = wanted.row();
                record(
                        "line " + wanted.line() + ", id '" + row.id() + "'",
                        new Ledger.Failed(
                                row.id(),
                                wanted.line(),
                                wanted.meaning().hex(),
                                WholeFile.message(failure),
                                Ledger.now()),
                        failure);
                failed++;
            }

            @Override
            public void made(Job job, Timings took) throws IOException {
                Wanted wanted = Objects.requireNonNull(running.get(job.output()));
                failures.none();
                String sha256 = Digest.ofFile(job.output());
                long bytes = Files.size(job.output());
                Request request = job.request();
                cancellation.whole(() -> {
                    ShardWork.finish(job.output(), folder.path().resolve(wanted.place()));
                    parts.made(Made.of(
                            wanted.row(),
                            wanted.line(),
                            wanted.meaning().hex(),
                            wanted.place(),
                            sha256,
                            bytes,
                            request,
                            took));
                    made++;
                });
            }

            @Override
            public void close() {
                if (pipeline != null) {
                    pipeline.close();
                }
            }
        }
    }
}
