package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.Fields;
import io.bottleneck4j.server.jobs.Inputs;
import io.bottleneck4j.server.jobs.JobEvent;
import io.bottleneck4j.server.jobs.JobRecord;
import io.bottleneck4j.server.jobs.Jobs;
import io.bottleneck4j.server.jobs.Order;
import io.bottleneck4j.server.jobs.ServerJob;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Pictures: made of a prompt, or of a picture and a prompt; and those that were made. */
@RestController
@RequestMapping({"/images", "/v1/images"})
class ImagesController {
    private final Jobs jobs;
    private final Models models;

    ImagesController(Jobs jobs, Models models) {
        this.jobs = jobs;
        this.models = models;
    }

    @PostMapping("/generations")
    void generate(HttpServletRequest in, HttpServletResponse out) throws IOException {
        Bodies.requireNoPictures(in, "no picture is taken here; /v1/images/edits takes one");
        Fields fields = Bodies.fields(in, jobs.settings());
        make(in, out, Order.Kind.GENERATION, fields, Inputs.NONE);
    }

    @PostMapping("/edits")
    void edit(HttpServletRequest in, HttpServletResponse out) throws IOException {
        Inputs inputs = Bodies.inputs(in);
        make(in, out, Order.Kind.EDIT, Bodies.fields(in, jobs.settings()), inputs);
    }

    private void make(HttpServletRequest in, HttpServletResponse out, Order.Kind kind, Fields fields, Inputs inputs)
            throws IOException {
        Order order = new Order(kind, models.forPictures(fields), fields, jobs.settings());
        Jobs.Accepted accepted = jobs.accept(order, inputs, Gate.client(in), true, in.getHeader("Idempotency-Key"));
        if (order.streams()) {
            stream(in, out, order, accepted);
            return;
        }
        JobRecord record = Waiting.outcome(jobs, accepted, Waiting.SILENT);
        if (record != null) {
            Answers.json(out, Views.pictures(jobs, record, order, origin(in)));
        }
    }

    private void stream(HttpServletRequest in, HttpServletResponse out, Order order, Jobs.Accepted accepted)
            throws IOException {
        EventStream stream;
        try {
            stream = new EventStream(out);
        } catch (IOException e) {
            ServerJob job = accepted.job();
            if (job != null) {
                jobs.leave(job);
            }
            return; // the client is gone already
        }
        try {
            JobRecord record = Waiting.outcome(
                    jobs, accepted, new Told(stream, order, accepted.record().id()));
            for (int i = 0; record != null && i < order.n(); i++) {
                stream.send(Views.completed(jobs, record, order, i, origin(in)));
            }
        } catch (ApiException e) {
            stream.send("error", Answers.error(e.body()).put("type", "error"));
        } catch (IOException e) {
            return; // the client is gone, and its job was left
        }
    }

    /** What becomes of a job, as events. */
    private record Told(EventStream stream, Order order, String id) implements Waiting.Listener {
        @Override
        public void event(JobEvent told) throws IOException {
            if (told instanceof JobEvent.Previewed preview) {
                stream.send(Views.partial(order, preview));
            } else if (told instanceof JobEvent.Stepped step && order.tellsProgress()) {
                stream.send(Views.step(id, order.kind().event(), step));
            }
        }

        @Override
        public void position(int before) throws IOException {
            if (order.tellsProgress()) {
                stream.send(Answers.object()
                        .put("type", order.kind().event() + ".queued")
                        .put("id", id)
                        .put("position", before));
            }
        }

        @Override
        public void beat() throws IOException {
            stream.keepAlive();
        }
    }

    /** The address that the client asked, for addresses of pictures. */
    private static String origin(HttpServletRequest in) {
        String base = in.getRequestURL().toString();
        return base.substring(0, base.length() - in.getRequestURI().length());
    }

    @GetMapping
    void list(HttpServletRequest in, HttpServletResponse out) throws IOException {
        Answers.json(out, Views.list(jobs, Gate.client(in), false, in));
    }

    @GetMapping("/{id}")
    void get(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Answers.json(out, Views.image(jobs.find(id, Gate.client(in), false)));
    }

    @GetMapping("/{id}/content")
    void content(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Contents.send(jobs, jobs.find(id, Gate.client(in), false), in, out);
    }

    @PostMapping("/{id}/cancel")
    void cancel(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        Answers.json(out, Views.image(jobs.cancel(id, Gate.client(in), false)));
    }

    @DeleteMapping("/{id}")
    void delete(@PathVariable("id") String id, HttpServletRequest in, HttpServletResponse out) throws IOException {
        jobs.delete(id, Gate.client(in), false);
        Answers.json(
                out,
                Answers.object().put("id", id).put("object", "image.deleted").put("deleted", true));
    }
}
