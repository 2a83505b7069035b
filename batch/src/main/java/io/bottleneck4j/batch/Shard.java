package io.bottleneck4j.batch;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A part of a run that one process makes, from 1: every {@code count}-th row or prompt; count 1 is not split. */
public record Shard(int index, int count) {
    /** All of a run. */
    public static final Shard WHOLE = new Shard(1, 1);

    private static final Pattern WRITTEN = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

    public Shard {
        if (count < 1 || index < 1 || index > count) {
            throw new IllegalArgumentException("shard: must be i/n with i from 1 to n, not " + index + "/" + count);
        }
    }

    /** As {@code 2/4}; IllegalArgumentException if it is not of that form. */
    public static Shard parse(String text) {
        Matcher matcher = WRITTEN.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("shard: must be i/n with i from 1 to n, not '" + text + "'");
        }
        return new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** Whether it is all of the run. */
    public boolean isWhole() {
        return count == 1;
    }

    /** Whether the row or prompt of an index, from 0, is part of it. */
    public boolean has(long rowIndex) {
        return rowIndex % count == index - 1;
    }

    /** A name of its own for what each shard has: {@code pictures}, of shard 2 of 4 {@code pictures-2-of-4}. */
    public String name(String stem) {
        return isWhole() ? stem : stem + "-" + index + "-of-" + count;
    }

    @Override
    public String toString() {
        return index + "/" + count;
    }
}
