package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.run.RunPicture.Slot;

/**
 * Two pictures of one prompt and seed, side by side.
 *
 * @param id from 1, in the order of the page
 * @param left the name of the method whose picture is there
 * @param right the name of the other
 * @param slot which picture of the runs
 * @param prompt that both were drawn from
 */
public record Question(int id, String left, String right, Slot slot, String prompt) {}
