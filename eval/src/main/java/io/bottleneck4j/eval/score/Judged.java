package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A picture, and what it is judged by: the prompt, empty where only the reference counts, or the reference it is
 * compared with, null where only the prompt counts.
 */
public record Judged(
        Picture picture, String prompt, @Nullable Picture reference) {

    /** A picture judged by its prompt. */
    public Judged(Picture picture, String prompt) {
        this(picture, prompt, null);
    }

    /** A score of each by itself. */
    public static List<Double> each(List<Judged> batch, ToDoubleFunction<Judged> score) {
        return batch.stream().map(score::applyAsDouble).toList();
    }

    /** Their pictures. */
    public static List<Picture> pictures(List<Judged> batch) {
        return batch.stream().map(Judged::picture).toList();
    }

    /** Their prompts. */
    public static List<String> prompts(List<Judged> batch) {
        return batch.stream().map(Judged::prompt).toList();
    }

    /**
     * Reads an entry's files; IllegalArgumentException if one is no intact PNG, or picture and reference are of two
     * sizes.
     */
    static Judged read(PictureSet.Entry entry) throws IOException {
        Picture picture = PngReader.read(entry.file());
        if (entry.reference() == null) {
            return new Judged(picture, entry.prompt());
        }
        Picture reference = PngReader.read(entry.reference());
        if (picture.width() != reference.width() || picture.height() != reference.height()) {
            throw new IllegalArgumentException("is %s x %s px, its reference %s x %s; compare pictures of one size"
                    .formatted(picture.width(), picture.height(), reference.width(), reference.height()));
        }
        return new Judged(picture, entry.prompt(), reference);
    }

    /** The reference; IllegalStateException if there is none. */
    public Picture requireReference() {
        if (reference == null) {
            throw new IllegalStateException("reference: is missing; pair the pictures with PictureSet.paired");
        }
        return reference;
    }
}
