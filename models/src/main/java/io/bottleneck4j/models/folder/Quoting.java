package io.bottleneck4j.models.folder;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Words of a user's file inside messages. */
final class Quoting {
    private static final int MAX_SHOWN = 60;
    private static final int MAX_COMPLAINT = 200;
    private static final int CLOSE = 2;

    private Quoting() {}

    /** The text on one line, cut if long. */
    static String shown(String text) {
        return shown(text, MAX_SHOWN);
    }

    /** A parser's complaint, which may quote the text it is about. */
    static String complaint(@Nullable String text) {
        return text == null ? "it cannot be parsed" : shown(text, MAX_COMPLAINT);
    }

    private static String shown(String text, int most) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return line + (text.codePointCount(0, text.length()) > most ? "..." : "");
    }

    /** What to use in an unknown word's place: the known one it resembles, or any of them. */
    static String remedy(String unknown, Collection<String> known) {
        if (unknown.length() <= MAX_SHOWN) {
            for (String word : known) {
                if (distance(unknown, word) <= Math.min(CLOSE, word.length() / 2)) {
                    return "did you mean " + word + "?";
                }
            }
        }
        return "use " + String.join(", ", known);
    }

    /** Letters to insert, delete, replace or swap with their neighbour. Source: optimal string alignment. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replace = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replace, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
