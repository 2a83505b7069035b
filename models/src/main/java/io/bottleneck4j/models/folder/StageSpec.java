package io.bottleneck4j.models.folder;

/**
 * One stage as a plan file writes it.
 *
 * @param width pixels
 * @param height pixels
 * @param steps nominal number of steps N
 * @param strength the part w of them that runs, in (0, 1]
 * @param shift the stage's own timestep shift s
 */
public record StageSpec(int width, int height, int steps, double strength, double shift) {
    public StageSpec {
        requirePixels("width", width);
        requirePixels("height", height);
        if (steps < 1 || steps > 10_000) {
            throw new IllegalArgumentException("steps: must be between 1 and 10000, not " + steps);
        }
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException("strength: must be above 0 and at most 1, not " + strength);
        }
        if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "shift: must be a finite number above 0, not " + shift + "; use 1 for no shift");
        }
    }

    private static void requirePixels(String name, int pixels) {
        if (pixels < 1) {
            throw new IllegalArgumentException(name + ": must be at least 1 px, not " + pixels);
        }
    }
}
