package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.score.Bootstrap;

/**
 * A plan in a plot.
 *
 * @param name of the plan
 * @param seconds of a picture
 * @param quality by one metric
 */
record PlotPoint(String name, Bootstrap seconds, Bootstrap quality) {}
