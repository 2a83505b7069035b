package io.bottleneck4j.eval.run;

/**
 * A finished picture or video of a run: one line of {@code pictures.csv}.
 *
 * @param file relative to the run's images, with slashes
 * @param promptIndex of its prompt in the run, from 0
 * @param sample of this prompt, from 0
 * @param seed of the noise
 * @param category as the benchmark has it, empty where it has none
 * @param prompt as it was drawn
 * @param seconds its denoising and decoding took; see {@link #TIMING}
 */
public record RunPicture(
        String file, int promptIndex, int sample, long seed, String category, String prompt, double seconds) {
    /** What is in {@link #seconds}. */
    public static final String TIMING = "Seconds are wall-clock time of denoising and decoding: without start, loading,"
            + " text encoding, and without a first forward at each size and a first decoding, which are made once before"
            + " the first picture and thrown away. Writing a picture's file is not in them; a video is written while it is"
            + " decoded.";

    public RunPicture {
        if (promptIndex < 0 || sample < 0) {
            throw new IllegalArgumentException(
                    file + ": prompt_index and sample must be at least 0, not " + promptIndex + " and " + sample);
        }
        if (!(seconds > 0) || Double.isInfinite(seconds)) {
            throw new IllegalArgumentException(file + ": seconds must be above 0, not " + seconds);
        }
    }

    /** Which picture of the run it is. */
    public Slot slot() {
        return new Slot(promptIndex, sample);
    }

    /**
     * A place of a run, which a finished one fills.
     *
     * @param promptIndex from 0
     * @param sample from 0
     */
    public record Slot(int promptIndex, int sample) {
        @Override
        public String toString() {
            return "sample " + sample + " of prompt " + promptIndex;
        }
    }
}
