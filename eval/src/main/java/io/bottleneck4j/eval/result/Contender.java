package io.bottleneck4j.eval.result;

import java.util.List;

/**
 * A plan that is compared with others.
 *
 * @param name what tells it from the others
 * @param stages what each stage is, in words, such as {@code 256x256: 5 of 5 steps, shift 3}
 * @param forwards of the model for one picture
 * @param flops of the model for one picture, in the paper's convention
 */
public record Contender(String name, List<String> stages, int forwards, double flops) {
    public Contender {
        stages = List.copyOf(stages);
    }
}
