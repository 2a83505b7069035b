package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.VelocityModel;
import java.util.function.Function;
import org.apiguardian.api.API;

/** A transformer with its prompt, guidance and noise levels bound; holds tensors until it is closed. */
public interface BoundVelocity extends VelocityModel, AutoCloseable {
    /**
     * Makes text louder in stages of fewer tokens: image tokens' scores of text tokens grow by {@code -scale · ln(part) / 2}, {@code part}
     * being the stage's share of the full size. Called before the first forward.
     *
     * <p>Source: arXiv 2505.16864 (Jenga); dvlab-research/Jenga@6905150, attention_block_triton_diffres.py.
     *
     * @param scale 1 as published, 0 for none
     * @param full the size at which nothing is changed
     */
    void amplifyText(double scale, LatentShape full);

    /**
     * Sets what is seen beside the latents of a run, by the shape that these have. Called before the first forward; a model to which it
     * is not said sees the latents alone.
     */
    @API(status = API.Status.INTERNAL)
    void see(Function<LatentShape, Beside> pictures);

    @Override
    void close();
}
