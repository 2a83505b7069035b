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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What {@code generate} prints.
 *
 * @param jobs the pictures or videos made, at least one, all of one plan
 * @param forwards that ran for each of them, whole or in part; a cache may decide so only while it runs
 * @param timings of the pipeline
 * @param opening seconds before it that count as loading too
 * @param total seconds, which hold also what is no phase, such as starting up
 * @param peakBytes memory the process held at most
 */
record GenerateResult(
        List<Job> jobs,
        Settings.Origin origin,
        List<Integer> forwards,
        Timings timings,
        double opening,
        double total,
        long peakBytes) {

    /** Counts the forwards of a loop, for each job. */
    static final class Forwards implements JobListener {
        private final List<Integer> counts = new ArrayList<>();
        private int each = 1;

        @Override
        public void begin(Job job, int index) {
            each = job.request().forwardsPerStep();
            counts.add(0);
        }

        List<Integer> counts() {
            return List.copyOf(counts);
        }

        @Override
        public void onStep(Step step) {
            int last = counts.size() - 1;
            counts.set(last, counts.get(last) + (step.forward() == Forward.SKIPPED ? 0 : each));
        }
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
                forwards.stream().mapToInt(Integer::intValue).sum(),
                first().plan().name(),
                timings.seconds(Timings.Phase.DENOISE),
                total,
                peakBytes / 1_000_000,
                origin.device(),
                origin.precision()));
    }

    private Request first() {
        return jobs.get(0).request();
    }

    private ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode images = json.putArray(first().model().kind() == Model.Kind.PICTURE ? "images" : "videos");
        for (int i = 0; i < jobs.size(); i++) {
            images.addObject()
                    .put("file", jobs.get(i).output().toString())
                    .put("seed", new BigInteger(jobs.get(i).request().seedText()))
                    .put("forwards", forwards.get(i));
        }
        json.put("forwards", first().forwards());
        json.set("plan", PlanJson.of(first().plan()));
        ObjectNode seconds = json.putObject("seconds");
        for (Timings.Phase phase : Timings.Phase.values()) {
            double before = phase == Timings.Phase.LOAD ? opening : 0;
            seconds.put(phase.name().toLowerCase(Locale.ROOT), rounded(before + timings.seconds(phase)));
        }
        seconds.put("total", rounded(total));
        ArrayNode loras = json.putArray("loras");
        origin.loras()
                .forEach(lora -> loras.addObject()
                        .put("file", lora.file())
                        .put("scale", lora.scale())
                        .put("sha256", lora.sha256()));
        return json.put("peak_rss_bytes", peakBytes)
                .put("model", origin.model())
                .put("dtype", origin.dtype())
                .put("quantize", origin.quantization().toString())
                .put("device", origin.device());
    }

    private static double rounded(double value) {
        return Math.round(value * 1e4) / 1e4;
    }
}
