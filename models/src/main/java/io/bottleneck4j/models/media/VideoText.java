package io.bottleneck4j.models.media;

/**
 * What a video says of itself.
 *
 * @param title for players, as the prompt
 * @param settings how it was made, one line of JSON
 */
public record VideoText(String title, String settings) {
    /** The PNG text chunk of a first frame that holds the settings. */
    public static final String KEY = "bottleneck4j";
}
