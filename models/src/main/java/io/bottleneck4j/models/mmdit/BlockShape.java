package io.bottleneck4j.models.mmdit;

/**
 * The sizes that all blocks of a transformer share.
 *
 * @param heads attention heads
 * @param headDim width of a head
 * @param mlpRatio width of a feed-forward layer's middle, in widths of the transformer
 */
public record BlockShape(int heads, int headDim, double mlpRatio) {
    /** Width D. */
    public int dim() {
        return heads * headDim;
    }

    /** Width of a feed-forward layer's middle, rounded down. */
    public int mlpDim() {
        return (int) (dim() * mlpRatio);
    }
}
