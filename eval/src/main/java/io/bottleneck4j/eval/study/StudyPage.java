package io.bottleneck4j.eval.study;

import io.bottleneck4j.eval.document.Html;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.report.Entry;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A study ready to be given away: the key, to be kept, and the page that asks, one file that holds its pictures, and no
 * word of which is whose.
 */
public record StudyPage(Study study, String html) {
    /** Bytes of pictures in one page; browsers get slow with more. */
    private static final long MOST_BYTES = 400_000_000;

    private static final int ID_DIGITS = 16;

    /** A question's pictures. */
    private record Pair(Study.Question question, Blind left, Blind right) {
        /** As the page's script reads it. */
        Map<String, Object> shown() {
            return Map.of(
                    "id", question.id(),
                    "prompt", question.prompt(),
                    "type", left.type(),
                    "left", left.address(),
                    "right", right.address());
        }
    }

    /**
     * Draws the questions, of which each aspect is asked, and puts the pictures into a page; IllegalArgumentException
     * if there are too few pictures or too many bytes, or one is damaged.
     */
    public static StudyPage of(Draw draw, List<Aspect> aspects) throws IOException {
        Entrants entrants = draw.entrants();
        List<Pair> pairs = new ArrayList<>();
        long bytes = 0;
        for (Study.Question question : draw.draw()) {
            Blind left = Blind.of(entry(entrants, question.left()).file(question.slot()));
            Blind right = Blind.of(entry(entrants, question.right()).file(question.slot()));
            bytes += left.bytes().length + right.bytes().length;
            if (bytes > MOST_BYTES) {
                throw new IllegalArgumentException("questions: the pictures of the first " + (pairs.size() + 1)
                        + " are " + bytes / 1_000_000 + " MB, more than a page can hold; ask at most " + pairs.size());
            }
            pairs.add(new Pair(question, left, right));
        }
        RunRecord run = entrants.reference().run();
        Study study = new Study(
                id(entrants, aspects, pairs),
                run.model(),
                run.benchmark(),
                entrants.names(),
                aspects,
                pairs.stream().map(Pair::question).toList());
        return new StudyPage(study, html(study, pairs));
    }

    private static Entry entry(Entrants entrants, String name) {
        return entrants.entries().get(entrants.names().indexOf(name));
    }

    /** Another for whatever a participant could notice, and for other runs of the same pictures. */
    private static String id(Entrants entrants, List<Aspect> aspects, List<Pair> pairs) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        digest.update((entrants.names() + " " + aspects).getBytes(StandardCharsets.UTF_8));
        for (Pair pair : pairs) {
            digest.update(pair.question().toString().getBytes(StandardCharsets.UTF_8));
            digest.update(pair.left().bytes());
            digest.update(pair.right().bytes());
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, ID_DIGITS);
    }

    private static String html(Study study, List<Pair> pairs) {
        Map<String, Object> shown = Map.of(
                "answers_format",
                Answers.FORMAT,
                "study",
                study.id(),
                "aspects",
                study.aspects().stream()
                        .map(aspect -> Map.of("name", aspect.toString(), "question", aspect.question()))
                        .toList(),
                "questions",
                pairs.stream().map(Pair::shown).toList());
        String data =
                JsonFile.MAPPER.valueToTree(shown).toString().replace("<", "\\u003c"); // or a prompt ends the script
        return Html.page(StudyPage.class, "study", "Which picture is better?", Map.of("data", data));
    }

    /**
     * A picture or video as it is shown: its type as browsers name it, such as {@code image/png}, its pixels, and nothing
     * that tells how it was made.
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Blind(String type, byte[] bytes) {

        /** Reads a file and takes its settings out; IllegalArgumentException if it is damaged, or of another kind. */
        static Blind of(Path file) throws IOException {
            String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
            if (name.endsWith(".png") || name.endsWith(".jpg")) { // benchmarks that want .jpg get PNG under that name
                return new Blind("image/png", PngWriter.bytes(PngReader.read(file), Map.of()));
            }
            if (name.endsWith(".mp4")) {
                return new Blind("video/mp4", without(Files.readAllBytes(file), VideoSettings.read(file)));
            }
            throw new IllegalArgumentException(
                    file + ": must be a PNG picture or .mp4, whose settings can be taken out");
        }

        /** The same bytes with spaces in the place of a text; what follows keeps its place, which the file's index needs. */
        private static byte[] without(byte[] bytes, @Nullable String text) {
            if (text == null) {
                return bytes;
            }
            byte[] sought = text.getBytes(StandardCharsets.UTF_8);
            byte[] blank = bytes.clone();
            for (int from = 0; from + sought.length <= blank.length; from++) {
                if (Arrays.equals(blank, from, from + sought.length, sought, 0, sought.length)) {
                    Arrays.fill(blank, from, from + sought.length, (byte) ' ');
                }
            }
            return blank;
        }

        /** As an address. */
        String address() {
            return Html.address(type, bytes);
        }
    }
}
