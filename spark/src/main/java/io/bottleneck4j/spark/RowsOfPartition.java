package io.bottleneck4j.spark;

import io.bottleneck4j.batch.PromptRow;
import io.bottleneck4j.batch.RowDefaults;
import io.bottleneck4j.batch.RowMaker;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the rows of a partition, some at a time, when they are asked for. All that a row becomes, but its seconds, depends on the row and
 * the options alone, so that a task may be tried again, or twice at once.
 */
record RowsOfPartition(PictureOptions options, Columns columns) implements MapPartitionsFunction<Row, Row> {
    private static final Logger LOG = LoggerFactory.getLogger(RowsOfPartition.class);

    /** Tells the executor's log. */
    static final JobListener NOTES = new JobListener() {
        @Override
        public void note(String text) {
            LOG.info(text);
        }

        @Override
        public void warning(String text) {
            LOG.warn(text);
        }
    };

    @Override
    public Iterator<Row> call(Iterator<Row> rows) throws IOException {
        TaskContext task = TaskContext.get();
        Path sent = Path.of(SparkFiles.getRootDirectory());
        Device device = device(task.resourcesJMap());
        Making making = new Making(rows, sent, Files.createTempDirectory(sent, "pictures-"), device, task.cpus());
        Runnable watching = ExecutorModels.HERE.watch(task::isInterrupted, making.cancellation);
        task.addTaskCompletionListener(ended -> {
            watching.run();
            making.discard();
        });
        return making;
    }

    /**
     * The GPU that Spark gave the task, else the best device there is.
     *
     * @throws IllegalArgumentException if the GPU has no number
     */
    static Device device(Map<String, ResourceInformation> resources) {
        ResourceInformation gpu = resources.get("gpu");
        if (gpu == null || gpu.addresses().length == 0) {
            return Execution.bestDevice();
        }
        String address = gpu.addresses()[0];
        try {
            return new Device(Device.Kind.CUDA, Integer.parseInt(address));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "gpu: the address must be a number, as nvidia-smi counts, not '" + address
                            + "'; mend spark.executor.resource.gpu.discoveryScript",
                    e);
        }
    }

    /** A row that was read, or why it could not be. */
    private record Read(
            Row row, @Nullable PromptRow prompt, @Nullable String error) {}

    private final class Making implements Iterator<Row> {
        private final Iterator<Row> rows;
        private final Path sent;
        private final Path folder;
        private final Device device;
        private final int threads;
        private final RowDefaults defaults;
        private final Cancellation cancellation = new Cancellation();
        private final Map<String, RowMaker> makers = new HashMap<>();
        private final Deque<Row> made = new ArrayDeque<>();

        Making(Iterator<Row> rows, Path sent, Path folder, Device device, int threads) {
            this.rows = rows;
            this.sent = sent;
            this.folder = folder;
            this.device = device;
            this.threads = threads;
            defaults = options.defaults(sent, options.loras());
        }

        @Override
        public boolean hasNext() {
            if (made.isEmpty() && rows.hasNext()) {
                try {
                    make();
                } catch (IOException e) {
                    throw new UncheckedIOException("pictures: " + WholeFile.message(e), e);
                }
            }
            return !made.isEmpty();
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return made.remove();
        }

        /** Makes the next rows; those of one model together, and handed on in their own order. */
        private void make() throws IOException {
            List<Read> chunk = new ArrayList<>();
            Map<String, List<Integer>> byModel = new LinkedHashMap<>();
            while (chunk.size() < RowMaker.CHUNK && rows.hasNext()) {
                Read read = read(rows.next());
                if (read.prompt() != null) {
                    String own = read.prompt().model();
                    byModel.computeIfAbsent(own == null ? options.model() : own, it -> new ArrayList<>())
                            .add(chunk.size());
                }
                chunk.add(read);
            }
            Row[] results = new Row[chunk.size()];
            for (int i = 0; i < results.length; i++) {
                String error = chunk.get(i).error();
                if (error != null) {
                    results[i] = columns.failed(chunk.get(i).row(), error);
                }
            }
            for (Map.Entry<String, List<Integer>> of : byModel.entrySet()) {
                List<RowMaker.Outcome> outcomes = make(
                        of.getKey(),
                        of.getValue().stream().map(i -> chunk.get(i).prompt()).toList());
                for (int i = 0; i < outcomes.size(); i++) {
                    int at = of.getValue().get(i);
                    results[at] = columns.made(chunk.get(at).row(), outcomes.get(i));
                }
            }
            made.addAll(List.of(results));
        }

        private Read read(Row row) {
            try {
                return new Read(row, columns.read(row), null);
            } catch (IllegalArgumentException e) {
                return new Read(row, null, WholeFile.message(e));
            }
        }

        private List<RowMaker.Outcome> make(String name, List<PromptRow> prompts) throws IOException {
            try (ExecutorModels.Lease lease =
                    ExecutorModels.HERE.lease(name, options, device, threads, sent, cancellation, NOTES)) {
                RowMaker maker = makers.get(name);
                if (maker == null || maker.pipeline() != lease.pipeline()) {
                    Model model = lease.pipeline().model();
                    RowDefaults.Requests requests = lease.requests(defaults, plan -> model.tell(plan, NOTES));
                    requests.requireSound();
                    maker = new RowMaker(
                            lease.pipeline(),
                            requests,
                            options.ending(model),
                            options.quality() == null ? OptionalInt.empty() : OptionalInt.of(options.quality()),
                            folder,
                            cancellation,
                            NOTES);
                    makers.put(name, maker);
                }
                return maker.make(prompts);
            }
        }

        private void discard() {
            try {
                WholeFile.discard(folder);
            } catch (IOException e) {
                LOG.warn("pictures: {} could not be removed: {}", folder, WholeFile.message(e));
            }
        }
    }
}
