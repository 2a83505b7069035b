package io.bottleneck4j.torch.io;

import java.util.Collection;
import java.util.List;

/** What a message shows of text that came from elsewhere: one line, short, without control characters; of a list, the first few. */
public final class Excerpt {
    /** Characters of a message, about: more is not read, and hides what matters. */
    private static final int MESSAGE = 600;

    private static final int NAME = 100;
    private static final int ITEMS = 5;
    /** Characters of a whole list. */
    private static final int LIST = 300;

    private Excerpt() {}

    /** A text on one line, cut with an ellipsis after so many characters. */
    public static String of(String text, int longest) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(longest).forEach(c -> shown.appendCodePoint(isUnreadable(c) ? '?' : c));
        return text.codePointCount(0, text.length()) > longest ? shown + "..." : shown.toString();
    }

    private static boolean isUnreadable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    /** What a reader of JSON says is wrong, without the names of its own switches. */
    public static String json(String message) {
        return message.replaceAll("\\[Source: [^;]*; ", "[").replaceFirst(": enable `.*", "");
    }

    /** A name in quotes, cut after 100 characters. */
    public static String quoted(String name) {
        return "'" + of(name, NAME) + "'";
    }

    /** The first five of a list, of 300 characters in all, and how many more there are: {@code a, b and 7 more}. */
    public static String list(Collection<String> items) {
        StringBuilder shown = new StringBuilder();
        int count = 0;
        for (String item : items) {
            String next = of(item, NAME);
            if (count == ITEMS || (count > 0 && shown.length() + next.length() > LIST)) {
                break;
            }
            shown.append(count == 0 ? "" : ", ").append(next);
            count++;
        }
        return items.size() > count ? shown + " and " + (items.size() - count) + " more" : shown.toString();
    }

    /** The first five of a list of numbers or words in brackets. */
    public static String listed(Collection<?> items) {
        List<String> words = items.stream().map(String::valueOf).toList();
        return "[" + list(words) + "]";
    }

    /**
     * A whole message; from one of more than 600 characters the middle is taken out, so that its beginning, which says where and what,
     * and its end, which says what to do, are left.
     */
    public static String message(String message) {
        if (message.codePointCount(0, message.length()) <= MESSAGE) {
            return message;
        }
        int[] all = message.codePoints().toArray();
        int end = MESSAGE / 3;
        int begin = MESSAGE - end - 5;
        return new String(all, 0, begin) + " ... " + new String(all, all.length - end, end);
    }
}
