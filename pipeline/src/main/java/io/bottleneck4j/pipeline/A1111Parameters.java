package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.UniPc;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The {@code parameters} text that Automatic1111's web UI writes into PNG files, and picture viewers and sites read: the prompt, the
 * negative prompt, and one line of {@code Name: value} pairs.
 */
@API(status = API.Status.INTERNAL)
public final class A1111Parameters {
    /** The PNG text chunk it is stored under. */
    public static final String KEY = "parameters";

    /** How many steps run does not depend on the size. */
    private static final LatentShape ANY_SHAPE = new LatentShape(1, 1, 1, 1);

    private A1111Parameters() {}

    /** The text of a picture. Steps are the steps that ran, over all stages; shifts and strengths stand in Plan. */
    public static String text(Settings of) {
        String negative = of.negativePrompt().isEmpty() ? "" : "Negative prompt: " + of.negativePrompt() + "\n";
        StageSpec last = of.plan().last();
        String stages = of.plan().stages().stream().map(A1111Parameters::stage).collect(Collectors.joining("; "));
        return of.prompt() + tags(of) + "\n" + negative + "Steps: " + steps(of) + ", Sampler: "
                + (isUniPc(of) ? "UniPC" : "Euler") + ", CFG scale: "
                + plain(of.trueCfgScale()) + ", Distilled CFG Scale: " + plain(of.guidance()) + ", Seed: "
                + Long.toUnsignedString(of.seed()) + ", Size: " + last.width() + "x" + last.height()
                + started(of.start()) + ", Model: "
                + quoted(of.origin().model()) + ", Plan: " + quoted(of.plan().name()) + ", Stages: \"" + stages + '"'
                + (of.plan().rules().renoise() ? "" : ", Renoise: false")
                + (of.plan().rules().reshift() ? "" : ", Reshift: false")
                + (of.plan().rules().handOver() == HandOver.DCT ? ", Handover: dct" : "")
                + (of.plan().rules().grid() == Grid.SCHEDULE
                        ? ""
                        : ", Grid: " + of.plan().rules().grid())
                + (of.plan().rules().amplify() == 0
                        ? ""
                        : ", Amplify: " + plain(of.plan().rules().amplify()))
                + (of.plan().rules().tile() == 0
                        ? ""
                        : ", Tile: " + of.plan().rules().tile())
                + hashes(of) + ", Version: bottleneck4j "
                + of.origin().version();
    }

    /** The web UI names LoRAs in the prompt. */
    private static String tags(Settings of) {
        return of.origin().loras().stream()
                .map(lora -> " <lora:" + alias(lora) + ":" + plain(lora.scale()) + ">")
                .collect(Collectors.joining());
    }

    /** Sites find the files by these. */
    private static String hashes(Settings of) {
        String hashes = of.origin().loras().stream()
                .map(lora -> alias(lora) + ": " + lora.shortHash())
                .collect(Collectors.joining(", "));
        return hashes.isEmpty() ? "" : ", Lora hashes: " + quoted(hashes);
    }

    /** The web UI takes out what separates names. */
    private static String alias(Settings.Lora lora) {
        return lora.name().replace(":", "").replace(",", "");
    }

    /** As the web UI's img2img writes it; the files' names are ours. */
    private static String started(Settings.@Nullable Start start) {
        if (start == null) {
            return "";
        }
        Settings.InputFile mask = start.mask();
        return ", Denoising strength: " + plain(start.strength()) + ", Init image: "
                + quoted(start.image().path()) + (mask == null ? "" : ", Mask: " + quoted(mask.path()));
    }

    private static boolean isUniPc(Settings of) {
        return of.plan().rules().solver() == SolverChoice.UNIPC;
    }

    private static int steps(Settings of) {
        StagePlan whole = new StagePlan(of.plan().stages().stream()
                .map(stage -> new ResolutionStage(
                                ANY_SHAPE,
                                stage.steps(),
                                stage.strength(),
                                new Shift.Constant(stage.shift()),
                                of.plan().rules().rounding(),
                                stage.until())
                        .withSolver(isUniPc(of) ? UniPc.USUAL : Solver.EULER))
                .toList());
        Settings.Start start = of.start();
        return (start == null ? whole : whole.startingAt(start.strength())).executedSteps();
    }

    private static String stage(StageSpec stage) {
        return stage.width() + "x" + stage.height() + " steps " + stage.steps() + " strength " + plain(stage.strength())
                + " shift " + plain(stage.shift())
                + (stage.until() == 0 ? "" : " until " + plain(stage.until()))
                + (stage.cache() == StepCache.NONE ? "" : " cache " + stage.cache());
    }

    /** As people write numbers: 1 and not 1.0. */
    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.format(Locale.ROOT, "%d", (long) value)
                : Double.toString(value);
    }

    /** Values with a comma, colon or line break are put in quotes, as the web UI does. */
    private static String quoted(String value) {
        boolean plain = value.chars().noneMatch(c -> c == ',' || c == ':' || c == '\n' || c == '"');
        return plain
                ? value
                : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
