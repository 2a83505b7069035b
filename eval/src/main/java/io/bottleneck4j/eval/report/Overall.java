package io.bottleneck4j.eval.report;

import java.util.Set;

/** How one number is made of all pictures' scores. */
enum Overall {
    /** The mean over pictures. */
    PICTURES("mean over pictures"),
    /**
     * The mean over categories of the mean over their pictures, however many they have. Source: djghosh13/geneval@af4902f,
     * evaluation/summary_scores.py, "Overall score (avg. over tasks)"; the paper's average on T2I-CompBench is one too.
     */
    CATEGORIES("mean of the categories' means");

    private static final Set<String> BY_CATEGORY = Set.of("geneval", "suite", "t2i-compbench", "t2v-compbench");

    private final String words;

    Overall(String words) {
        this.words = words;
    }

    /** Of a metric by its name. */
    static Overall of(String metric) {
        return BY_CATEGORY.contains(metric) ? CATEGORIES : PICTURES;
    }

    @Override
    public String toString() {
        return words;
    }
}
