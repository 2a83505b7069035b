package io.bottleneck4j.models.vae;

/** Thrown when decoding finite latents gives NaN or infinity, which would otherwise end in a black picture. */
public final class NonFinitePictureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NonFinitePictureException(String dtype) {
        super("decode: the picture holds NaN or infinity in " + dtype
                + ", though its latents are finite; decode them again in float32"
                + " (float16 overflows in most autoencoders)");
    }
}
