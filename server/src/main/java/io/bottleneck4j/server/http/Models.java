package io.bottleneck4j.server.http;

import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.Fields;
import io.bottleneck4j.server.settings.ServedModel;
import io.bottleneck4j.server.settings.ServerSettings;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The models that are served, and which one a request means. */
@RestController
class Models {
    private final ServerSettings settings;
    private final long started = System.currentTimeMillis() / 1000;

    Models(ServerSettings settings) {
        this.settings = settings;
    }

    /** The one that a request for pictures names, else the first that makes pictures. */
    ServedModel forPictures(Fields fields) {
        return chosen(fields, false);
    }

    /** The one that a request for a video names, else the first that makes videos. */
    ServedModel forVideos(Fields fields) {
        return chosen(fields, true);
    }

    private ServedModel chosen(Fields fields, boolean videos) {
        JsonNode value = fields.json().get("model");
        String wanted = videos ? "videos" : "pictures";
        if (value == null || value.isNull()) {
            return settings.names().stream()
                    .map(this::model)
                    .filter(model -> model.makesVideos() == videos)
                    .findFirst()
                    .orElseThrow(() -> ApiException.request(
                            400, "model", "model_not_found", "model: none of this server makes " + wanted));
        }
        String name = value.isString() ? value.asString() : value.toString();
        ServedModel model = settings.models().get(name);
        if (model == null) {
            throw ApiException.request(
                    404,
                    "model",
                    "model_not_found",
                    "model: there is no '" + Fields.shortened(name) + "'; use "
                            + String.join(" or ", settings.names()));
        }
        if (model.makesVideos() != videos) {
            throw ApiException.request(
                    400,
                    "model",
                    "invalid_value",
                    "model: " + name + " makes no " + wanted + "; ask "
                            + (videos ? "/v1/images/generations" : "/v1/videos"));
        }
        return model;
    }

    private ServedModel model(String name) {
        return Objects.requireNonNull(settings.models().get(name));
    }

    @GetMapping({"/models", "/v1/models"})
    void list(HttpServletResponse out) throws IOException {
        ObjectNode list = Answers.object().put("object", "list");
        ArrayNode data = list.putArray("data");
        settings.names().forEach(name -> data.add(view(model(name))));
        Answers.json(out, list);
    }

    @GetMapping({"/models/{id}", "/v1/models/{id}"})
    void get(@PathVariable("id") String id, HttpServletResponse out) throws IOException {
        @Nullable ServedModel model = settings.models().get(id);
        if (model == null) {
            throw ApiException.notFound("there is no model of that name; use " + String.join(" or ", settings.names()));
        }
        Answers.json(out, view(model));
    }

    private ObjectNode view(ServedModel served) {
        Model model = served.model();
        Planner planner = model.planner();
        ObjectNode view = Answers.object()
                .put("id", served.name())
                .put("object", "model")
                .put("created", started)
                .put("owned_by", "bottleneck4j")
                .put("kind", model.kind().name().toLowerCase(Locale.ROOT))
                .put("default_plan", planner.usual())
                .put("default_width", planner.defaultWidth())
                .put("default_height", planner.defaultHeight())
                .put("size_multiple", planner.multiple())
                .put("max_pixels", settings.pixels())
                .put("max_n", served.makesVideos() ? 1 : settings.images())
                .put("takes_image", model.takesPicture())
                .put("takes_mask", model.takesMask())
                .put("needs_image", model.needsMask())
                .put("needs_mask", model.needsMask());
        OptionalInt frames = planner.defaultFrames();
        view.put("default_frames", frames.isPresent() ? Integer.valueOf(frames.getAsInt()) : null);
        ArrayNode plans = view.putArray("plans");
        planner.names().forEach(name -> plans.add(plan(model, planner.named(name, Planner.Size.DEFAULT))));
        ArrayNode loras = view.putArray("loras");
        served.loras().keySet().stream().sorted().forEach(loras::add);
        return view;
    }

    private static ObjectNode plan(Model model, Plan plan) {
        ObjectNode view = Answers.object()
                .put("name", plan.name())
                .put("speed_up", Math.round(model.estimate(plan).speedUp() * 100) / 100.0);
        ArrayNode stages = view.putArray("stages");
        for (int i = 0; i < plan.spec().stages().size(); i++) {
            StageSpec stage = plan.spec().stages().get(i);
            stages.addObject()
                    .put("width", stage.width())
                    .put("height", stage.height())
                    .put("steps", plan.stages().stages().get(i).executedSteps());
        }
        return view;
    }
}
