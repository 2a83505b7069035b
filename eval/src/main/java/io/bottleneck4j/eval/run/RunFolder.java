package io.bottleneck4j.eval.run;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder of one plan's pictures on one benchmark.
 *
 * <pre>
 * run.json               {@link RunRecord}
 * prompts.jsonl          the benchmark's prompts, with the ending of their file; a folder prompts/ of several files
 * pictures.csv           {@link RunPicture}, one a line; of shard 2 of 4 pictures-2-of-4.csv
 * images/                what the benchmark's own scripts read, and nothing else
 * scores/METRIC.csv      {@link RunScores}
 * </pre>
 *
 * <p>Every file is replaced as a whole, so that whatever ends a run leaves a folder that is right for what is done.
 */
public record RunFolder(Path path) {
    private static final String TABLE = "pictures.*\\.csv";
    private static final String CSV = ".csv";

    /** Where a benchmark's own scripts are pointed at. */
    public Path images() {
        return path.resolve("images");
    }

    /** The file that a metric's scores go to. */
    public Path scores(String metric) {
        return path.resolve("scores").resolve(metric + CSV);
    }

    /** Where a copy of the prompts' file is, of runs of JSON lines. */
    public Path prompts() {
        return path.resolve("prompts.jsonl");
    }

    private Path recordFile() {
        return path.resolve("run.json");
    }

    private Path table(Shard shard) {
        return path.resolve(shard.name("pictures") + CSV);
    }

    /** Whether a run was begun here. */
    public boolean isBegun() {
        return Files.exists(recordFile());
    }

    /** What the run makes; IllegalArgumentException naming the file, if it is missing or damaged. */
    public RunRecord record() throws IOException {
        return JsonFile.read(
                recordFile(),
                RunRecord.FORMAT,
                RunRecord.class,
                "name a folder that 'evaluate generate' made",
                run -> run);
    }

    /** Writes what the run makes; the folder must be there. */
    public void write(RunRecord run) throws IOException {
        JsonFile.write(recordFile(), RunRecord.FORMAT, run);
    }

    /**
     * The finished pictures of all shards, in the order of prompts and samples.
     *
     * @throws IllegalArgumentException naming the file, if one is damaged, or two say they hold one picture
     */
    public List<RunPicture> pictures() throws IOException {
        Map<RunPicture.Slot, RunPicture> all = new HashMap<>();
        Set<String> files = new HashSet<>();
        for (Path table : listed(path, TABLE)) {
            for (RunPicture picture : RunPicture.read(table)) {
                if (all.put(picture.slot(), picture) != null || !files.add(picture.file())) {
                    throw new IllegalArgumentException(table + ": " + picture.file() + ", " + picture.slot()
                            + ", is listed twice in this run; keep one of its lines");
                }
            }
        }
        return all.values().stream().sorted(RunPicture.ORDER).toList();
    }

    /**
     * The finished pictures of a shard; none if it has not begun. IllegalArgumentException naming the file, if it is
     * damaged.
     */
    public List<RunPicture> pictures(Shard shard) throws IOException {
        Path table = table(shard);
        return Files.exists(table) ? RunPicture.read(table) : List.of();
    }

    /** Writes the finished pictures of a shard, in place of those written before. */
    public void write(Shard shard, List<RunPicture> pictures) throws IOException {
        WholeFile.write(table(shard), RunPicture.csv(pictures).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The pictures that the run is to have and no table lists, in order.
     *
     * @throws IllegalArgumentException as {@link #record} and {@link #pictures()}, and if a table lists what the run is not to have
     */
    public List<RunPicture.Slot> missing() throws IOException {
        RunRecord run = record();
        Set<RunPicture.Slot> made = new HashSet<>();
        for (RunPicture picture : pictures()) {
            if (picture.promptIndex() >= run.prompts().count() || picture.sample() >= run.samples()) {
                throw new IllegalArgumentException(path + ": lists " + picture.file() + ", " + picture.slot()
                        + ", but the run has " + run.prompts().count() + " prompts and " + run.samples()
                        + " samples of each");
            }
            made.add(picture.slot());
        }
        return run.slots().stream().filter(slot -> !made.contains(slot)).toList();
    }

    /**
     * What metrics say of the pictures, by the metric's name, sorted; empty before any was scored.
     *
     * @throws IllegalArgumentException naming file and row, if one is damaged
     */
    public Map<String, RunScores> scores() throws IOException {
        Map<String, RunScores> scores = new TreeMap<>();
        for (Path file : listed(path.resolve("scores"), ".*\\.csv")) {
            String name = String.valueOf(file.getFileName());
            String metric = name.substring(0, name.length() - CSV.length());
            scores.put(metric, RunScores.read(file, metric));
        }
        return scores;
    }

    private static List<Path> listed(Path folder, String name) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches(name))
                    .sorted()
                    .toList();
        }
    }
}
