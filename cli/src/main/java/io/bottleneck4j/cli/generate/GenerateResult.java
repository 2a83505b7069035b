package io.bottleneck4j.cli.generate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.PlanJson;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.Timings;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;

/**
 * What {@code generate} prints.
 *
 * @param jobs the pictures or videos made, at least one, all of one plan
 * @param forwards that ran, whole or in part, for all of them; a cache may decide so only while it runs
 * @param timings of the pipeline
 * @param opening seconds before it that count as loading too
 * @param total seconds, which hold also what is no phase, such as starting up
 * @param peakBytes memory the process held at most
 */
record GenerateResult(
        List<Job> jobs,
        Settings.Origin origin,
        int forwards,
        Timings timings,
        double opening,
        double total,
        long peakBytes) {

    /** Counts the forwards of a loop. */
    static final class Forwards implements JobListener {
        private int count;

        @Override
        public void onStep(Step step) {
            count += step.forward() == Forward.SKIPPED ? 0 : 1;
        }
    }

    GenerateResult(
            List<Job> jobs,
            Settings.Origin origin,
            Forwards steps,
            Timings timings,
            double opening,
            double total,
            long peakBytes) {
        this(
                jobs,
                origin,
                steps.count * (jobs.get(0).request().usesTrueCfg() ? 2 : 1),
                timings,
                opening,
                total,
                peakBytes);
    }

    void print(PrintWriter out, Format format) {
        if (format == Format.JSON) {
            out.println(json());
        } else {
            text(out);
        }
        out.flush();
    }

    private void text(PrintWriter out) {
        for (Job job : jobs) {
            out.println(job.output() + "  seed " + job.request().seedText());
        }
        out.println(String.format(
                Locale.ROOT,
                "%d forwards (%s), %.2f s denoising, %.2f s in all, %d MB at most, %s %s",
                forwards,
                first().plan().name(),
                timings.seconds(Timings.Phase.DENOISE),
                total,
                peakBytes >> 20,
                origin.device(),
                origin.dtype()));
    }

    private Request first() {
        return jobs.get(0).request();
    }

    private ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode images = json.putArray(first().model().kind() == Model.Kind.PICTURE ? "images" : "videos");
        for (Job job : jobs) {
            images.addObject()
                    .put("file", job.output().toString())
                    .put("seed", new BigInteger(job.request().seedText()));
        }
        json.put("forwards", first().forwards());
        if (forwards != jobs.size() * first().forwards()) {
            json.put("forwards_run", forwards);
        }
        json.set("plan", PlanJson.of(first().plan()));
        ObjectNode seconds = json.putObject("seconds");
        for (Timings.Phase phase : Timings.Phase.values()) {
            double before = phase == Timings.Phase.LOAD ? opening : 0;
            seconds.put(phase.name().toLowerCase(Locale.ROOT), rounded(before + timings.seconds(phase)));
        }
        seconds.put("total", rounded(total));
        return json.put("peak_rss_bytes", peakBytes)
                .put("model", origin.model())
                .put("dtype", origin.dtype())
                .put("device", origin.device());
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
