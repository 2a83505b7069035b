package io.bottleneck4j.cli;

import io.bottleneck4j.eval.naming.Words;
import java.util.Locale;

/** What {@code evaluate score} can measure. */
enum Metric {
    /** 100 · cosine of CLIPModel, at least 0: torchmetrics' scale. */
    CLIP_SCORE,
    /** The cosine itself: the paper's scale. */
    CLIP_COSINE,
    /** How pleasing a picture is: CLIPModel and a head. */
    AESTHETIC,
    /** How much people prefer a picture for its prompt: BLIP. */
    IMAGE_REWARD,
    /** 100 · cosine of HPSv2's CLIP. */
    HPSV2,
    /** Whether a picture shows what its prompt of the suite asks: a detector and rules. */
    SUITE,
    /** Whether the background has the colour its prompt of the suite asks: pixels. */
    BACKGROUND,
    /** How unlike a picture looks to its reference: AlexNet. */
    LPIPS,
    /** The same by VGG16. */
    LPIPS_VGG,
    /** How far all pictures are from all references: Inception, two normal distributions. */
    FID,
    /** The same by a kernel, over subsets. */
    KID;

    /** Whether pictures are compared with others. */
    boolean hasReference() {
        return this == LPIPS || this == LPIPS_VGG || ofSets();
    }

    /** Whether there is one number for all pictures, and none for each. */
    boolean ofSets() {
        return this == FID || this == KID;
    }

    /** Whether the prompts must say what pictures are to show, which the suite's alone do. */
    boolean hasTruth() {
        return this == SUITE || this == BACKGROUND;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The metric of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Metric named(String name) {
        return Words.named("metric", values(), name);
    }
}
