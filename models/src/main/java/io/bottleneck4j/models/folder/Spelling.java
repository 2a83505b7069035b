package io.bottleneck4j.models.folder;

import io.bottleneck4j.torch.io.Excerpt;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Words for messages about keys and values that a person typed, or that a damaged file holds. */
public final class Spelling {
    private static final int LONGEST_SHOWN = 60;
    private static final int LONGEST_COMPLAINT = 200;

    private Spelling() {}

    /** A value in quotes, on one line, cut where it is long. */
    public static String quote(String value) {
        return "'" + cut(value) + "'";
    }

    /** A value on one line, cut where it is long. */
    static String cut(String value) {
        return Excerpt.of(value, LONGEST_SHOWN);
    }

    /** A parser's complaint, which may quote what it read. */
    public static String complaint(@Nullable String message) {
        return message == null ? "it cannot be parsed" : Excerpt.of(message, LONGEST_COMPLAINT);
    }

    /** What to write instead of an unknown word. */
    public static String remedy(String word, Collection<String> known) {
        String near = nearest(word, known);
        String all = "use " + String.join(", ", known);
        return near == null ? all : "did you mean " + near + "? (" + all + ")";
    }

    /** The known word at most a third of its letters away, or none. */
    static @Nullable String nearest(String word, Collection<String> known) {
        if (word.length() > LONGEST_SHOWN) {
            return null;
        }
        String lower = word.toLowerCase(Locale.ROOT);
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(lower, candidate);
            if (distance < least && distance <= Math.max(1, candidate.length() / 3)) {
                best = candidate;
                least = distance;
            }
        }
        return best;
    }

    /** Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
