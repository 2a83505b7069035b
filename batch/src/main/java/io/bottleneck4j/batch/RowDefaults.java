package io.bottleneck4j.batch;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.pipeline.LoraWord;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What rows leave out, and how a row becomes a request. Null leaves a value to the model.
 *
 * @param folder that files in rows are relative to
 * @param loras of rows that name none
 * @param seed of rows that name none; null takes one from the id
 */
public record RowDefaults(
        Path folder,
        @Nullable String plan,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Integer frames,
        @Nullable Integer fps,
        List<String> loras,
        @Nullable Long seed,
        @Nullable String negativePrompt,
        @Nullable Double guidance,
        @Nullable Double trueCfgScale,
        @Nullable Integer maxSequenceLength) {
    public RowDefaults {
        loras = List.copyOf(loras);
    }

    /** Everything from the model, files from the working folder. */
    public static RowDefaults none() {
        return new RowDefaults(Path.of(""), null, null, null, null, null, List.of(), null, null, null, null, null);
    }

    /** By name, what is set; two runs that differ in it make other pictures. */
    Map<String, String> facts() {
        Map<String, String> facts = new TreeMap<>();
        BiConsumer<String, @Nullable Object> put = (name, value) -> {
            if (value != null) {
                facts.put(name, value.toString());
            }
        };
        put.accept("plan", plan);
        put.accept("width", width);
        put.accept("height", height);
        put.accept("frames", frames);
        put.accept("fps", fps);
        put.accept("lora", loras.isEmpty() ? null : String.join("; ", loras));
        put.accept("seed", seed == null ? null : Long.toUnsignedString(seed));
        put.accept("negative-prompt", negativePrompt);
        put.accept("guidance", guidance);
        put.accept("true-cfg-scale", trueCfgScale);
        put.accept("max-sequence-length", maxSequenceLength);
        return facts;
    }

    /** Makes requests of rows for one model; keeps the plans and LoRAs that it has made. */
    public final class Requests {
        private static final int KEPT = 64;

        private final Model model;
        private final Map<PlanKey, Plan> plans = new ConcurrentHashMap<>();
        private final Map<List<String>, Model> models = new ConcurrentHashMap<>();

        private final Consumer<Plan> told;

        private record PlanKey(String name, Planner.Size size) {}

        private Requests(Model model, Consumer<Plan> told) {
            this.model = model;
            this.told = told;
        }

        /**
         * The request of a row.
         *
         * @throws IllegalArgumentException if it asks for what the model cannot do
         * @throws io.bottleneck4j.torch.io.WeightsException if a LoRA cannot be added
         * @throws IOException if a picture cannot be read
         */
        public Request request(PromptRow row) throws IOException {
            Request.Builder request =
                    withLoras(row.loras() == null ? loras : row.loras()).request(row.prompt());
            request.seed(row.seedOr(seed));
            set(or(row.negativePrompt(), negativePrompt), request::negativePrompt);
            set(or(row.guidance(), guidance), request::guidance);
            set(or(row.trueCfgScale(), trueCfgScale), request::trueCfgScale);
            set(maxSequenceLength, request::maxSequenceLength);
            set(fps, request::fps);
            if (row.initImage() != null) {
                request.initImage(folder.resolve(row.initImage()));
            }
            if (row.mask() != null) {
                request.mask(folder.resolve(row.mask()));
            }
            set(row.strength(), request::strength);
            return request.plan(plan(row, request)).build();
        }

        /**
         * Refuses defaults that fit no row; they are no row's error.
         *
         * @throws IllegalArgumentException if one does not fit the model
         */
        public void requireSound() throws IOException {
            if (!model.needsMask()) {
                request(PromptRow.of(1, Map.of("prompt", "a fox")));
            }
        }

        private Plan plan(PromptRow row, Request.Builder request) {
            Planner.Size size = request.sized(new Planner.Size(
                    optional(or(row.width(), width)),
                    optional(or(row.height(), height)),
                    optional(or(row.frames(), frames))));
            String name = or(row.plan(), plan);
            PlanKey key = new PlanKey(name == null ? request.planner().usual() : name, size);
            if (plans.size() > KEPT) {
                plans.clear();
            }
            Plan known = plans.get(key);
            if (known == null) {
                known = plan(key.name(), size);
                plans.put(key, known);
                told.accept(known);
            }
            return known;
        }

        private Plan plan(String name, Planner.Size size) {
            Planner planner = model.planner();
            String lower = name.toLowerCase(Locale.ROOT);
            if (!lower.endsWith(".yaml") && !lower.endsWith(".yml")) {
                int plus = planner.names().contains(name) ? -1 : name.lastIndexOf('+');
                return plus < 1
                        ? planner.named(name, size)
                        : plan(name.substring(0, plus), size).withCache(Caches.parse(name.substring(plus + 1)));
            }
            if (size.width().isPresent() || size.height().isPresent()) {
                throw new IllegalArgumentException("size: the plan file " + name
                        + " says its sizes itself; leave width and height out, or name a plan without sizes");
            }
            PlanSpec spec = PlanFile.read(folder.resolve(name));
            return planner.written(size.frames().isPresent() ? spec.withFrames(size.frames()) : spec);
        }

        private Model withLoras(List<String> wanted) {
            if (wanted.isEmpty()) {
                return model;
            }
            if (models.size() > KEPT) {
                models.clear();
            }
            return models.computeIfAbsent(wanted, files -> {
                Model with = model;
                for (String file : files) {
                    LoraWord lora = LoraWord.parse(folder, file);
                    with = with.withLora(lora.file(), lora.scale());
                }
                return with;
            });
        }
    }

    /**
     * Of a model.
     *
     * @param told of each plan that is made, at least once
     */
    public Requests requests(Model model, Consumer<Plan> told) {
        return new Requests(model, told);
    }

    private static <T> @Nullable T or(@Nullable T own, @Nullable T ofAll) {
        return own != null ? own : ofAll;
    }

    private static <T> void set(@Nullable T value, Consumer<T> to) {
        if (value != null) {
            to.accept(value);
        }
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
