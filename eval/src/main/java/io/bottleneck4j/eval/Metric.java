package io.bottleneck4j.eval;

import io.bottleneck4j.eval.document.Words;
import io.bottleneck4j.eval.metrics.ColourStatistics;
import io.bottleneck4j.eval.metrics.MsSsim;
import io.bottleneck4j.eval.metrics.Ssim;
import io.bottleneck4j.eval.score.Judged;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.eval.suite.PromptSuite;
import io.bottleneck4j.eval.suite.SuiteScore;
import io.bottleneck4j.models.vision.AestheticHead;
import io.bottleneck4j.models.vision.ClipEncoder;
import io.bottleneck4j.models.vision.ClipFolder;
import io.bottleneck4j.models.vision.Detector;
import io.bottleneck4j.models.vision.Features;
import io.bottleneck4j.models.vision.ImageRewardEncoder;
import io.bottleneck4j.models.vision.LpipsBackbone;
import io.bottleneck4j.models.vision.LpipsEncoder;
import io.bottleneck4j.torch.DType;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The metrics that are known: what each looks at, which way it gets better, how one number is made of all pictures', and what computes it.
 * The last are computed by their authors' scripts alone; reports read their scores.
 */
public enum Metric {
    /** 100 · cosine of CLIPModel, at least 0: torchmetrics' scale. */
    CLIP_SCORE(Kind.PROMPTS, Better.HIGHER, model -> clip(model, model.clip(), cosine -> Math.max(100 * cosine, 0))),
    /** The cosine itself: the scale below 1 of arXiv 2503.18940, Tables 1 to 3 and 7. */
    CLIP_COSINE(Kind.PROMPTS, Better.HIGHER, model -> clip(model, model.clip(), cosine -> cosine)),
    /** How pleasing a picture is, whatever it shows: CLIPModel and a head; see {@link AestheticHead}. */
    AESTHETIC(Kind.PROMPTS, Better.HIGHER, model -> {
        ClipEncoder clip = model.clip();
        AestheticHead head = closing(clip, () -> AestheticHead.open(model.requireHead(), clip.width()));
        return model.scorer(batch -> head.scores(clip.pictures(Judged.pictures(batch))), head, clip);
    }),
    /**
     * How much people would prefer a picture for its prompt: 0 for the mean of the training pictures, 1 a deviation above. Source: Xu et
     * al., ImageReward: learning and evaluating human preferences for text-to-image generation (2023).
     */
    IMAGE_REWARD(Kind.PROMPTS, Better.HIGHER, model -> {
        ImageRewardEncoder reward = ImageRewardEncoder.open(model.requireModel(), model.device());
        return model.scorer(batch -> reward.rewards(Judged.pictures(batch), Judged.prompts(batch)), reward);
    }),
    /** 100 · cosine of HPSv2's CLIP, as its benchmark reports it. */
    HPSV2(Kind.PROMPTS, Better.HIGHER, model -> {
        ClipFolder folder = ClipFolder.read(model.requireModel());
        return clip(model, ClipEncoder.openHps(folder, DType.FLOAT32, model.device()), cosine -> 100 * cosine);
    }),
    /** Whether a picture shows what its prompt of the suite asks: a detector and rules. */
    SUITE(Kind.TRUTH, Better.HIGHER, Overall.CATEGORIES, model -> {
        PromptSuite suite = model.suite();
        Detector detector = Detector.open(model.detector(), model.device());
        return closing(detector, () -> new SuiteScore(suite, detector));
    }),
    /** Whether the background has the colour its prompt of the suite asks, 1 or 0; prompts that ask none are left out. */
    BACKGROUND(Kind.TRUTH, Better.HIGHER, model -> {
        PromptSuite suite = model.suite();
        return Scorer.of(
                "background",
                1,
                prompt -> suite.of(prompt).background() != null,
                batch -> Judged.each(batch, one -> suite.hasBackground(one) ? 1 : 0));
    }),
    /** Mean of HSV's saturation, 0 to 1; see {@link ColourStatistics}. Neither end is better: plans are to keep it. */
    SATURATION(
            Kind.PIXELS,
            Better.NEITHER,
            each(one -> ColourStatistics.of(one.picture()).saturation())),
    /** 0 for gray, some 59 for quite colourful pictures; see {@link ColourStatistics}. Neither end is better. */
    COLOURFULNESS(
            Kind.PIXELS,
            Better.NEITHER,
            each(one -> ColourStatistics.of(one.picture()).colourfulness())),
    /**
     * How unlike a picture looks to its reference, 0 for an equal one, by AlexNet. Source: Zhang et al., The unreasonable effectiveness of
     * deep features as a perceptual metric (2018). Pairs are computed one by one, whatever the batch.
     */
    LPIPS(Kind.PAIRS, Better.LOWER, model -> lpips(LpipsBackbone.ALEX, model)),
    /** The same by VGG16. */
    LPIPS_VGG(Kind.PAIRS, Better.LOWER, model -> lpips(LpipsBackbone.VGG, model)),
    /** Structural similarity to the reference: see {@link Ssim}. */
    SSIM(Kind.PIXEL_PAIRS, Better.HIGHER, each(one -> Ssim.of(one.picture(), one.requireReference()))),
    /** The same at five sizes, which follows layout more: see {@link MsSsim}. */
    MS_SSIM(Kind.PIXEL_PAIRS, Better.HIGHER, each(one -> MsSsim.of(one.picture(), one.requireReference()))),
    /** How far all pictures are from all references: Inception, two normal distributions. */
    FID(Kind.SETS, Better.LOWER, Metric::none),
    /** The same by a kernel, over subsets. */
    KID(Kind.SETS, Better.LOWER, Metric::none),
    GENEVAL(Kind.AUTHORS, Better.HIGHER, Overall.CATEGORIES, Metric::none),
    T2I_COMPBENCH(Kind.AUTHORS, Better.HIGHER, Overall.CATEGORIES, Metric::none),
    T2V_COMPBENCH(Kind.AUTHORS, Better.HIGHER, Overall.CATEGORIES, Metric::none);

    /** What a metric looks at. */
    private enum Kind {
        /** Pictures and their prompts, by a network. */
        PROMPTS,
        /** Pictures and what the suite says of their prompts. */
        TRUTH,
        /** Pictures alone, without a network. */
        PIXELS,
        /** Pictures and references of the same names, by a network. */
        PAIRS,
        /** The same without a network. */
        PIXEL_PAIRS,
        /** All pictures and all references: one number, none for a picture. */
        SETS,
        /** What their authors' scripts look at. */
        AUTHORS
    }

    /** Which way scores get better. */
    public enum Better {
        HIGHER(" ↑", 1),
        LOWER(" ↓", -1),
        NEITHER("", 0);

        private final String arrow;
        private final int sign;

        Better(String arrow, int sign) {
            this.arrow = arrow;
            this.sign = sign;
        }

        /** Of a metric by its name; higher for one that is not known, as users may bring their own. */
        public static Better of(String metric) {
            Metric known = find(metric);
            return known == null ? HIGHER : known.better;
        }

        /** After a column's head, with the space before it; empty where neither way is better. */
        public String arrow() {
            return arrow;
        }

        /** How good a value is: larger is better; 0 for all where neither way is. */
        public double worth(double value) {
            return sign * value;
        }
    }

    /** How one number is made of all pictures' scores. */
    public enum Overall {
        PICTURES("mean over pictures"),
        /**
         * The mean over categories of the mean over their pictures, however many they have. Source: djghosh13/geneval@af4902f,
         * evaluation/summary_scores.py, "Overall score (avg. over tasks)"; the paper's average on T2I-CompBench is one too.
         */
        CATEGORIES("mean of the categories' means");

        private final String words;

        Overall(String words) {
            this.words = words;
        }

        /** Of a metric by its name. */
        public static Overall of(String metric) {
            Metric known = find(metric);
            return known == null ? PICTURES : known.overall;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    private final Kind kind;
    private final Better better;
    private final Overall overall;

    @SuppressWarnings("ImmutableEnumChecker") // none holds anything
    private final Opening opening;

    /** Loads a metric. */
    private interface Opening {
        Scorer open(MetricModel model) throws IOException;
    }

    Metric(Kind kind, Better better, Opening opening) {
        this(kind, better, Overall.PICTURES, opening);
    }

    Metric(Kind kind, Better better, Overall overall, Opening opening) {
        this.kind = kind;
        this.better = better;
        this.overall = overall;
        this.opening = opening;
    }

    /** The metric of a name that can be computed here; IllegalArgumentException if there is none. */
    public static Metric named(String name) {
        return Words.named(
                "metric",
                Arrays.stream(values())
                        .filter(metric -> metric.kind != Kind.AUTHORS)
                        .toArray(Metric[]::new),
                name);
    }

    private static @Nullable Metric find(String name) {
        return Arrays.stream(values())
                .filter(metric -> metric.toString().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** The names of those that compare pictures with others, in words. */
    public static String comparing() {
        List<String> names = Arrays.stream(values())
                .filter(Metric::hasReference)
                .map(Metric::toString)
                .toList();
        return names.stream().limit(names.size() - 1L).collect(Collectors.joining(", ")) + " and "
                + names.get(names.size() - 1);
    }

    /** Whether pictures are compared with others. */
    public boolean hasReference() {
        return kind == Kind.PAIRS || kind == Kind.PIXEL_PAIRS || ofSets();
    }

    /** Whether there is one number for all pictures, and none for each. */
    public boolean ofSets() {
        return kind == Kind.SETS;
    }

    /** Whether a network computes it. */
    boolean hasNetwork() {
        return kind != Kind.PIXELS && kind != Kind.PIXEL_PAIRS && this != BACKGROUND;
    }

    /** The name, as {@code clip-score}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Loads it, in float32; IllegalStateException if it has no score for each picture, or its authors' scripts compute
     * it.
     */
    Scorer open(MetricModel model) throws IOException {
        return opening.open(model);
    }

    private static Scorer none(MetricModel model) {
        throw new IllegalStateException(model.metric() + ": has no score for each picture");
    }

    /** Looks at each picture by itself, and holds nothing. */
    private static Opening each(ToDoubleFunction<Judged> score) {
        return model -> model.scorer(batch -> Judged.each(batch, score));
    }

    private static Scorer lpips(LpipsBackbone backbone, MetricModel model) {
        LpipsEncoder encoder = LpipsEncoder.open(model.requireFile(), backbone, model.device());
        return Scorer.of(
                model.metric().toString(),
                backbone.smallestSide(),
                prompt -> true,
                batch -> Judged.each(batch, one -> encoder.distance(one.picture(), one.requireReference())),
                encoder);
    }

    /**
     * How well a picture fits its prompt: the cosine of the angle between both in CLIP's space. Source: Hessel et al., CLIPScore: a
     * reference-free evaluation metric for image captioning (2021). A prompt longer than CLIP reads (77 tokens) is judged by its
     * beginning. The cosines of models differ: compare only scores of one model.
     *
     * @param scale what becomes of the cosine
     */
    private static Scorer clip(MetricModel model, ClipEncoder clip, DoubleUnaryOperator scale) {
        Map<String, Features> texts = new HashMap<>();
        return model.scorer(
                batch -> {
                    List<String> unread = Judged.prompts(batch).stream()
                            .filter(prompt -> !texts.containsKey(prompt))
                            .distinct()
                            .toList();
                    List<ClipEncoder.Text> encoded = unread.isEmpty() ? List.of() : clip.texts(unread);
                    for (int i = 0; i < unread.size(); i++) {
                        texts.put(unread.get(i), encoded.get(i).features());
                    }
                    Iterator<Features> pictures =
                            clip.pictures(Judged.pictures(batch)).iterator();
                    return Judged.each(
                            batch,
                            one -> scale.applyAsDouble(
                                    pictures.next().cosine(Objects.requireNonNull(texts.get(one.prompt())))));
                },
                clip);
    }

    /** Closes what is open if what is made of it cannot be made. */
    private static <T> T closing(AutoCloseable open, Supplier<T> made) {
        try {
            return made.get();
        } catch (RuntimeException e) {
            try {
                open.close();
            } catch (Exception other) {
                e.addSuppressed(other);
            }
            throw e;
        }
    }
}
