package io.bottleneck4j.eval.score;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of a folder or a run, each with its prompt.
 *
 * <p>Pictures are numbered as {@code generate} numbers them: by the digits at the end of their names, {@code cat-0007.png}. With K pictures
 * of each prompt, pictures 0 to K - 1 belong to the first prompt, and so on; a number left out is a picture missing, it shifts no other.
 *
 * @param entries in the order of numbers
 * @param faults what is missing or too much, found without reading a picture
 */
public record PictureSet(List<Entry> entries, List<Fault> faults) {
    private static final Pattern NUMBERED = Pattern.compile("(?i).*?(\\d+)\\.png");

    public PictureSet {
        entries = List.copyOf(entries);
        faults = List.copyOf(faults);
    }

    /** A picture's file, and what it is judged by; the reference's file is null where only the prompt counts. */
    public record Entry(Path file, String prompt, @Nullable Path reference) {
        /** A picture judged by its prompt. */
        public Entry(Path file, String prompt) {
            this(file, prompt, null);
        }
    }

    /**
     * Pairs a folder with prompts.
     *
     * @param perPrompt pictures of each prompt, at least 1
     * @throws IllegalArgumentException if the folder is missing, holds no PNG file, or one without a number or with another's
     */
    public static PictureSet numbered(Path folder, List<String> prompts, int perPrompt) throws IOException {
        if (perPrompt < 1) {
            throw new IllegalArgumentException(
                    "per-prompt: must be at least 1 picture of each prompt, not " + perPrompt);
        }
        Map<Long, Path> files = new TreeMap<>();
        for (Path file : pictures(folder)) {
            Path other = files.put(number(file), file);
            if (other != null) {
                throw new IllegalArgumentException(
                        "pictures: " + other + " and " + file + " have one number; keep one run in a folder");
            }
        }
        List<Entry> entries = new ArrayList<>();
        List<Fault> faults = new ArrayList<>();
        long expected = (long) prompts.size() * perPrompt;
        for (long i = 0; i < expected; i++) {
            Path file = files.remove(i);
            if (file == null) {
                faults.add(new Fault("picture " + i, "is missing in " + folder));
            } else {
                entries.add(new Entry(file, prompts.get((int) (i / perPrompt))));
            }
        }
        files.forEach((number, file) -> faults.add(new Fault(
                String.valueOf(file),
                "has no prompt: " + prompts.size() + " prompts with " + perPrompt + " pictures each end at number "
                        + (expected - 1))));
        return new PictureSet(entries, faults);
    }

    /**
     * Takes each picture's prompt from its file, where {@code generate} has left it; complains of folders as {@link
     * #numbered}.
     */
    public static PictureSet described(Path folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        List<Fault> faults = new ArrayList<>();
        for (Path file : pictures(folder)) {
            try {
                entries.add(new Entry(file, storedPrompt(file)));
            } catch (IOException | IllegalArgumentException e) {
                faults.add(Fault.of(file, e));
            }
        }
        return new PictureSet(entries, faults);
    }

    /**
     * Pairs the pictures of two folders by their names, which are paths where pictures lie deeper; a name that one side
     * lacks is a fault. IllegalArgumentException if a folder is missing or holds no PNG file.
     */
    public static PictureSet paired(Path folder, Path reference) throws IOException {
        List<Path> names = names("pictures", folder, Integer.MAX_VALUE);
        Set<Path> others = new TreeSet<>(names("reference", reference, Integer.MAX_VALUE));
        List<Entry> entries = new ArrayList<>();
        List<Fault> faults = new ArrayList<>();
        for (Path name : names) {
            if (others.remove(name)) {
                entries.add(new Entry(folder.resolve(name), "", reference.resolve(name)));
            } else {
                faults.add(new Fault(folder.resolve(name).toString(), "has no picture of its name in " + reference));
            }
        }
        others.forEach(
                name -> faults.add(new Fault(folder.resolve(name).toString(), "is missing; the reference has it")));
        return new PictureSet(entries, faults);
    }

    /** The prompt that {@code generate} stored in a picture. */
    private static String storedPrompt(Path file) throws IOException {
        String json = PngText.read(file).get(Settings.PICTURE_KEY);
        if (json == null) {
            throw new IllegalArgumentException(
                    file + ": holds no prompt of bottleneck4j; give the prompts with --prompts");
        }
        return Settings.parse(Model.Kind.PICTURE, json).prompt();
    }

    /**
     * The pictures of a run with the prompts they were drawn from; those not made are faults.
     *
     * @throws IllegalArgumentException if the folder is no run, is damaged, or holds videos
     */
    public static PictureSet of(RunFolder run) throws IOException {
        requirePictures(run);
        List<Entry> entries = new ArrayList<>();
        for (RunPicture picture : run.pictures()) {
            entries.add(new Entry(run.images().resolve(picture.file()), picture.prompt()));
        }
        return new PictureSet(entries, notMade(run));
    }

    /**
     * The pictures of a run, each beside the reference's of the same prompt and sample; those that one of both lacks are faults.
     *
     * @throws IllegalArgumentException as {@link #of}, or if two pictures of one place were drawn from other prompts or seeds
     */
    public static PictureSet paired(RunFolder run, RunFolder reference) throws IOException {
        requirePictures(run);
        requirePictures(reference);
        Map<RunPicture.Slot, RunPicture> others = new HashMap<>();
        reference.pictures().forEach(picture -> others.put(picture.slot(), picture));
        List<Entry> entries = new ArrayList<>();
        List<Fault> faults = new ArrayList<>(notMade(run));
        for (RunPicture picture : run.pictures()) {
            Path file = run.images().resolve(picture.file());
            RunPicture other = others.get(picture.slot());
            if (other == null) {
                faults.add(
                        new Fault(file.toString(), "has no picture of its prompt and sample in " + reference.path()));
            } else {
                requireSame(picture, other, file, reference);
                entries.add(new Entry(file, picture.prompt(), reference.images().resolve(other.file())));
            }
        }
        return new PictureSet(entries, faults);
    }

    /** Where a run's pictures are; complains as {@link #of}. */
    public static Path requirePictures(RunFolder run) throws IOException {
        RunRecord record = run.record();
        if (record.frames() > 1) {
            throw new IllegalArgumentException("run: " + run.path() + " holds videos of " + record.frames()
                    + " frames; metrics here look at pictures, give videos to the benchmark's own scripts");
        }
        return run.images();
    }

    private static List<Fault> notMade(RunFolder run) throws IOException {
        return run.missing().stream()
                .map(slot -> new Fault(slot.toString(), "was not made; 'evaluate generate' continues the run"))
                .toList();
    }

    private static void requireSame(RunPicture picture, RunPicture other, Path file, RunFolder reference) {
        if (!picture.prompt().equals(other.prompt()) || picture.seed() != other.seed()) {
            throw new IllegalArgumentException("reference: " + file + " is '" + picture.prompt() + "' with seed "
                    + picture.seed() + ", and " + reference.path() + " has '" + other.prompt() + "' with seed "
                    + other.seed() + " in its place; compare runs of the same prompts and seed");
        }
    }

    /**
     * All pictures of a folder and of those in it, judged by nothing but each other; messages name the side, as {@code
     * pictures}. IllegalArgumentException if the folder is missing or holds no PNG file.
     */
    static PictureSet all(String side, Path folder) throws IOException {
        return new PictureSet(
                names(side, folder, Integer.MAX_VALUE).stream()
                        .map(name -> new Entry(folder.resolve(name), ""))
                        .toList(),
                List.of());
    }

    /** Files of pictures by their names relative to the folder, sorted; those so many folders deep too. */
    private static List<Path> names(String side, Path folder, int depth) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    side + ": " + folder + " is not a folder; give one that holds PNG files");
        }
        try (Stream<Path> files = Files.walk(folder, depth)) {
            List<Path> names = files.filter(PictureSet::isPicture)
                    .map(folder::relativize)
                    .sorted()
                    .toList();
            if (names.isEmpty()) {
                throw new IllegalArgumentException(
                        side + ": " + folder + " holds no .png file; give a folder of pictures");
            }
            return names;
        }
    }

    /** Whether a file's name is a picture's, and not that of macOS's notes on one, {@code ._cat.png}, which other disks keep beside it. */
    private static boolean isPicture(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.toLowerCase(Locale.ROOT).endsWith(".png") && !name.startsWith("._");
    }

    private static List<Path> pictures(Path folder) throws IOException {
        return names("pictures", folder, 1).stream().map(folder::resolve).toList();
    }

    /** How many pictures there should be. */
    public int expected() {
        return entries.size() + faults.size();
    }

    private static long number(Path file) {
        Matcher digits = NUMBERED.matcher(String.valueOf(file.getFileName()));
        if (!digits.matches() || digits.group(1).length() > 18) {
            throw new IllegalArgumentException("pictures: " + file
                    + " has no number before .png that tells its prompt; name it as generate does, cat-0007.png, or leave"
                    + " out --prompts where pictures hold their own");
        }
        return Long.parseLong(digits.group(1));
    }
}
