package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.folder.ModelDefaults;
import io.bottleneck4j.models.folder.PlanSpec;
import io.bottleneck4j.models.folder.StageSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Makes plans for one model: the baseline, plans by name, plan files, each at a wanted size. */
public final class Planner {
    public static final String BASELINE = "baseline";
    public static final String BOTTLENECK = "bottleneck";

    /** Steps of diffusers' FluxPipeline where nothing else is said. */
    private static final int DEFAULT_STEPS = 28;

    /** Source: arXiv 2503.18940, App. A.3, FLUX. */
    private static final PlanSpec PAPER = new PlanSpec(
            BOTTLENECK,
            List.of(
                    new StageSpec(1024, 1024, 6, 1.0, 9),
                    new StageSpec(512, 512, 20, 0.8, 6),
                    new StageSpec(1024, 1024, 8, 0.6, 9)));

    private final ModelDefaults defaults;
    private final int sampleSize;
    private final PixelGrid grid;
    private final Shift shift;

    Planner(ModelDefaults defaults, int sampleSize, PixelGrid grid, Shift shift) {
        this.defaults = defaults;
        this.sampleSize = sampleSize;
        this.grid = grid;
        this.shift = shift;
    }

    /** A wanted size; absent sides are the model's own. */
    public record Size(OptionalInt width, OptionalInt height) {
        public static final Size DEFAULT = new Size(OptionalInt.empty(), OptionalInt.empty());

        public static Size of(int width, int height) {
            return new Size(OptionalInt.of(width), OptionalInt.of(height));
        }
    }

    public int defaultWidth() {
        return defaults.width().orElse(sampleSize);
    }

    public int defaultHeight() {
        return defaults.height().orElse(sampleSize);
    }

    /** Names {@link #named} accepts. */
    public List<String> names() {
        TreeSet<String> names = new TreeSet<>(defaults.plans().keySet());
        names.add(BASELINE);
        names.add(BOTTLENECK);
        return List.copyOf(names);
    }

    /**
     * One stage from noise, what diffusers' FluxPipeline does: the scheduler's own shift unless one is given.
     *
     * @throws IllegalArgumentException if size, steps or shift do not fit
     */
    public ImagePlan baseline(Size size, OptionalInt steps, OptionalDouble ownShift) {
        int width = size.width().orElse(defaultWidth());
        int height = size.height().orElse(defaultHeight());
        LatentShape shape = grid.shape(width, height);
        @Nullable PlanSpec advised = defaults.plans().get(BASELINE);
        int n = steps.orElse(
                defaults.steps().orElse(advised != null ? advised.last().steps() : DEFAULT_STEPS));
        double s = ownShift.orElseGet(() -> advised != null ? advised.last().shift() : shift.factor(shape));
        return fit(new PlanSpec(BASELINE, List.of(new StageSpec(width, height, n, 1, s))), Rounding.IMG2IMG, List.of());
    }

    /**
     * A plan of the model's by name; {@code bottleneck} is always there, as the paper's preset where the model has none.
     *
     * @throws IllegalArgumentException if there is none of that name, or the size does not fit
     */
    public ImagePlan named(String name, Size size, Rounding rounding) {
        PlanSpec spec = defaults.plans().get(name);
        if (spec == null && name.equals(BASELINE)) {
            return baseline(size, OptionalInt.empty(), OptionalDouble.empty());
        }
        Size wanted = size;
        if (spec == null && name.equals(BOTTLENECK)) {
            spec = PAPER;
            wanted = Size.of(size.width().orElse(defaultWidth()), size.height().orElse(defaultHeight()));
        }
        if (spec == null) {
            throw new IllegalArgumentException("plan: '" + name + "' is neither a file nor a plan of this model; use "
                    + String.join(", ", names()) + " or a plan file");
        }
        List<String> notes = new ArrayList<>();
        return fit(scaled(spec, wanted, notes), rounding, notes);
    }

    /**
     * A plan as written.
     *
     * @throws IllegalArgumentException if a stage's size does not fit the model
     */
    public ImagePlan written(PlanSpec spec, Rounding rounding) {
        return fit(spec, rounding, List.of());
    }

    /** The plan at another size: every stage keeps its ratio to the last, rounded to what the model accepts. */
    private PlanSpec scaled(PlanSpec spec, Size size, List<String> notes) {
        StageSpec last = spec.last();
        int width = size.width().orElse(last.width());
        int height = size.height().orElse(last.height());
        if (width == last.width() && height == last.height()) {
            return spec;
        }
        grid.shape(width, height); // the wanted size itself is never rounded
        List<StageSpec> stages = new ArrayList<>();
        for (StageSpec stage : spec.stages()) {
            double wantedWidth = (double) stage.width() * width / last.width();
            double wantedHeight = (double) stage.height() * height / last.height();
            int w = grid.nearest(wantedWidth);
            int h = grid.nearest(wantedHeight);
            if (w != wantedWidth || h != wantedHeight) {
                notes.add("stage %s: %s x %s px rounded to %s x %s, multiples of %s"
                        .formatted(stages.size() + 1, plain(wantedWidth), plain(wantedHeight), w, h, grid.multiple()));
            }
            stages.add(new StageSpec(w, h, stage.steps(), stage.strength(), stage.shift()));
        }
        return new PlanSpec(spec.name(), stages);
    }

    private static String plain(double pixels) {
        return pixels == Math.rint(pixels) ? String.valueOf((long) pixels) : String.format(Locale.ROOT, "%.1f", pixels);
    }

    private ImagePlan fit(PlanSpec spec, Rounding rounding, List<String> notes) {
        List<ResolutionStage> stages = new ArrayList<>();
        for (StageSpec stage : spec.stages()) {
            try {
                stages.add(new ResolutionStage(
                        grid.shape(stage.width(), stage.height()),
                        stage.steps(),
                        stage.strength(),
                        new Shift.Constant(stage.shift()),
                        rounding));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "plan " + spec.name() + ": stage " + (stages.size() + 1) + ": " + e.getMessage(), e);
            }
        }
        return new ImagePlan(spec, rounding, new StagePlan(stages), notes);
    }

    /** The plans a model's folder advises, by name. */
    public Map<String, PlanSpec> advised() {
        return defaults.plans();
    }
}
