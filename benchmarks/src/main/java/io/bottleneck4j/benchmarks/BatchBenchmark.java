package io.bottleneck4j.benchmarks;

import io.bottleneck4j.batch.Batch;
import io.bottleneck4j.batch.BatchListener;
import io.bottleneck4j.batch.Packing;
import io.bottleneck4j.batch.PromptRow;
import io.bottleneck4j.batch.PromptTable;
import io.bottleneck4j.batch.RowDefaults;
import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.torch.SystemMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What a batch costs beside a bare loop over the same jobs, in one process: blocks of rows by {@link Batch} and by {@link JobLoop} take
 * turns. A block's time is from its first row's begin to its end, so that loading the model is in neither.
 *
 * <p>Arguments: the folder of a model; a plan or plan file; width and height, 0 for the plan file's; how many rows each makes in all; how many in a
 * block.
 */
public final class BatchBenchmark {
    private static final List<String> PROMPTS =
            List.of("a rocket", "a red fox", "a green apple", "a house", "a panda", "a blue car", "a tree", "a cat");

    private BatchBenchmark() {}

    /** When the first job of a block began. */
    private static final class Began implements BatchListener {
        private long nanos;

        @Override
        public void begin(Job job, int index) {
            if (nanos == 0) {
                nanos = System.nanoTime();
            }
        }

        double seconds() {
            return (System.nanoTime() - nanos) / 1e9;
        }
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Integer width = args[2].equals("0") ? null : Integer.valueOf(args[2]);
        Integer height = args[3].equals("0") ? null : Integer.valueOf(args[3]);
        int rows = Integer.parseInt(args[4]);
        int block = Integer.parseInt(args[5]);
        Path work = Files.createTempDirectory("batch-benchmark-");
        RowDefaults defaults = new RowDefaults(
                Path.of("").toAbsolutePath(),
                args[1],
                width,
                height,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                null,
                null);
        List<Double> ratios = new ArrayList<>();
        double bareSeconds = 0;
        double batchSeconds = 0;
        try {
            for (int done = 0; done < rows; done += block) {
                Path out = work.resolve("block");
                double bare = bare(folder, defaults, done, block, Files.createDirectories(out));
                remove(out);
                double batch = batch(folder, defaults, done, block, work, out);
                remove(out);
                ratios.add(bare / batch);
                bareSeconds += bare;
                batchSeconds += batch;
                System.out.printf(
                        Locale.ROOT,
                        "rows %d to %d: loop %.2f s, batch %.2f s, throughput %.3f, %d MB held at most, %d MB of heap%n",
                        done,
                        done + block,
                        bare,
                        batch,
                        bare / batch,
                        SystemMemory.peakResidentBytes() / 1_000_000,
                        (Runtime.getRuntime().totalMemory()
                                        - Runtime.getRuntime().freeMemory())
                                / 1_000_000);
            }
        } finally {
            remove(work);
        }
        ratios.sort(Comparator.naturalOrder());
        System.out.printf(
                Locale.ROOT,
                "%d rows by each: loop %.1f s, batch %.1f s; throughput of the batch %.3f of the loop's in all, median of blocks %.3f%n",
                rows,
                bareSeconds,
                batchSeconds,
                bareSeconds / batchSeconds,
                ratios.get(ratios.size() / 2));
    }

    private static String prompt(int row) {
        return PROMPTS.get(row % PROMPTS.size()) + ", number " + row;
    }

    private static double bare(Path folder, RowDefaults defaults, int from, int count, Path out) throws IOException {
        Model model = Model.open(folder);
        try (Pipeline pipeline = model.pipeline()) {
            RowDefaults.Requests requests = defaults.requests(model, plan -> {});
            List<Job> jobs = new ArrayList<>();
            for (int i = from; i < from + count; i++) {
                PromptRow row = PromptRow.of(i, Map.of("id", "row-" + i, "prompt", prompt(i)));
                jobs.add(new Job(requests.request(row), out.resolve("row-" + i + ".png")));
            }
            Began began = new Began();
            new JobLoop(pipeline).listener((JobListener) began).run(jobs);
            return began.seconds();
        }
    }

    private static double batch(Path folder, RowDefaults defaults, int from, int count, Path work, Path out)
            throws IOException {
        StringBuilder csv = new StringBuilder("id,prompt\n");
        for (int i = from; i < from + count; i++) {
            csv.append("row-").append(i).append(",\"").append(prompt(i)).append("\"\n");
        }
        Path table = Files.writeString(work.resolve("prompts.csv"), csv);
        Began began = new Began();
        Batch.Options options = new Batch.Options(
                out,
                Shard.WHOLE,
                defaults,
                Map.of("model", folder.toString()),
                "png",
                OptionalInt.empty(),
                Packing.FILES,
                1000,
                true,
                false,
                null,
                false);
        new Batch(
                        PromptTable.of(table),
                        options,
                        name -> Model.open(folder).pipeline(),
                        new Cancellation(),
                        List.of(began))
                .run();
        return began.seconds();
    }

    private static void remove(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
