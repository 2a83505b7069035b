package io.bottleneck4j.eval.document;

/**
 * When a file that lists finished pictures is written anew. Written after every picture, n pictures would cost n² lines; here the lines
 * written stay a fixed multiple of n, and what the file lacks is little: fewer than one in {@value #SHARE} of the pictures, all finished
 * within {@value #SECONDS} seconds.
 */
public final class RewritePace {
    private static final int SHARE = 32;
    private static final long SECONDS = 5;

    private int listed;
    private long written = System.nanoTime();

    /** Whether to write now that so many pictures are finished. */
    public boolean isDue(int finished) {
        return (long) (finished - listed) * SHARE >= finished || System.nanoTime() - written > SECONDS * 1_000_000_000;
    }

    /** Whether the file lists all of them. */
    public boolean isListed(int finished) {
        return listed == finished;
    }

    /** Takes note that the file lists this many. */
    public void wrote(int finished) {
        listed = finished;
        written = System.nanoTime();
    }
}
