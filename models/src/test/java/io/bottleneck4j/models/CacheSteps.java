package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.torch.MatrixProducts;

/** What the steps of a stage with a cache multiply. */
public final class CacheSteps {
    private CacheSteps() {}

    /** Each step issues as much less than a plain one as the formula says, and some are not computed in full. */
    public static void assertProducts(
            VelocityModel plain, StepCache cache, TimestepSchedule schedule, LatentShape shape, ForwardCost formula) {
        Latents x = Latents.zeros(shape);
        double whole =
                MatrixProducts.of(() -> plain.velocity(x, schedule.sigma(0))).flops();
        StepCache.Run run = cache.start(plain, schedule);
        int left = 0;
        for (int i = 0; i < schedule.steps(); i++) {
            double sigma = schedule.sigma(i);
            MatrixProducts issued = MatrixProducts.of(() -> run.velocity(x, sigma));
            Forward work = run.last();
            left += work == Forward.FULL ? 0 : 1;
            double less = formula.flops(shape) - formula.flops(shape, cache, work);
            boolean unasked = less == formula.flops(shape); // the bound part too was in vain
            assertThat(issued.flops()).as(i + ": " + issued).isEqualTo(unasked ? 0 : whole - less);
        }
        assertThat(left).isPositive();
    }
}
