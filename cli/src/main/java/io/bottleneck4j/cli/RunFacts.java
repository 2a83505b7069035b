package io.bottleneck4j.cli;

import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.torch.Processors;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What is recorded of a run.
 *
 * @param chosen of which benchmark
 * @param seed of each prompt's first sample
 */
record RunFacts(BenchmarkOptions.Chosen chosen, long seed) {

    /** The record; {@code any} is one of the run's requests. */
    RunRecord record(Request any, Settings.Origin origin) {
        Plan plan = any.plan();
        int perStep = any.usesTrueCfg() ? 2 : 1;
        PlanCost cost = PlanCost.of(plan.stages(), any.model().forwardCost(any.maxSequenceLength()));
        return new RunRecord(
                chosen.benchmark().name(),
                origin.model(),
                Entrant.shown(plan.name()),
                StageWords.of(plan),
                perStep * cost.forwards(),
                perStep * cost.flops(),
                plan.width(),
                plan.height(),
                plan.frames().orElse(1),
                origin.dtype(),
                settings(any),
                new RunRecord.PromptSet(
                        chosen.prompts().names(),
                        chosen.prompts().sha256(),
                        chosen.layout().prompts().size()),
                chosen.layout().samples(),
                seed,
                chosen.shard().count(),
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
            settings.put("negative-prompt", any.negativePrompt());
        }
        settings.put("max-sequence-length", String.valueOf(any.maxSequenceLength()));
        PlanRules rules = any.plan().spec().rules();
        settings.put("resampler", rules.resampler().name().toLowerCase(Locale.ROOT));
        settings.put("rounding", rules.rounding().name().toLowerCase(Locale.ROOT));
        settings.put("renoise", String.valueOf(rules.renoise()));
        settings.put("reshift", String.valueOf(rules.reshift()));
        if (any.model().kind() == Model.Kind.VIDEO) {
            settings.put("fps", String.valueOf(any.video().fps()));
        }
        return settings;
    }
}
