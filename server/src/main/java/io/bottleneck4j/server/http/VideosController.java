package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.Fields;
import io.bottleneck4j.server.jobs.Inputs;
import io.bottleneck4j.server.jobs.JobRecord;
import io.bottleneck4j.server.jobs.Jobs;
import io.bottleneck4j.server.jobs.Order;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Videos: jobs that nobody waits for, but for {@code /sync}. */
@RestController
@RequestMapping({"/videos", "/v1/videos"})
class VideosController {
    private final Jobs jobs;
    private final Models models;

    VideosController(Jobs jobs, Models models) {
        this.jobs = jobs;
        this.models = models;
    }

    @PostMapping
    void create(HttpServletRequest in, HttpServletResponse out) throws IOException {
        Answers.json(out, Views.video(jobs, accept(in, false).record()));
    }

    @PostMapping("/sync")
    void sync(HttpServletRequest in, HttpServletResponse out) throws IOException {
        JobRecord record = Waiting.outcome(jobs, accept(in, true), Waiting.SILENT);
        if (record != null) {
            Contents.send(jobs, record, in, out);
        }
    }

    private Jobs.Accepted accept(HttpServletRequest in, boolean awaited) throws IOException {
        Bodies.requireNoPictures(in, "these models make videos of text alone; leave it out");
        Fields fields = Bodies.fields(in, jobs.settings());
        Order order = new Order(Order.Kind.VIDEO, models.forVideos(fields), fields, jobs.settings());
        return jobs.accept(order, Inputs.NONE, Gate.client(in), awaited, in.getHeader("Idempotency-Key"));
    }

    @GetMapping
    void list(HttpServletRequest in, HttpServletResponse out) throws IOException {
        Answers.json(out, Views.list(jobs, Gate.client(in), true, in));
    }

    @GetMapping("/{id}")
    void get(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Answers.json(out, Views.video(jobs, jobs.find(id, Gate.client(in), true)));
    }

    @GetMapping("/{id}/content")
    void content(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Contents.send(jobs, jobs.find(id, Gate.client(in), true), in, out);
    }

    @PostMapping("/{id}/cancel")
    void cancel(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Answers.json(out, Views.video(jobs, jobs.cancel(id, Gate.client(in), true)));
    }

    @DeleteMapping("/{id}")
    void delete(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        jobs.delete(id, Gate.client(in), true);
        Answers.json(
                out,
                Answers.object().put("id", id).put("object", "video.deleted").put("deleted", true));
    }
}
