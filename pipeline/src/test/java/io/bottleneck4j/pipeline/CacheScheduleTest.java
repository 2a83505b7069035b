package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.cache.OverFeature.Feature;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CacheScheduleTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final String STAGES = """
            stages:
              - {width: 64, height: 64, steps: 6,  strength: 1.0, shift: 3}
              - {width: 32, height: 32, steps: 10, strength: 0.8, shift: 2}
            """;

    @TempDir
    private Path folder;

    private static Model model() {
        return Model.open(Golden.folder(Tiny.PICTURES));
    }

    private static Plan plan(Model model) {
        return model.planner().written(PlanFile.parse("own", STAGES));
    }

    private static CacheSchedule calibrated(Model model, Plan plan, Feature feature, double part) {
        try (Pipeline pipeline = model.pipeline(FLOAT32)) {
            CacheSchedule.Calibration calibration = new CacheSchedule.Calibration(pipeline, plan, feature);
            for (int seed = 0; seed < 2; seed++) {
                Request request = model.request("a fox").seed(seed).plan(plan).build();
                calibration.run(request, SamplingListener.NONE, new Cancellation());
            }
            return calibration.choose(part);
        }
    }

    /** From runs to a file to a run that computes the steps it says. */
    @ParameterizedTest
    @EnumSource
    void calibrate_thenRun_computesTheChosenSteps(Feature feature) throws IOException {
        Model model = model();
        Plan plan = plan(model);
        CacheSchedule found = calibrated(model, plan, feature, 0.5);
        assertThat(found.steps().get(0)).hasSize(3).startsWith(0, 1);
        assertThat(found.steps().get(1)).hasSize(4).startsWith(0, 1);
        assertThat(found.errors()).allSatisfy(error -> assertThat(error).isPositive());
        assertThat(calibrated(model, plan, feature, 0.5)).as("the same again").isEqualTo(found);
        assertThat(found.runs()).isEqualTo(2);

        Path file = folder.resolve("own.json");
        found.write(file);
        CacheSchedule read = CacheSchedule.read(file);
        assertThat(read).isEqualTo(found);
        Plan cached = read.of(plan);
        assertThat(cached.name()).isEqualTo("own+dpcache");
        List<Step> steps = new ArrayList<>();
        try (Pipeline pipeline = model.pipeline(FLOAT32)) {
            Request request = model.request("a fox").seed(1).plan(cached).build();
            pipeline.denoise(request, pipeline.encode(request), steps::add, new Cancellation());
        }
        for (Step step : steps) {
            boolean chosen =
                    found.steps().get(step.at().stage()).contains(step.at().step());
            assertThat(step.forward()).isEqualTo(chosen ? Forward.FULL : Forward.SKIPPED);
        }
    }

    @Test
    void choose_allSteps_isNoCache() {
        Model model = model();
        Plan plan = plan(model);
        Plan cached = calibrated(model, plan, Feature.VELOCITY, 1).of(plan);
        assertThat(cached.spec().stages())
                .allSatisfy(stage -> assertThat(stage.cache()).isSameAs(StepCache.NONE));
    }

    @Test
    void of_anotherPlanModelOrType_isRefused() {
        Model model = model();
        Plan plan = plan(model);
        CacheSchedule found = calibrated(model, plan, Feature.VELOCITY, 0.5);
        Plan other = model.planner().written(PlanFile.parse("other", STAGES.replace("steps: 10", "steps: 11")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> found.of(other))
                .withMessage(
                        "the schedule was made for plan own, whose stages or rules differ from those of other here;"
                                + " calibrate it anew with dpcache, or use its own plan and size");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> found.require(model, DType.BFLOAT16))
                .withMessage(
                        "cache: the schedule was calibrated in float32, not bfloat16; use --dtype float32, or calibrate"
                                + " it anew by dpcache");
        found.require(model, DType.FLOAT32);
        found.require(model, null);
        CacheSchedule foreign = new CacheSchedule(
                "org/other",
                found.dtype(),
                found.name(),
                found.plan(),
                found.feature(),
                found.steps(),
                found.errors(),
                found.runs());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> foreign.require(model, null))
                .withMessageStartingWith("cache: the schedule was calibrated with model org/other, not ");
        Plan cached = plan.withCaches("own", Collections.nCopies(2, Caches.parse("taylor")));
        assertThat(found.of(cached).spec().stages().get(0).cache().toString()).startsWith("taylor:steps=0.1");
    }

    @Test
    void read_whatIsNone_saysSo() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CacheSchedule.read(folder.resolve("none.json")))
                .withMessageEndingWith("none.json: does not exist; give a file that dpcache wrote");
        Path other = Files.writeString(folder.resolve("other.json"), "{\"a\": 1}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CacheSchedule.read(other))
                .withMessageContaining("other.json: cache schedule: 'a' is unknown");
        Path broken = Files.writeString(folder.resolve("broken.json"), "{");
        assertThatIllegalArgumentException().isThrownBy(() -> CacheSchedule.read(broken));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"velocity\" | \"Hidden\" | feature: must be velocity or hidden, not 'Hidden'; make it anew with dpcache",
                "\"float32\" | \"int4\" | dtype: must be float32 or bfloat16, not 'int4'",
                "[0,1] | [0,0] | stage 1: steps: 0.0 must rise, but 0 follows 0",
                "[0,1] | [9,9] | stage 1: steps: 9.9 must begin with 0",
                "[0.5] | [0.5,0.5] | errors: must be one for each of the 1 stages, not 2",
                "\"runs\":2 | \"runs\":-3 | runs: must be at least 1, not -3"
            })
    void read_editedFile_isRefused(String was, String is, String message) throws IOException {
        CacheSchedule schedule =
                new CacheSchedule("m", "float32", "own", "plan", "velocity", List.of(List.of(0, 1)), List.of(0.5), 2);
        Path file = folder.resolve("edited.json");
        schedule.write(file);
        String text = Files.readString(file);
        assertThat(text).contains(was);
        Files.writeString(file, text.replace(was, is));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CacheSchedule.read(file))
                .withMessageStartingWith(file + ": cache schedule: " + message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CacheSchedule.requireReplaceable(file))
                .withMessage("output: " + file + " is there and is no cache schedule; choose another name");
    }

    @Test
    void of_moreListsThanStages_isRefused() {
        Model model = model();
        Plan plan = plan(model);
        CacheSchedule found = calibrated(model, plan, Feature.VELOCITY, 0.5);
        CacheSchedule more = new CacheSchedule(
                found.model(),
                found.dtype(),
                found.name(),
                found.plan(),
                found.feature(),
                List.of(List.of(0), List.of(0), List.of(0)),
                List.of(0.0, 0.0, 0.0),
                1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> more.of(plan))
                .withMessage(
                        "steps: 3 lists do not belong to the 2 stages of plan own; calibrate it anew with dpcache");
    }

    @Test
    void choose_partOutOfRange_isRefused() {
        Model model = model();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> calibrated(model, plan(model), Feature.VELOCITY, 0))
                .withMessage("part: must be above 0 and at most 1, not 0.0; try 0.5");
    }
}
