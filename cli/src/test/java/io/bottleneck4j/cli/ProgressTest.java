package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.cli.terminal.Progress;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Progress of a plan of 1 step at 64 tokens and 4 steps at 16, with 16 tokens of text: 80 + 4 · 32 units of work. */
class ProgressTest {
    private static final Plan PLAN = plan();

    private final StringWriter err = new StringWriter();
    private long seconds = 5;

    private static Plan plan() {
        List<StageSpec> spec = List.of(new StageSpec(128, 128, 1, 1, 1), new StageSpec(64, 64, 5, 0.8, 1));
        List<ResolutionStage> stages = List.of(
                new ResolutionStage(new LatentShape(4, 1, 16, 16), 1, 1, new Shift.None(), Rounding.IMG2IMG),
                new ResolutionStage(new LatentShape(4, 1, 8, 8), 5, 0.8, new Shift.None(), Rounding.IMG2IMG));
        return new Plan(new PlanSpec("p", spec), new StagePlan(stages), List.of());
    }

    private Progress progress(boolean live, int pictures) {
        List<Progress.Task> tasks = Collections.nCopies(pictures, new Progress.Task("", PLAN));
        return new Progress(new PrintWriter(err), live, () -> seconds * 1_000_000_000, tasks, 16);
    }

    private static Step step(int stage, int step) {
        Latents any = Latents.zeros(new LatentShape(1, 1, 1, 1));
        return new Step(new Position(PLAN.stages(), stage, step), 1, 0, any, any, Forward.FULL);
    }

    @Test
    void onStep_onATerminal_rewritesOneLine() {
        try (Progress progress = progress(true, 1)) {
            progress.begin(0);
            progress.onStage(step(0, 0).at());
            seconds += 80;
            progress.onStep(step(0, 0));
            progress.onStage(step(1, 0).at());
            seconds += 32;
            progress.onStep(step(1, 0));
        }
        assertThat(err)
                .hasToString("\r\u001b[Kstage 1/2 128x128, step 1/1, 128 s left".replace("128 s", "2 min")
                        + "\r\u001b[Kstage 2/2 64x64, step 1/4, 96 s left\r\u001b[K");
    }

    @Test
    void onStep_piped_printsStagesAndTenths() {
        Progress progress = progress(false, 2);
        progress.begin(1);
        progress.onStage(step(0, 0).at());
        seconds += 80;
        progress.onStep(step(0, 0));
        assertThat(err.toString().lines())
                .containsExactly(
                        "picture 2/2, stage 1/2 128x128, 1 steps",
                        "picture 2/2, stage 1/2 128x128, step 1/1, 6 min left");
    }

    @ParameterizedTest
    @CsvSource({"0.04, 0.0 s", "9.94, 9.9 s", "10.4, 10 s", "119.4, 119 s", "150, 3 min", "8000, 2 h"})
    void duration_isShort(double seconds, String expected) {
        assertThat(Progress.duration(seconds)).isEqualTo(expected);
    }
}
