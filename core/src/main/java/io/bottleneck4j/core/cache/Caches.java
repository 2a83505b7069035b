package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.cache.OverFeature.Feature;
import io.bottleneck4j.core.sampling.StepCache;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Caches by name: {@code NAME} or {@code NAME:key=value:key=value}, as plan files, command line and picture metadata write them. What is left
 * unsaid has its usual value, and is left unsaid when it is written.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Caches {

    private static final Map<String, Function<Values, StepCache>> READERS = readers();
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,9}");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?");

    private Caches() {}

    private static Map<String, Function<Values, StepCache>> readers() {
        Map<String, Function<Values, StepCache>> readers = new LinkedHashMap<>();
        readers.put("none", values -> StepCache.NONE);
        readers.put("reuse", values -> feature(values, new Predictor.Reuse(), 1, 2));
        readers.put("taylor", values -> feature(values, new Predictor.Taylor(values.integer("order", 1)), 2, 3));
        readers.put("linear", values -> feature(values, new Predictor.Linear(), 2, 3));
        readers.put("freqca", values -> {
            Predictor predictor = new Predictor.FreqCa(values.number("cut", 0.1), values.integer("order", 2));
            return feature(values, predictor, 3, 3);
        });
        readers.put("dpcache", values -> {
            if (!values.has("steps")) {
                throw new Malformed("cache dpcache: steps: is missing; give a file that the command dpcache made, or"
                        + " dpcache:steps=0.1.4");
            }
            return feature(values, new Predictor.Taylor(1), 2, 3);
        });
        readers.put(
                "easycache", values -> new EasyCache(values.number("threshold", 0.025), values.integer("first", 5)));
        readers.put("firstblock", values -> new FirstBlockCache(values.number("threshold", 0.08)));
        readers.put("toca", values -> token(values, TokenCache.Kind.TOCA, 4));
        readers.put("toca-paper", values -> token(values, TokenCache.Kind.TOCA_PAPER, 2));
        readers.put("duca", values -> token(values, TokenCache.Kind.DUCA, 5));
        return readers;
    }

    private static StepCache feature(Values values, Predictor predictor, int first, int every) {
        values.refuseBeside("steps", "first", "every");
        Rhythm rhythm = values.has("steps")
                ? new Rhythm.At(values.steps("steps"))
                : new Rhythm.Every(values.integer("first", first), values.integer("every", every));
        return new FeatureCache(rhythm, predictor, values.feature("feature"));
    }

    private static StepCache token(Values values, TokenCache.Kind kind, int every) {
        return new TokenCache(
                kind,
                new Rhythm.Every(values.integer("first", 3), values.integer("every", every)),
                values.number("fresh", 0.1),
                kind == TokenCache.Kind.DUCA ? values.integer("seed", 0) : 0);
    }

    /** Returns the names that {@link #parse} knows. */
    public static List<String> names() {
        return List.copyOf(READERS.keySet());
    }

    /**
     * Returns the cache of a spelling, such as {@code taylor:every=4} or {@code reuse:steps=0.1.4}.
     *
     * @throws IllegalArgumentException if there is none of that name, it has no such key, or a value does not fit
     */
    public static StepCache parse(String spelling) {
        int colon = spelling.indexOf(':');
        String name = colon < 0 ? spelling : spelling.substring(0, colon);
        Function<Values, StepCache> reader = READERS.get(name);
        if (reader == null) {
            boolean file = spelling.toLowerCase(Locale.ROOT).endsWith(".json");
            throw new IllegalArgumentException("cache: '%s' is unknown; use one of %s%s"
                    .formatted(
                            shortened(file ? spelling : name),
                            String.join(", ", names()),
                            file ? "; a file of dpcache is named on the command line" : ""));
        }
        Values values = new Values(name, colon < 0 ? null : spelling.substring(colon + 1));
        StepCache cache;
        try {
            cache = reader.apply(values);
        } catch (Malformed e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cache %s: %s".formatted(name, e.getMessage()), e);
        }
        values.refuseOthers();
        return cache;
    }

    private static String shortened(String text) {
        String shown = text.replaceAll("\\p{Cntrl}", "?"); // a terminal would obey them
        return shown.length() <= 40 ? shown : shown.substring(0, 40) + "…";
    }

    /** Says that a spelling is not well formed. */
    private static final class Malformed extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message);
        }
    }

    /** The values of a spelling, each taken once. */
    private static final class Values {
        private final String name;
        private final Map<String, String> values = new LinkedHashMap<>();
        private final List<String> known = new ArrayList<>();

        Values(String name, @Nullable String text) {
            this.name = name;
            if (text == null) {
                return;
            }
            for (String pair : text.split(":", -1)) {
                int equals = pair.indexOf('=');
                if (equals < 1 || equals == pair.length() - 1) {
                    throw new Malformed("cache %s: '%s' is not key=value; write it as %s:key=value:key=value"
                            .formatted(name, shortened(pair), name));
                }
                String key = pair.substring(0, equals);
                if (values.put(key, pair.substring(equals + 1)) != null) {
                    throw new Malformed("cache %s: %s appears twice; keep one".formatted(name, shortened(key)));
                }
            }
        }

        boolean has(String key) {
            known.add(key);
            return values.containsKey(key);
        }

        int integer(String key, int usual) {
            if (!has(key)) {
                return usual;
            }
            if (!WHOLE.matcher(text(key)).matches()) {
                throw wrong(key, "a whole number, such as " + usual);
            }
            return Integer.parseInt(text(key));
        }

        double number(String key, double usual) {
            if (!has(key)) {
                return usual;
            }
            double value = NUMBER.matcher(text(key)).matches() ? Double.parseDouble(text(key)) : Double.NaN;
            if (!Double.isFinite(value)) {
                throw wrong(key, "a number, such as " + usual);
            }
            return value;
        }

        List<Integer> steps(String key) {
            List<Integer> steps = new ArrayList<>();
            for (String step : text(key).split("\\.", -1)) {
                if (!WHOLE.matcher(step).matches()) {
                    throw wrong(key, "numbers of steps with points between, such as 0.1.4");
                }
                steps.add(Integer.parseInt(step));
            }
            return steps;
        }

        Feature feature(String key) {
            if (!has(key)) {
                return Feature.VELOCITY;
            }
            return switch (text(key)) {
                case "velocity" -> Feature.VELOCITY;
                case "hidden" -> Feature.HIDDEN;
                default -> throw wrong(key, "velocity or hidden");
            };
        }

        private String text(String key) {
            return values.getOrDefault(key, "");
        }

        private Malformed wrong(String key, String requirement) {
            return new Malformed(
                    "cache %s: %s: must be %s, not '%s'".formatted(name, key, requirement, shortened(text(key))));
        }

        /** A list of steps says what first and every would. */
        void refuseBeside(String list, String... others) {
            for (String other : others) {
                if (values.containsKey(list) && values.containsKey(other)) {
                    throw new Malformed("cache %s: %s is given beside %s, which says which steps are computed; keep one"
                            .formatted(name, other, list));
                }
            }
        }

        void refuseOthers() {
            for (String key : values.keySet()) {
                if (!known.contains(key)) {
                    throw new Malformed("cache %s: %s is unknown; %s"
                            .formatted(
                                    name,
                                    shortened(key),
                                    known.isEmpty() ? "it has no settings" : "use " + String.join(", ", known)));
                }
            }
        }
    }

    /** Returns how a cache is written: its name, then what is not as usual. */
    static String spelling(FeatureCache cache) {
        Said said = new Said(cache.predictor().name());
        FeatureCache usual = (FeatureCache) said.usual();
        if (cache.rhythm() instanceof Rhythm.At at) {
            said.add("steps", at, "");
        } else {
            said.add((Rhythm.Every) cache.rhythm(), (Rhythm.Every) usual.rhythm());
        }
        if (cache.predictor() instanceof Predictor.Taylor taylor) {
            said.add("order", taylor.order(), ((Predictor.Taylor) usual.predictor()).order());
        }
        if (cache.predictor() instanceof Predictor.FreqCa freqca) {
            Predictor.FreqCa other = (Predictor.FreqCa) usual.predictor();
            said.add("cut", freqca.cut(), other.cut());
            said.add("order", freqca.order(), other.order());
        }
        said.add("feature", word(cache.feature()), word(usual.feature()));
        return said.toString();
    }

    static String spelling(EasyCache cache) {
        Said said = new Said("easycache");
        EasyCache usual = (EasyCache) said.usual();
        said.add("threshold", cache.threshold(), usual.threshold());
        said.add("first", cache.first(), usual.first());
        return said.toString();
    }

    static String spelling(FirstBlockCache cache) {
        Said said = new Said("firstblock");
        said.add("threshold", cache.threshold(), ((FirstBlockCache) said.usual()).threshold());
        return said.toString();
    }

    static String spelling(TokenCache cache) {
        Said said = new Said(word(cache.kind()).replace('_', '-'));
        TokenCache usual = (TokenCache) said.usual();
        said.add(cache.rhythm(), usual.rhythm());
        said.add("fresh", cache.fresh(), usual.fresh());
        said.add("seed", cache.seed(), usual.seed());
        return said.toString();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** A spelling as it grows; what is usual is what the bare name is read as. */
    private static final class Said {
        private final String name;
        private final StringBuilder text;

        Said(String name) {
            this.name = name;
            text = new StringBuilder(name);
        }

        StepCache usual() {
            return parse(name);
        }

        void add(String key, Object value, Object usual) {
            if (!value.equals(usual)) {
                text.append(':').append(key).append('=').append(value);
            }
        }

        void add(Rhythm.Every every, Rhythm.Every usual) {
            add("first", every.first(), usual.first());
            add("every", every.every(), usual.every());
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
