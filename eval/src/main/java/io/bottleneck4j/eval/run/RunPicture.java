package io.bottleneck4j.eval.run;

import io.bottleneck4j.eval.document.Csv;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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

    /** By prompt, then by sample. */
    static final Comparator<RunPicture> ORDER =
            Comparator.comparingInt(RunPicture::promptIndex).thenComparingInt(RunPicture::sample);

    private static final List<String> HEAD =
            List.of("file", "prompt_index", "sample", "seed", "category", "prompt", "seconds");

    public RunPicture {
        if (promptIndex < 0 || sample < 0) {
            throw new IllegalArgumentException(
                    file + ": prompt_index and sample must be at least 0, not " + promptIndex + " and " + sample);
        }
        if (!(seconds > 0) || Double.isInfinite(seconds)) {
            throw new IllegalArgumentException(file + ": seconds must be above 0, not " + seconds);
        }
    }

    /** The text of a file {@code pictures.csv}, in the order of prompts and samples. */
    static String csv(List<RunPicture> pictures) {
        StringBuilder csv = new StringBuilder(Csv.row(HEAD.toArray()));
        pictures.stream()
                .sorted(ORDER)
                .forEach(one -> csv.append(Csv.row(
                        one.file, one.promptIndex, one.sample, one.seed, one.category, one.prompt, one.seconds)));
        return csv.toString();
    }

    /** The pictures of such a file; IllegalArgumentException naming file and line, if a line is none of ours. */
    static List<RunPicture> read(Path file) throws IOException {
        List<RunPicture> pictures = new ArrayList<>();
        for (List<String> row : Csv.read(file, HEAD)) {
            try {
                pictures.add(new RunPicture(
                        row.get(0),
                        Integer.parseInt(row.get(1)),
                        Integer.parseInt(row.get(2)),
                        Long.parseLong(row.get(3)),
                        row.get(4),
                        row.get(5),
                        Double.parseDouble(row.get(6))));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ": row " + (pictures.size() + 2) + ": " + e.getMessage(), e);
            }
        }
        return pictures;
    }

    /** Which picture of the run it is. */
    public Slot slot() {
        return new Slot(promptIndex, sample);
    }

    /** A place of a run, which a finished one fills; both from 0. */
    public record Slot(int promptIndex, int sample) {
        @Override
        public String toString() {
            return "sample " + sample + " of prompt " + promptIndex;
        }
    }
}
