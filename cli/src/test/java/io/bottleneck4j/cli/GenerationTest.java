package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order in which {@link Generation} uses a real model. */
class GenerationTest {
    @TempDir
    Path folder;

    @Test
    void run_ofManyPrompts_encodesThirtyTwoAtOnceAndFreesTheEncodersBeforeDenoising() throws IOException {
        List<String> calls = new ArrayList<>();
        Execution execution = new Execution(Device.CPU, DType.FLOAT32);
        try (Maker tiny = ModelSource.read(ModelFolder.open(Cli.TINY)).open(execution, OptionalInt.empty())) {
            Plan plan =
                    tiny.planner().baseline(Planner.Size.of(16, 16), OptionalInt.of(1), OptionalDouble.empty());
            List<Generation.Job> jobs = new ArrayList<>();
            for (int i = 0; i < 34; i++) {
                ImageRequest request = tiny.request("prompt " + i, settings -> settings.plan(plan));
                jobs.add(job(request, 2 * i));
                jobs.add(job(request.withSeed(1), 2 * i + 1));
            }
            PrintWriter quiet = new PrintWriter(Writer.nullWriter());
            new Generation(
                            watched(tiny, calls),
                            RunOptions.origin("tiny", execution),
                            Progress.of(jobs, quiet, false),
                            new Deaf(),
                            new Cancellation(),
                            new Notes(quiet))
                    .run(jobs);
        }

        List<String> wanted = new ArrayList<>(Collections.nCopies(32, "encode"));
        wanted.add("releaseTextEncoders");
        wanted.addAll(Collections.nCopies(64, "denoise"));
        wanted.addAll(Collections.nCopies(2, "encode"));
        wanted.add("releaseTextEncoders");
        wanted.addAll(Collections.nCopies(4, "denoise"));
        assertThat(calls).isEqualTo(wanted);
    }

    private Generation.Job job(ImageRequest request, int index) {
        return new Generation.Job("", request, folder.resolve(index + ".png"), null);
    }

    /** The model, which notes the calls that load or free weights. */
    private static Maker watched(Maker model, List<String> calls) {
        return (Maker) Proxy.newProxyInstance(
                Maker.class.getClassLoader(), new Class<?>[] {Maker.class}, (proxy, method, arguments) -> {
                    if (List.of("encode", "releaseTextEncoders", "denoise").contains(method.getName())) {
                        calls.add(method.getName());
                    }
                    try {
                        return method.invoke(model, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static final class Deaf implements Onlooker {
        @Override
        public void begin(Generation.Job job) {}

        @Override
        public void onStep(Step step) {}
    }
}
