package io.bottleneck4j.eval.suite;

import io.bottleneck4j.models.vision.Detection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What of a prompt is judged. The rules are GenEval's (djghosh13/geneval@16f1681, evaluation/evaluate_images.py) but that counting wants
 * nothing else in the picture, colours are of the background, and a position is that along the axis on which centres are farther apart,
 * never two at once.
 */
public enum Category {
    /** The thing is found. */
    SINGLE_OBJECT(1, Category::allFound),
    /** Both things are found. */
    TWO_OBJECTS(2, Category::allFound),
    /** Exactly so many are found, and nothing else. */
    COUNTING(1, (truth, seen) -> {
        Truth.Thing asked = truth.include().get(0);
        boolean right =
                seen.count(asked.label()) == asked.count() && seen.found().size() == asked.count();
        return right
                ? Verdict.RIGHT
                : Verdict.wrong("must show " + asked.count() + " " + asked.label() + " alone, shows " + seen);
    }),
    /** The thing is found, and the background has the colour. */
    COLOURS(1, (truth, seen) -> {
        Verdict found = allFound(truth, seen);
        return found.right() ? background(truth, seen) : found;
    }),
    /** Both things are found, and the likeliest of each lie as told. */
    POSITION(2, (truth, seen) -> {
        Optional<Detection> one = seen.likeliest(truth.first());
        Optional<Detection> other = seen.likeliest(truth.include().get(1).label());
        if (one.isEmpty() || other.isEmpty()) {
            return allFound(truth, seen);
        }
        Truth.Relation relation = Truth.Relation.of(one.get(), other.get());
        return relation == truth.relation()
                ? Verdict.RIGHT
                : Verdict.wrong(truth.first() + " is " + relation.words() + " "
                        + other.get().label());
    });

    private final int things;

    @SuppressWarnings("ImmutableEnumChecker") // none holds anything
    private final BiFunction<Truth, Seen, Verdict> rule;

    Category(int things, BiFunction<Truth, Seen, Verdict> rule) {
        this.things = things;
        this.rule = rule;
    }

    /** Whether a picture shows what it must. */
    Verdict judge(Truth truth, Seen seen) {
        return rule.apply(truth, seen);
    }

    private static Verdict allFound(Truth truth, Seen seen) {
        for (Truth.Thing thing : truth.include()) {
            if (seen.count(thing.label()) == 0) {
                return Verdict.wrong("must show " + thing.label() + ", shows " + seen);
            }
        }
        return Verdict.RIGHT;
    }

    /** Whether the background has the colour asked. */
    static Verdict background(Truth truth, Seen seen) {
        return seen.background() == truth.background()
                ? Verdict.RIGHT
                : Verdict.wrong(
                        "must have a " + truth.background() + " background, has a " + seen.background() + " one");
    }

    /** Checks that a truth says what this needs. */
    void require(int named, @Nullable BackgroundColour background, Truth.@Nullable Relation relation) {
        if (named != things) {
            throw new IllegalArgumentException("include: must name " + things + " for " + this + ", not " + named);
        }
        if (this == COLOURS && background == null) {
            throw new IllegalArgumentException("background: is missing; " + this + " is judged by it");
        }
        if ((this == POSITION) != (relation != null)) {
            throw new IllegalArgumentException(
                    relation == null
                            ? "relation: is missing; " + this + " is judged by it"
                            : "relation: is judged for position alone; leave it out for " + this);
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a picture shows what it must, and why not; empty if it does. */
    public record Verdict(boolean right, String reason) {
        /** A right picture's. */
        static final Verdict RIGHT = new Verdict(true, "");

        /** A wrong picture's. */
        static Verdict wrong(String reason) {
            return new Verdict(false, reason);
        }

        /** 1 or 0. */
        double score() {
            return right ? 1 : 0;
        }
    }

    /** What a picture shows: the things in it, the likeliest first, and the colour of its background. */
    public record Seen(List<Detection> found, BackgroundColour background) {

        public Seen {
            found = List.copyOf(found);
        }

        long count(String label) {
            return found.stream().filter(one -> one.label().equals(label)).count();
        }

        /** The likeliest of a kind. */
        Optional<Detection> likeliest(String label) {
            return found.stream().filter(one -> one.label().equals(label)).findFirst();
        }

        /** As {@code 2 owl, 1 star}. */
        @Override
        public String toString() {
            if (found.isEmpty()) {
                return "nothing";
            }
            return found.stream()
                    .collect(Collectors.groupingBy(Detection::label, TreeMap::new, Collectors.counting()))
                    .entrySet()
                    .stream()
                    .map(entry -> entry.getValue() + " " + entry.getKey())
                    .collect(Collectors.joining(", "));
        }
    }
}
