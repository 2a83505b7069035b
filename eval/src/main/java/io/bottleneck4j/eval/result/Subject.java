package io.bottleneck4j.eval.result;

/**
 * What all plans draw: a prompt with a seed.
 *
 * @param seed of the noise
 */
public record Subject(String prompt, long seed) {}
