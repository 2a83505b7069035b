package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Where a run is and how long it will take: one line that rewrites itself on a terminal, otherwise a line at the start of a stage and
 * after every tenth of the steps.
 *
 * <p>A step at low resolution is cheaper, so time is estimated by tokens and not by steps.
 */
public final class Progress implements JobListener, AutoCloseable {
    /** Cells of the latent grid in one token. */
    private static final double PATCH = 4;

    private final PrintWriter err;
    private final boolean live;
    private final LongSupplier nanos;
    private final List<Task> tasks;
    private final int textTokens;
    private final double work;

    private int picture;
    private double done;
    private long start;
    private int tenths;
    private final LiveLine shown;

    /**
     * One picture.
     *
     * @param label tells it from others; empty where its number is enough
     */
    public record Task(String label, Plan plan) {}

    /**
     * Progress of several pictures.
     *
     * @param tasks one for each, in order
     * @param textTokens tokens of the prompt, which every step computes too
     * @param nanos the clock
     */
    public Progress(PrintWriter err, boolean live, LongSupplier nanos, List<Task> tasks, int textTokens) {
        this.err = err;
        shown = new LiveLine(err);
        this.live = live;
        this.nanos = nanos;
        this.tasks = List.copyOf(tasks);
        this.textTokens = textTokens;
        this.work = tasks.stream()
                .flatMap(task -> task.plan().stages().stages().stream())
                .mapToDouble(stage -> work(stage) * stage.executedSteps())
                .sum();
    }

    /** Progress of the pictures of a command. */
    public static Progress of(List<Job> jobs, PrintWriter err, boolean live) {
        List<Task> tasks = jobs.stream()
                .map(job -> new Task(job.label(), job.request().plan()))
                .toList();
        int tokens = jobs.isEmpty() ? 0 : jobs.get(0).request().maxSequenceLength(); // of none nothing is shown
        return new Progress(err, live, System::nanoTime, tasks, tokens);
    }

    @Override
    public void begin(Job job, int index) {
        begin(index);
    }

    @Override
    public void made(Job job, Timings seconds) {
        clear();
    }

    /** The next picture begins. */
    public void begin(int index) {
        picture = index;
        tenths = 0;
    }

    @Override
    public void onStage(Position first) {
        if (start == 0) {
            start = nanos.getAsLong();
        }
        if (!live) {
            err.println(where(first) + ", " + first.resolution().executedSteps() + " steps");
        }
    }

    @Override
    public void onStep(Step step) {
        Position at = step.at();
        done += work(at.resolution());
        String line =
                where(at) + ", step " + (at.step() + 1) + "/" + at.resolution().executedSteps() + ", " + left();
        if (live) {
            shown.show(line);
        } else if (isTenth(at)) {
            err.println(line);
        }
    }

    private boolean isTenth(Position at) {
        int reached = 10 * (at.stepsBefore() + 1) / at.plan().executedSteps();
        boolean next = reached > tenths;
        tenths = reached;
        return next;
    }

    private String where(Position at) {
        Task task = tasks.get(picture);
        List<StageSpec> stages = task.plan().spec().stages();
        StageSpec size = stages.get(at.stage());
        String which = tasks.size() == 1 ? "" : what(task) + " " + (picture + 1) + "/" + tasks.size() + ", ";
        String label = task.label().isEmpty() ? "" : task.label() + ", ";
        return which + label + "stage " + (at.stage() + 1) + "/" + stages.size() + " " + size.width() + "x"
                + size.height();
    }

    private static String what(Task task) {
        return task.plan().frames().isPresent() ? "video" : "picture";
    }

    private String left() {
        double elapsed = (nanos.getAsLong() - start) / 1e9;
        return duration(elapsed * (work - done) / done) + " left";
    }

    public static String duration(double seconds) {
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        if (whole < 120) {
            return whole + " s";
        }
        long minutes = Math.round(seconds / 60);
        return minutes < 120 ? minutes + " min" : Math.round(seconds / 3600) + " h";
    }

    private double work(ResolutionStage stage) {
        LatentShape shape = stage.shape();
        return shape.frames() * shape.height() * shape.width() / PATCH + textTokens;
    }

    /** Removes the live line, so that what follows starts on a clean one. */
    public void clear() {
        shown.clear();
    }

    @Override
    public void close() {
        clear();
    }
}
