package io.bottleneck4j.examples;

import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Result;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Stages of one's own, and what they cost before anything is loaded. */
public final class OwnPlan {
    private OwnPlan() {}

    public static void main(String[] args) throws IOException {
        make(Path.of("fox.png"));
    }

    static Result make(Path output) throws IOException {
        Model model = Model.open(EmojiFlux.folder());
        PlanSpec spec = new PlanSpec(
                "mine",
                List.of(
                        // width, height, steps, strength, shift
                        new StageSpec(256, 256, 4, 1.0, 3),
                        new StageSpec(128, 128, 8, 0.8, 2),
                        new StageSpec(256, 256, 4, 0.6, 3)));
        Request request = model.request("a red fox").seed(7).plan(spec).build();
        System.out.printf(
                "%d forwards, %.1f times as fast as the baseline by FLOPs%n",
                request.forwards(), model.estimate(request.plan()).speedUp());
        try (Pipeline pipeline = model.pipeline()) {
            Result result = pipeline.generate(request);
            result.write(output);
            return result;
        }
    }
}
