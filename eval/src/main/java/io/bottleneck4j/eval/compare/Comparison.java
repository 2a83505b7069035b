package io.bottleneck4j.eval.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bottleneck4j.eval.metrics.Distance;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The same subjects (rows) drawn under several plans (columns), as far as they are made; the others are measured
 * against the pictures of the plan that is the reference. The setup is the model and the machine, in the order to show
 * them.
 */
public record Comparison(
        String title,
        List<Fact> setup,
        List<Contender> contenders,
        String reference,
        List<Subject> subjects,
        Map<Place, Made> places) {
    /** What the seconds of all pictures are, in words. */
    public static final String TIMING =
            "Seconds are of denoising alone, by the clock on the wall. One forward at every size was run and thrown"
                    + " away before the first picture. Text encoding, decoding and previews are not counted.";

    /** A name and its value, both to be shown. */
    public record Fact(String name, String value) {}

    /**
     * A plan that is compared with others: its name, what each stage is, in words, such as {@code 256x256: 5 of 5
     * steps, shift 3}, and the model's forwards and FLOPs for one picture, in the paper's convention; whether these are
     * the most there can be, since a cache decides as it runs.
     */
    public record Contender(
            String name,
            List<String> stages,
            int forwards,
            double flops,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean forwardsAreAtMost) {
        public Contender {
            stages = List.copyOf(stages);
        }
    }

    /** What ran of the model for a picture, or on average for several. */
    public record Work(double forwards, double flops) {}

    /** What all plans draw: a prompt with a seed of the noise. */
    public record Subject(String prompt, long seed) {}

    /** Where a picture belongs. */
    record Place(Subject subject, String contender) {}

    /**
     * One picture of a plan, made and measured: its file relative to the comparison's folder, parts divided by {@code
     * /}, as are previews, the model's guess of the clean picture at the end of each stage but the last, whose is the
     * picture itself; seconds of denoising; what ran for it, null where it is what the plan says; and the distance to
     * the reference's picture of the same subject, null for the reference itself.
     */
    public record Made(
            Subject subject,
            String contender,
            String file,
            List<String> previews,
            double seconds,
            @Nullable Work work,
            @Nullable Distance distance) {
        public Made {
            previews = List.copyOf(previews);
        }
    }

    /** Medians over the pictures of one plan, with seconds of denoising; NaN where there is none to take one of. */
    public record Medians(
            int pictures, double seconds, double psnr, double ssim, double highFrequencyRatio, double flickerRatio) {
        private static Medians of(List<Made> own) {
            return new Medians(
                    own.size(),
                    median(own.stream().mapToDouble(Made::seconds).toArray()),
                    median(own, Distance::psnr),
                    median(own, Distance::ssim),
                    median(own, Distance::highFrequencyRatio),
                    median(own, Distance::flickerRatio));
        }
    }

    /** A comparison; IllegalArgumentException if the reference is none of the plans. */
    public Comparison {
        setup = List.copyOf(setup);
        contenders = List.copyOf(contenders);
        subjects = List.copyOf(subjects);
        places = Collections.unmodifiableMap(new LinkedHashMap<>(places));
        List<String> names = contenders.stream().map(Contender::name).toList();
        if (!names.contains(reference)) {
            throw new IllegalArgumentException(
                    "reference: '" + reference + "' is none of the plans compared; use " + String.join(", ", names));
        }
    }

    /** Of pictures as a list. */
    Comparison(
            String title,
            List<Fact> setup,
            List<Contender> contenders,
            String reference,
            List<Subject> subjects,
            List<Made> made) {
        this(title, setup, contenders, reference, subjects, placed(made));
    }

    private static Map<Place, Made> placed(List<Made> made) {
        Map<Place, Made> places = new LinkedHashMap<>();
        made.forEach(picture -> places.put(new Place(picture.subject(), picture.contender()), picture));
        return places;
    }

    /** The same with other pictures made. */
    Comparison with(List<Made> pictures) {
        return new Comparison(title, setup, contenders, reference, subjects, pictures);
    }

    /** The pictures made, row by row. */
    public List<Made> made() {
        return subjects.stream()
                .flatMap(subject -> contenders.stream().map(contender -> new Place(subject, contender.name())))
                .flatMap(place -> Stream.ofNullable(places.get(place)))
                .toList();
    }

    /** How many pictures there are in the end. */
    public int expected() {
        return contenders.size() * subjects.size();
    }

    /** Whether every picture is made. */
    public boolean isComplete() {
        return places.size() == expected();
    }

    /** The picture of a subject under a plan; null if it is not made. */
    public @Nullable Made find(Subject subject, String contender) {
        return places.get(new Place(subject, contender));
    }

    /** The plan of a name. */
    Contender contender(String name) {
        return contenders.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What ran for a picture. */
    static Work work(Contender contender, Made made) {
        Work counted = made.work();
        return counted == null ? new Work(contender.forwards(), contender.flops()) : counted;
    }

    /** What ran for a plan's pictures, a mean over them; what may run at most where a cache decides and none is made. */
    Work work(Contender contender) {
        List<Work> all =
                own(contender).stream().map(made -> work(contender, made)).toList();
        return !contender.forwardsAreAtMost() || all.isEmpty()
                ? new Work(contender.forwards(), contender.flops())
                : new Work(
                        all.stream().mapToDouble(Work::forwards).average().orElseThrow(),
                        all.stream().mapToDouble(Work::flops).average().orElseThrow());
    }

    /** Whether {@link #work(Contender)} was counted rather than foretold. */
    boolean isCounted(Contender contender) {
        return contender.forwardsAreAtMost() && !own(contender).isEmpty();
    }

    /** How many times a plan's FLOPs are in those of the reference: 2 where it does half the work. */
    public double flopRatio(Contender contender) {
        return work(contender(reference)).flops() / work(contender).flops();
    }

    /** The medians of a plan. */
    public Medians medians(Contender contender) {
        return Medians.of(own(contender));
    }

    private List<Made> own(Contender contender) {
        return places.values().stream()
                .filter(picture -> picture.contender().equals(contender.name()))
                .toList();
    }

    private static double median(List<Made> pictures, ToDoubleFunction<Distance> of) {
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
