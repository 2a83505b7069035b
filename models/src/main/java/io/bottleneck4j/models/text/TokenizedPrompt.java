package io.bottleneck4j.models.text;

import java.util.Arrays;

/** The token ids of one prompt, padded to a fixed length; immutable. */
public final class TokenizedPrompt {
    private final long[] ids;
    private final int tokens;
    private final int needed;

    private TokenizedPrompt(long[] ids, int tokens, int needed) {
        this.ids = ids;
        this.tokens = tokens;
        this.needed = needed;
    }

    /**
     * Fits all ids of a prompt into a length: pads after the last one, or keeps the first ones and those that end the text.
     *
     * @param ends how many ids end every text
     */
    static TokenizedPrompt fit(long[] all, int length, long padId, int ends) {
        int kept = Math.min(all.length, length);
        long[] ids = Arrays.copyOf(all, length);
        System.arraycopy(all, all.length - ends, ids, kept - ends, ends);
        Arrays.fill(ids, kept, length, padId);
        return new TokenizedPrompt(ids, kept, all.length);
    }

    /** The ids [L], where L is the asked length; those from {@link #tokens()} on are padding. A copy. */
    public long[] ids() {
        return ids.clone();
    }

    /** The same without padding: as many ids as there are {@link #tokens()}. */
    public TokenizedPrompt unpadded() {
        return new TokenizedPrompt(Arrays.copyOf(ids, tokens), tokens, needed);
    }

    /** How many ids come before the padding, with those that begin and end the text; 1..L, or 0 of an empty text that has neither. */
    public int tokens() {
        return tokens;
    }

    /** How many ids the whole prompt needs; more than {@link #tokens()} if it was cut. */
    public int needed() {
        return needed;
    }

    /** Whether the prompt did not fit and lost its end. */
    public boolean truncated() {
        return needed > tokens;
    }

    @Override
    public String toString() {
        return "TokenizedPrompt[tokens=" + tokens + ", needed=" + needed + ", length=" + ids.length + "]";
    }
}
