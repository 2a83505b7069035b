package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PictureReader;
import io.bottleneck4j.models.media.PillowResize;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The picture that a request gives. Source: diffusers pipeline_flux_img2img.py, pipeline_flux_inpaint.py, pipeline_flux_fill.py and
 * pipeline_flux_kontext.py@0.42.1.
 *
 * @param mask light where the picture may change; null for everywhere
 * @param strength how far it is noised, in (0, 1]
 * @param use what the model makes of it
 */
record StartPicture(Input image, @Nullable Input mask, double strength, Use use) {
    /** What a model makes of a picture. */
    enum Use {
        /** The run starts from it, noised: img2img, with a mask inpainting. */
        CHANGED(0.6, false),
        /** The same, and the transformer sees at every step what is around the mask: FLUX.1-Fill. */
        FILLED(1, true),
        /** The transformer sees it at every step, and the run starts from noise alone: FLUX.1-Kontext. */
        SEEN(1, true),
        /** Nothing. */
        REFUSED(1, false);

        /** diffusers' where none is given. */
        final double strength;

        /** Whether the transformer sees it beside the latents of a stage, so that it cannot see these in tiles. */
        final boolean seesWhole;

        Use(double strength, boolean seesWhole) {
            this.strength = strength;
            this.seesWhole = seesWhole;
        }
    }

    StartPicture {
        if (use == Use.FILLED && mask == null) {
            throw new IllegalArgumentException(
                    "mask: is missing; FLUX.1-Fill fills a part of the picture: give a mask that is light there");
        }
        if (use == Use.SEEN && mask != null) {
            throw new IllegalArgumentException(
                    "mask: FLUX.1-Kontext sees the whole picture; leave it out, and say in the prompt what to change");
        }
        if (use == Use.SEEN && strength != 1) {
            throw new IllegalArgumentException("strength: FLUX.1-Kontext sees the picture and starts from noise alone,"
                    + " which is strength 1, not " + strength + "; leave it out");
        }
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException(
                    "strength: must be above 0 and at most 1, not " + strength + "; 0.6 is usual, 1 keeps nothing");
        }
    }

    /** Pixels, and where they were read. The requests of many seeds share one. */
    static final class Input {
        private final Picture picture;
        private final Settings.@Nullable InputFile file;
        private final boolean transparent;
        private volatile @Nullable Freed last;

        /** Of a size; kept, since every request that is built asks for it, and the run too. */
        private record Freed(int width, int height, Mask mask) {}

        /**
         * Pixels.
         *
         * @param file where they were read; null of a program's own
         */
        Input(Picture picture, Settings.@Nullable InputFile file) {
            this(picture, file, false);
        }

        private Input(Picture picture, Settings.@Nullable InputFile file, boolean transparent) {
            this.picture = picture;
            this.file = file;
            this.transparent = transparent;
        }

        Picture picture() {
            return picture;
        }

        Settings.@Nullable InputFile file() {
            return file;
        }

        /** As a mask of a size: free where it is lighter than half, by brightness as Pillow has it. */
        Mask freed(int width, int height) {
            Freed known = last;
            if (known == null || known.width() != width || known.height() != height) {
                known = new Freed(width, height, computed(width, height));
                last = known;
            }
            return known.mask();
        }

        private Mask computed(int width, int height) {
            byte[] rgb = PillowResize.lanczos(picture, width, height).rgb();
            return Mask.of(height, width, i -> {
                int brightness =
                        19595 * (rgb[3 * i] & 0xff) + 38470 * (rgb[3 * i + 1] & 0xff) + 7471 * (rgb[3 * i + 2] & 0xff);
                return ((brightness + 0x8000) >> 16) >= 128;
            });
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Input that && picture.equals(that.picture) && Objects.equals(file, that.file);
        }

        @Override
        public int hashCode() {
            return Objects.hash(picture, file);
        }

        /** Reads a file. */
        static Input read(Path file) throws IOException {
            byte[] bytes = PictureReader.bytes(file);
            PictureReader.Seen seen = PictureReader.look(file.toString(), bytes);
            return new Input(
                    seen.picture(), new Settings.InputFile(file.toString(), sha256(bytes)), seen.isTransparent());
        }

        /**
         * Reads a file again.
         *
         * @param option that names another, for messages
         * @throws IllegalArgumentException if it is not the same file
         */
        static Input again(Settings.InputFile stored, String option) throws IOException {
            Input found = read(Path.of(stored.path()));
            if (!stored.equals(found.file())) {
                throw new IllegalArgumentException(option + ": " + stored.path()
                        + " is not the file that the picture was made from: its SHA-256 is not " + stored.sha256()
                        + "; name that file with --" + option);
            }
            return found;
        }

        /** Of bytes, 64 hexadecimal digits. */
        static String sha256(byte[] bytes) {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }

    /** Where all of it was read; null if a part is a program's own. */
    Settings.@Nullable Start files() {
        Settings.InputFile picture = image.file();
        Settings.InputFile masked = mask == null ? null : mask.file();
        return picture == null || (mask != null && masked == null)
                ? null
                : new Settings.Start(picture, masked, strength);
    }

    /** The picture at the size of the result. */
    Picture sized(int width, int height) {
        return PillowResize.lanczos(image.picture(), width, height);
    }

    /**
     * The picture as FLUX.1-Kontext sees it in a stage: of the size that it learnt which is most like the picture's own, in proportion to
     * the result and to the stage.
     */
    Picture reference(Model model, LatentShape full, LatentShape stage) {
        int cell = model.pixelsPerCell();
        double scale = KontextSize.scale((double) full.height() * full.width() * cell * cell)
                * Math.sqrt((double) stage.elements() / full.elements());
        KontextSize size = KontextSize.like(
                        image.picture().width(), image.picture().height())
                .scaled(scale, model.traits().grid());
        return sized(size.width(), size.height());
    }

    /** The mask at the size of the result, where there is one by the picture's use. */
    Mask fill(int width, int height) {
        return Objects.requireNonNull(freed(width, height));
    }

    /** The mask at the size of the result; null where there is none. */
    @Nullable
    Mask freed(int width, int height) {
        return mask == null ? null : mask.freed(width, height);
    }

    /** For the user: what becomes of its size, and whether its mask leaves anything to change. */
    List<String> notes(int width, int height) {
        Picture own = image.picture();
        List<String> notes = new ArrayList<>();
        if (own.width() != width || own.height() != height) {
            notes.add("init-image: %s x %s px become %s x %s".formatted(own.width(), own.height(), width, height));
        }
        if (image.transparent) {
            notes.add("init-image: has transparent pixels; the colours that are stored under them are taken");
        }
        if (mask != null && mask.transparent) {
            notes.add("mask: has transparent pixels, which count by the colours that are stored under them; save it in"
                    + " black and white to see what is taken");
        }
        Mask free = freed(width, height);
        if (free != null && free.free() == 0) {
            notes.add("mask: is nowhere lighter than half, so nothing of the picture changes");
        }
        return notes;
    }
}
