package io.bottleneck4j.cli.compare;

import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.PromptOptions;
import io.bottleneck4j.cli.options.VideoOptions;
import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Progress;

import io.bottleneck4j.eval.compare.Comparison;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.compare.ComparisonFolder;
import io.bottleneck4j.eval.compare.ComparisonRun;
import io.bottleneck4j.eval.compare.Lineup;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

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
        List<String> given = prompt.all(words);
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
            List<Subject> subjects = new ArrayList<>();
            for (String text : prompts) {
                for (int i = 0; i < options.count; i++) {
                    subjects.add(new Subject(text, seed + i));
                }
            }
            Comparison plan = lineup.comparison(any, pipeline.origin(), subjects, options.reference);
            ComparisonFolder folder = ComparisonFolder.open(options.folder);
            ComparisonRun run = new ComparisonRun(pipeline, folder, lineup, plan, any);
            List<Job> jobs = run.resume(notes);
            try (Progress progress = Progress.of(jobs, err, surroundings.terminal())) {
                run.make(jobs, surroundings.cancellation(), notes, progress);
            }
            new ComparisonResult(run.comparison(), folder).print(out, options.format);
        }
    }
}
