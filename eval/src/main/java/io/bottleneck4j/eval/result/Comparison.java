package io.bottleneck4j.eval.result;

import io.bottleneck4j.eval.metrics.Distance;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The same subjects drawn under several plans, as far as they are made.
 *
 * @param title what is compared, in words
 * @param setup the model and the machine, by name, in the order to show them
 * @param contenders the plans, in the order of columns
 * @param reference the name of the plan whose pictures the others are measured against
 * @param subjects in the order of rows
 * @param measured the pictures made
 */
public record Comparison(
        String title,
        List<Fact> setup,
        List<Contender> contenders,
        String reference,
        List<Subject> subjects,
        List<Measured> measured) {

    /** What the seconds of all pictures are, in words. */
    public static final String TIMING =
            "Seconds are of denoising alone, by the clock on the wall. One forward at every size was run and thrown"
                    + " away before the first picture. Text encoding, decoding and previews are not counted.";

    /** A name and its value, both to be shown. */
    public record Fact(String name, String value) {}

    public Comparison {
        setup = List.copyOf(setup);
        contenders = List.copyOf(contenders);
        subjects = List.copyOf(subjects);
        measured = List.copyOf(measured);
        String wanted = reference;
        if (contenders.stream().noneMatch(contender -> contender.name().equals(wanted))) {
            throw new IllegalArgumentException("reference: '" + reference + "' is none of the plans compared; use "
                    + String.join(", ", contenders.stream().map(Contender::name).toList()));
        }
    }

    /** The same with other pictures made. */
    public Comparison with(List<Measured> pictures) {
        return new Comparison(title, setup, contenders, reference, subjects, pictures);
    }

    /** Whether every picture is made. */
    public boolean isComplete() {
        return measured.size() == contenders.size() * subjects.size();
    }

    /** The picture of a subject under a plan; null if it is not made. */
    public @Nullable Measured find(Subject subject, String contender) {
        for (Measured picture : measured) {
            if (picture.subject().equals(subject) && picture.contender().equals(contender)) {
                return picture;
            }
        }
        return null;
    }

    /** The plan the others are measured against. */
    public Contender referenceContender() {
        return contenders.stream()
                .filter(contender -> contender.name().equals(reference))
                .findFirst()
                .orElseThrow();
    }

    /** How many times a plan's FLOPs are in those of the reference: 2 where it does half the work. */
    public double flopRatio(Contender contender) {
        return referenceContender().flops() / contender.flops();
    }

    /**
     * Medians over the pictures of one plan; NaN where there is none to take one of.
     *
     * @param pictures made
     * @param seconds of denoising
     */
    public record Medians(
            int pictures, double seconds, double psnr, double ssim, double highFrequencyRatio, double flickerRatio) {}

    /** The medians of a plan. */
    public Medians medians(Contender contender) {
        List<Measured> own = measured.stream()
                .filter(picture -> picture.contender().equals(contender.name()))
                .toList();
        return new Medians(
                own.size(),
                median(own.stream().mapToDouble(Measured::seconds).toArray()),
                median(own, Distance::psnr),
                median(own, Distance::ssim),
                median(own, Distance::highFrequencyRatio),
                median(own, Distance::flickerRatio));
    }

    private static double median(List<Measured> pictures, ToDoubleFunction<Distance> of) {
        return median(pictures.stream()
                .flatMap(picture -> Stream.ofNullable(picture.distance()))
                .mapToDouble(of)
                .filter(value -> !Double.isNaN(value))
                .toArray());
    }

    /** The middle value, of two the mean; NaN of none. */
    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
}
