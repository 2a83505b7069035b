package io.bottleneck4j.eval.sheet;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.models.media.Picture;

/** A picture made small enough for a sheet. */
final class Thumbnail {
    private Thumbnail() {}

    /** The picture itself if it is small enough, else shrunk by Lanczos to that longer side, in px. */
    static Picture of(Picture picture, int side) {
        int longer = Math.max(picture.width(), picture.height());
        if (longer <= side) {
            return picture;
        }
        int width = scaled(picture.width(), side, longer);
        int height = scaled(picture.height(), side, longer);
        byte[] rgb = picture.rgb();
        int pixels = rgb.length / 3;
        float[] planes = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            planes[i % 3 * pixels + i / 3] = rgb[i] & 0xff;
        }
        Latents large = Latents.copyOf(new LatentShape(3, 1, picture.height(), picture.width()), planes);
        Latents small = Resamplers.LANCZOS.resize(large, large.shape().withSize(height, width));
        byte[] out = new byte[3 * width * height];
        for (int i = 0; i < out.length; i++) {
            float value = small.get(i % 3 * width * height + i / 3);
            out[i] = (byte) Math.round(Math.max(0, Math.min(255, value)));
        }
        return new Picture(width, height, out);
    }

    /** A side of the thumbnail, in px. */
    static int scaled(int length, int side, int longer) {
        return longer <= side ? length : Math.max(1, Math.round((float) length * side / longer));
    }
}
