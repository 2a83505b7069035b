package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.batch.ShardWork;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.eval.document.RewritePace;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.torch.Processors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A shard of a run while it is made: goes on with what is there, and puts every finished picture in its place.
 *
 * <p>Pictures are made in a folder of their own, so that the run's images hold finished ones alone, whatever ends the run. The table is
 * written anew at a {@link RewritePace}, and by {@link #close}; a picture that it does not list is made again.
 */
public final class RunMaking implements JobListener, AutoCloseable {
    private final RunFolder folder;
    private final Shard shard;
    private final Layout layout;
    private final Map<Slot, RunPicture> done = new HashMap<>();
    private final RewritePace pace = new RewritePace();
    private final List<Fault> lost = new ArrayList<>();
    private final Map<Path, Slot> byOutput = new HashMap<>();
    private Cancellation cancellation = new Cancellation();
    private final ShardWork work;

    private RunMaking(RunFolder folder, Shard shard, Layout layout, ShardWork work) {
        this.work = work;
        this.folder = folder;
        this.shard = shard;
        this.layout = layout;
    }

    /**
     * Begins a run or goes on with it.
     *
     * @throws IllegalArgumentException if the folder holds another run, or something else, or a table is damaged
     */
    public static RunMaking begin(RunFolder folder, Shard shard, Layout layout, PromptFiles prompts, RunRecord run)
            throws IOException {
        Path path = folder.path();
        if (folder.isBegun()) {
            List<String> differences = folder.record().differences(run);
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException("out: " + path + " is a run with other settings"
                        + " (first the folder's, then this command's): " + String.join("; ", differences)
                        + "; repeat its settings, or name another folder");
            }
        } else {
            requireEmpty(path);
            Files.createDirectories(path);
            folder.write(run);
        }
        prompts.copyTo(path, layout.benchmark());
        Files.createDirectories(folder.images());
        RunMaking making = new RunMaking(folder, shard, layout, ShardWork.begin(path, shard));
        making.find();
        return making;
    }

    /** What is recorded of a run, from any of its requests and the seed of each prompt's first sample. */
    public static RunRecord record(
            Layout layout, PromptFiles prompts, Shard shard, long seed, Request any, Settings.Origin origin) {
        Plan plan = any.plan();
        int perStep = any.forwardsPerStep();
        PlanCost cost = PlanCost.of(plan.stages(), any.model().forwardCost(any.maxSequenceLength()));
        return new RunRecord(
                new RunRecord.PromptSet(
                        prompts.names(), prompts.sha256(), layout.prompts().size()),
                layout.benchmark().toString(),
                origin.model(),
                RunRecord.nameOf(plan.name()),
                RunRecord.stagesOf(plan),
                perStep * cost.forwards(),
                perStep * cost.flops(),
                plan.stages().decidesAsItRuns(),
                plan.width(),
                plan.height(),
                plan.frames().orElse(1),
                origin.precision(),
                settings(any),
                layout.samples(),
                seed,
                shard.count(),
                origin.device() + ", " + origin.threads() + " threads, " + Processors.name(),
                origin.version());
    }

    /** What else bears on every picture. */
    private static Map<String, String> settings(Request any) {
        Map<String, String> settings = new LinkedHashMap<>();
        if (any.model().usesGuidance()) {
            settings.put("guidance", String.valueOf(any.guidance()));
        }
        if (any.usesTrueCfg()) {
            settings.put("true-cfg-scale", String.valueOf(any.trueCfgScale()));
            any.trueCfgScale2().ifPresent(scale -> settings.put("true-cfg-scale-2", String.valueOf(scale)));
            settings.put("negative-prompt", any.negativePrompt());
        }
        if (!any.model().loras().isEmpty()) {
            settings.put(
                    "lora", any.model().loras().stream().map(Object::toString).collect(Collectors.joining("; ")));
        }
        settings.put("max-sequence-length", String.valueOf(any.maxSequenceLength()));
        PlanRules rules = any.plan().spec().rules();
        settings.put("resampler", rules.resampler().name().toLowerCase(Locale.ROOT));
        settings.put("rounding", rules.rounding().name().toLowerCase(Locale.ROOT));
        settings.put("renoise", String.valueOf(rules.renoise()));
        settings.put("reshift", String.valueOf(rules.reshift()));
        if (!any.plan().solver().equals(Solver.EULER)) {
            settings.put("solver", any.plan().solver().toString());
        }
        if (any.model().kind() == Model.Kind.VIDEO) {
            settings.put("fps", String.valueOf(any.video().fps()));
        }
        return settings;
    }

    private static void requireEmpty(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("out: " + path + " is a file; name a folder");
        }
        try (Stream<Path> files = Files.list(path)) {
            if (files.findAny().isPresent()) {
                throw new IllegalArgumentException(
                        "out: " + path + " holds files and no run.json; name an empty folder or a new one");
            }
        }
    }

    private void find() throws IOException {
        for (RunPicture picture : folder.pictures(shard)) {
            String damage = RunCheck.damage(
                    folder.images().resolve(picture.file()), layout.benchmark().ofVideos());
            if (damage == null) {
                done.put(picture.slot(), picture);
            } else {
                lost.add(new Fault(picture.file(), damage));
            }
        }
        pace.wrote(done.size());
        if (!lost.isEmpty()) {
            writeTable();
        }
    }

    /** Pictures that were listed and are to be made again, each with the reason. */
    public List<Fault> lost() {
        return Collections.unmodifiableList(lost);
    }

    /** The pictures of this shard that are to be made, in order. */
    public List<Slot> missing() {
        return layout.slots().stream()
                .filter(slot -> shard.has(slot.promptIndex()))
                .filter(slot -> !done.containsKey(slot))
                .toList();
    }

    /** The same as jobs, from a request of the run's: what it has beside prompt and seed, all have. */
    public List<Job> jobs(Request any) throws IOException {
        long seed = folder.record().seed();
        List<Job> jobs = new ArrayList<>();
        for (Slot slot : missing()) {
            Request request = any.toBuilder()
                    .prompt(layout.prompt(slot).text())
                    .seed(seed + slot.sample())
                    .build();
            byOutput.put(unfinished(slot), slot);
            jobs.add(new Job(request, unfinished(slot)));
        }
        return jobs;
    }

    /** Makes the pictures of {@link #jobs}; others are told before this. CancellationException if it was cancelled. */
    public void make(Pipeline pipeline, List<Job> jobs, Cancellation token, JobListener... others) throws IOException {
        cancellation = token;
        JobLoop loop = new JobLoop(pipeline).cancellation(token).warmUp();
        for (JobListener other : others) {
            loop.listener(other);
        }
        loop.listener(this).run(jobs);
    }

    @Override
    public void made(Job job, Timings took) throws IOException {
        Slot slot = byOutput.get(job.output());
        if (slot == null) {
            throw new IllegalStateException(job.output() + ": is no picture of this run");
        }
        double seconds = took.seconds(Timings.Phase.DENOISE) + took.seconds(Timings.Phase.DECODE);
        cancellation.whole(() -> add(slot, job.request().seed(), seconds));
    }

    /** How many pictures of this shard are finished. */
    public int finished() {
        return done.size();
    }

    /** Where a picture is to be made. */
    Path unfinished(Slot slot) {
        String ending = layout.benchmark().ofVideos() ? ".mp4" : ".png";
        return work.unfinished(String.format(Locale.ROOT, "%05d-%02d%s", slot.promptIndex(), slot.sample(), ending));
    }

    /**
     * Takes in a picture that was made: puts it in its place, and lists it, with seconds as {@link RunPicture#TIMING}
     * has them.
     */
    void add(Slot slot, long seed, double seconds) throws IOException {
        for (Map.Entry<String, String> companion : layout.companions(slot).entrySet()) {
            WholeFile.write(
                    ShardWork.room(folder.images().resolve(companion.getKey())),
                    companion.getValue().getBytes(StandardCharsets.UTF_8));
        }
        Path made = unfinished(slot);
        ShardWork.finish(made, folder.images().resolve(layout.file(slot)));
        Benchmark.Prompt prompt = layout.prompt(slot);
        done.put(
                slot,
                new RunPicture(
                        layout.file(slot),
                        slot.promptIndex(),
                        slot.sample(),
                        seed,
                        prompt.category(),
                        prompt.text(),
                        seconds));
        if (pace.isDue(done.size())) {
            writeTable();
        }
    }

    private void writeTable() throws IOException {
        folder.write(shard, List.copyOf(done.values()));
        pace.wrote(done.size());
    }

    /** Lists what is not listed yet, and removes the folder of unfinished pictures, unless something in it was kept. */
    @Override
    public void close() throws IOException {
        if (!pace.isListed(done.size())) {
            writeTable();
        }
        work.close();
    }
}
