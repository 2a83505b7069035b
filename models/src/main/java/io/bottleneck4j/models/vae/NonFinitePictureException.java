package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;
import org.apiguardian.api.API;

/** Thrown when decoding finite latents gives NaN or infinity, which would otherwise end in a black picture. */
@API(status = API.Status.STABLE)
public final class NonFinitePictureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NonFinitePictureException(String dtype) {
        super("decode: the picture holds NaN or infinity in " + dtype
                + ", though its latents are finite; decode them again in float32"
                + " (float16 overflows in most autoencoders)");
    }

    /**
     * The picture, or the frames of a video.
     *
     * @throws NonFinitePictureException if it holds NaN or infinity and the latents do not
     * @throws IllegalArgumentException if the latents hold them already
     */
    static Tensor requireFinite(Tensor z, Tensor picture) {
        if (picture.isFinite()) {
            return picture;
        }
        if (!z.isFinite()) {
            throw new IllegalArgumentException("latents: hold NaN or infinity; there is nothing to decode");
        }
        throw new NonFinitePictureException(picture.dtype().toString());
    }
}
