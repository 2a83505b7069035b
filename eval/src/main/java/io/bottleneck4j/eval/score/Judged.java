package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.media.Picture;

/** A picture, and the prompt it is judged by. */
public record Judged(Picture picture, String prompt) {}
