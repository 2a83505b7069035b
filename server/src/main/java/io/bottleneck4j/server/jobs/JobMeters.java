package io.bottleneck4j.server.jobs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** What is counted of jobs: nothing of what they are about. */
final class JobMeters {
    private final MeterRegistry registry;
    private final Counter rejected;

    JobMeters(MeterRegistry registry) {
        this.registry = registry;
        rejected = Counter.builder("bottleneck4j.rejected")
                .description("Requests that found the queue full")
                .register(registry);
    }

    void rejected() {
        rejected.increment();
    }

    void ended(JobRecord record) {
        Long end = record.ended();
        if (end == null) {
            return;
        }
        long start = record.started() == null ? end : record.started();
        JobRecord.Outcome result = record.result();
        timer("bottleneck4j.job.waited", "Time in the queue", record)
                .record(Duration.ofMillis(start - record.created()));
        timer("bottleneck4j.job.run", "Time from start to end", record).record(Duration.ofMillis(end - start));
        if (result != null) {
            Double preview = result.firstPreview();
            if (preview != null) {
                timer("bottleneck4j.job.first.preview", "Time from start to the first preview", record)
                        .record(Duration.ofMillis(Math.round(preview * 1000)));
            }
        }
    }

    private Timer timer(String name, String description, JobRecord record) {
        return Timer.builder(name)
                .description(description)
                .tag("kind", record.kind().event())
                .tag("model", record.model())
                .tag("plan", record.outline().plan())
                .tag("status", record.status().word())
                .register(registry);
    }
}
