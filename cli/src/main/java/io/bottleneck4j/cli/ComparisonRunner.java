package io.bottleneck4j.cli;

import io.bottleneck4j.eval.result.Comparison;
import io.bottleneck4j.eval.result.Contender;
import io.bottleneck4j.eval.result.Subject;
import io.bottleneck4j.eval.store.ResultFolder;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.Processors;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** What compare and ablate have in common: from a lineup of plans to a folder of pictures, page, sheet and table. */
record ComparisonRunner(
        Surroundings surroundings,
        PrintWriter out,
        PrintWriter err,
        PromptOptions prompt,
        RunOptions running,
        VideoOptions video,
        ComparisonOptions options) {

    /** Chooses the plans. */
    @FunctionalInterface
    interface Choice {
        /**
         * The lineup.
         *
         * @param model as the user named it
         * @param cost of one forward with the text length in use
         */
        Lineup choose(String model, Planner planner, ForwardCost cost);
    }

    /** Makes the comparison and prints it. */
    void run(List<String> words, Choice choice) throws IOException {
        Notes notes = new Notes(err);
        List<String> given = prompt.prompts(words, null);
        List<String> prompts = given.stream().distinct().toList();
        if (prompts.size() < given.size()) {
            notes.note("prompts given twice are drawn once: " + prompts.size() + " of " + given.size());
        }
        if (options.count < 1) {
            throw new IllegalArgumentException("n: must be at least 1, not " + options.count);
        }
        Seeds.require(options.seed, options.count);
        long seed = options.seed;
        String model = running.modelName(null);
        Model opened = ModelChoice.find(model, surroundings);
        Execution execution = running.choose(opened, null);
        try (Pipeline pipeline = opened.pipeline(execution)) {
            Request.Builder settings = opened.request(prompts.get(0));
            video.apply(settings, opened);
            prompt.apply(settings);
            Request any = settings.build();
            ForwardCost cost = opened.forwardCost(any.maxSequenceLength());
            Lineup lineup = choice.choose(model, opened.planner(), cost);
            lineup.entrants().forEach(entrant -> entrant.plan().notes().forEach(notes::note));
            prompt.warnOfNoEffect(any, notes);
            Settings.Origin origin = pipeline.origin();
            List<Subject> subjects = new ArrayList<>();
            for (String text : prompts) {
                for (int i = 0; i < options.count; i++) {
                    subjects.add(new Subject(text, seed + i));
                }
            }
            Comparison plan = comparison(lineup, subjects, any, origin, cost);
            ResultFolder folder = ResultFolder.open(options.folder);
            List<Piece> pieces = pieces(any, lineup, plan, origin);
            ComparisonRun run = new ComparisonRun(pipeline, folder, plan, pieces, surroundings.cancellation(), notes);
            make(pipeline, run, notes);
            new ComparisonResult(run.comparison(), folder).print(out, options.format);
        }
    }

    private Comparison comparison(
            Lineup lineup, List<Subject> subjects, Request any, Settings.Origin origin, ForwardCost cost) {
        int perStep = any.usesTrueCfg() ? 2 : 1;
        List<Contender> contenders = lineup.entrants().stream()
                .map(entrant -> {
                    PlanCost priced = PlanCost.of(entrant.plan().stages(), cost);
                    return new Contender(
                            entrant.name(),
                            StageWords.of(entrant.plan()),
                            perStep * priced.forwards(),
                            perStep * priced.flops());
                })
                .toList();
        return new Comparison(
                lineup.title(),
                facts(lineup, any, origin),
                contenders,
                lineup.reference(options.reference),
                subjects,
                List.of());
    }

    private static List<Comparison.Fact> facts(Lineup lineup, Request any, Settings.Origin origin) {
        Plan plan = lineup.entrants().get(0).plan();
        List<Comparison.Fact> facts = new ArrayList<>(List.of(
                new Comparison.Fact("model", origin.model()),
                new Comparison.Fact("size", plan.width() + "x" + plan.height()),
                new Comparison.Fact("dtype", origin.dtype()),
                new Comparison.Fact("device", origin.device()),
                new Comparison.Fact("threads", String.valueOf(origin.threads())),
                new Comparison.Fact("processor", Processors.name()),
                new Comparison.Fact("libtorch", origin.libtorch()),
                new Comparison.Fact("bottleneck4j", origin.version())));
        plan.frames().ifPresent(frames -> facts.add(new Comparison.Fact("frames", String.valueOf(frames))));
        if (any.usesTrueCfg()) {
            facts.add(new Comparison.Fact("true guidance", String.valueOf(any.trueCfgScale())));
        }
        return facts;
    }

    private List<Piece> pieces(Request any, Lineup lineup, Comparison plan, Settings.Origin origin) {
        List<Entrant> order = lineup.startingWith(plan.reference());
        List<Piece> pieces = new ArrayList<>();
        for (Subject subject : plan.subjects()) {
            for (Entrant entrant : order) {
                Request request = any.toBuilder()
                        .prompt(subject.prompt())
                        .seed(subject.seed())
                        .plan(entrant.plan())
                        .build();
                pieces.add(new Piece(
                        subject,
                        entrant.name(),
                        request,
                        any.model().kind() == Model.Kind.VIDEO
                                ? ResultFolder.video(subject, entrant.name())
                                : ResultFolder.picture(subject, entrant.name()),
                        Settings.of(request, origin).toJson()));
            }
        }
        return pieces;
    }

    private void make(Pipeline pipeline, ComparisonRun run, Notes notes) throws IOException {
        List<Job> jobs = run.resume();
        int found = run.comparison().measured().size();
        if (found > 0) {
            notes.note(found + " of " + (found + jobs.size()) + " pictures are there already, with these settings");
        }
        if (!jobs.isEmpty()) {
            try (Progress progress = Progress.of(jobs, err, surroundings.terminal())) {
                new JobLoop(pipeline)
                        .cancellation(surroundings.cancellation())
                        .listener(notes)
                        .listener(progress)
                        .listener(run)
                        .warmUp()
                        .run(jobs);
            } catch (CancellationException | IOException | OutOfMemoryError e) {
                leave(run, e);
                throw e;
            } catch (RuntimeException e) {
                leave(run, e);
                throw e;
            }
        }
        run.finish();
    }

    /** What is done is worth having, whatever ended the run. */
    private static void leave(ComparisonRun run, Throwable failure) {
        try {
            run.finish();
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }
}
