package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import java.util.List;

/** What each of 256 levels becomes when values in [0, 1] are brought to mean 0 and deviation 1, channel by channel. */
final class ChannelLevels {
    private final float[][] levels = new float[3][256];

    ChannelLevels(List<Double> mean, List<Double> std) {
        for (int channel = 0; channel < 3; channel++) {
            for (int level = 0; level < 256; level++) {
                levels[channel][level] = (float) ((level / 255.0 - mean.get(channel)) / std.get(channel));
            }
        }
    }

    float of(int channel, byte value) {
        return levels[channel][value & 0xff];
    }

    /** Writes a picture as [3, H, W] to a place in an array. */
    void fill(Picture picture, float[] values, int offset) {
        byte[] rgb = picture.rgb();
        int plane = rgb.length / 3;
        for (int i = 0; i < rgb.length; i++) {
            values[offset + i % 3 * plane + i / 3] = of(i % 3, rgb[i]);
        }
    }
}
