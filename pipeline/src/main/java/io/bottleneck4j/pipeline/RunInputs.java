package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.core.latent.NoiseSource;
import io.bottleneck4j.core.sampling.Given;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.pipeline.plan.Plan;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What denoising gets beside the prompt: noise, and what became of the request's picture. The order in which noise is drawn is diffusers',
 * so that a seed means the same: what the encoder draws of the picture, the run's first noise, what it draws of the picture to fill.
 *
 * @param given latents that the run starts from; null for noise alone
 * @param pictures what the transformer sees beside the latents of a stage, by their shape; none for a picture that is changed
 * @param noise of the stages
 */
record RunInputs(@Nullable Given given, Map<LatentShape, Beside> pictures, NoiseSource noise) {
    /** The autoencoder. */
    @FunctionalInterface
    interface Encoder {
        /**
         * Latents of a picture.
         *
         * @param erased where it is encoded as grey; null for nowhere
         * @param noise of the latents' shape, by which they are drawn
         */
        Latents encode(Picture picture, @Nullable Mask erased, Latents noise);
    }

    /**
     * Encodes what a request needs encoded.
     *
     * @param seeded the noise of its seed, from the beginning
     */
    static RunInputs of(Request request, NoiseSource seeded, Encoder encoder) {
        StartPicture start = request.start();
        NoiseSource noise = noise(request, seeded);
        if (start == null) {
            return new RunInputs(null, Map.of(), noise);
        }
        Plan plan = request.plan();
        if (start.use() == StartPicture.Use.SEEN) {
            return new RunInputs(null, inStages(plan, shape -> reference(request, start, encoder, shape)), noise);
        }
        Latents drawn = seeded.standardNormal(plan.stages().last().shape(), 0);
        Latents clean = encoder.encode(start.sized(plan.width(), plan.height()), null, drawn);
        if (start.use() == StartPicture.Use.CHANGED) {
            return new RunInputs(new Given(clean, start.freed(plan.width(), plan.height())), Map.of(), noise);
        }
        Latents first = noise.standardNormal(plan.stages().first().shape(), 0);
        int cell = request.model().pixelsPerCell();
        Map<LatentShape, Beside> filled =
                inStages(plan, shape -> filled(start, cell, encoder, seeded.standardNormal(shape, 0)));
        return new RunInputs(
                new Given(clean, null),
                filled,
                (shape, stage) -> stage == 0 ? first : noise.standardNormal(shape, stage));
    }

    /** What is seen beside latents of a shape. */
    Beside beside(LatentShape shape) {
        return pictures.getOrDefault(shape, Beside.NOTHING);
    }

    /** The request's own noise, or that of its seed; the first stage's are its initial latents, if it has some. */
    private static NoiseSource noise(Request request, NoiseSource seeded) {
        NoiseSource noise = request.noise();
        Latents initial = request.initialLatents();
        NoiseSource source = noise == null ? seeded : noise;
        return initial == null
                ? source
                : (shape, stage) -> {
                    Latents drawn = source.standardNormal(shape, stage); // so that later stages draw what they would
                    return stage == 0 ? initial : drawn;
                };
    }

    /** What is seen in each stage, once for stages of one shape, in their order. */
    private static Map<LatentShape, Beside> inStages(Plan plan, Function<LatentShape, Beside> seen) {
        Map<LatentShape, Beside> all = new HashMap<>();
        plan.stages().stages().forEach(stage -> all.computeIfAbsent(stage.shape(), seen));
        return all;
    }

    /** Of FLUX.1-Kontext: the picture at a stage's scale, its most probable latents. */
    private static Beside reference(Request request, StartPicture start, Encoder encoder, LatentShape shape) {
        int cell = request.model().pixelsPerCell();
        Picture picture =
                start.reference(request.model(), request.plan().stages().last().shape(), shape);
        LatentShape own = shape.withSize(picture.height() / cell, picture.width() / cell);
        return new Beside(null, encoder.encode(picture, null, Latents.zeros(own)));
    }

    /** Of FLUX.1-Fill: the picture, grey where it is to be filled, and the mask, at a stage's size. */
    private static Beside filled(StartPicture start, int cell, Encoder encoder, Latents noise) {
        LatentShape shape = noise.shape();
        int width = shape.width() * cell;
        int height = shape.height() * cell;
        Mask free = start.fill(width, height);
        Latents masked = encoder.encode(start.sized(width, height), free, noise);
        return new Beside(joined(masked, free, cell), null);
    }

    /** Latents [C, 1, h, w] and, as cell² channels more, the mask's pixels of each cell, 1 where it is free. */
    private static Latents joined(Latents masked, Mask free, int cell) {
        LatentShape s = masked.shape();
        LatentShape all = new LatentShape(s.channels() + cell * cell, 1, s.height(), s.width());
        FloatBuffer values = FloatBuffer.allocate(all.elements()).put(masked.asReadOnlyBuffer());
        for (int pixel = 0; pixel < cell * cell; pixel++) {
            for (int y = 0; y < s.height(); y++) {
                int row = (y * cell + pixel / cell) * s.width() * cell + pixel % cell;
                for (int x = 0; x < s.width(); x++) {
                    values.put(free.isFree(row + x * cell) ? 1 : 0);
                }
            }
        }
        return Latents.copyOf(all, values.flip());
    }
}
