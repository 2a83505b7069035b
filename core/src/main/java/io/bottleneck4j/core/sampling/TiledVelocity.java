package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import java.util.ArrayList;
import java.util.List;

/**
 * A model that sees large latents in overlapping tiles, each as a picture of its own: no tile knows of the others, so this is for latents
 * whose layout stands already. Where tiles overlap their velocities are blended, each with the less weight the nearer its edge is.
 *
 * <p>Source: MultiDiffusion, arXiv 2302.08113, Eq. 5, with weights that fall toward the edge in place of equal ones.
 *
 * @param model sees one tile at a time
 * @param tile cells of a tile's sides, a multiple of 4; a quarter overlaps at least
 */
record TiledVelocity(VelocityModel model, int tile) implements VelocityModel {
    /** Tiles begin at an even cell, since a token is two cells wide. */
    private static final int PATCH = 2;

    TiledVelocity {
        requireTile(tile);
    }

    static void requireTile(int tile) {
        if (tile < 4 || tile % 4 != 0) {
            throw new IllegalArgumentException("tile: %s cells is not a positive multiple of 4; use %s"
                    .formatted(tile, Math.max(4, tile / 4 * 4)));
        }
    }

    /** Returns how many tiles latents of a shape have. */
    static int count(LatentShape shape, int tile) {
        return count(shape.height(), tile) * count(shape.width(), tile);
    }

    private static int count(int length, int tile) {
        int stride = tile - tile / 4;
        return length <= tile ? 1 : (length - tile + stride - 1) / stride + 1;
    }

    /** Returns the velocity of the whole latents. */
    @Override
    public Latents velocity(Latents x, double sigma) {
        LatentShape shape = x.shape();
        float[] sum = new float[shape.elements()];
        float[] weights = new float[shape.height() * shape.width()];
        List<Span> columns = spans(shape.width());
        for (Span rows : spans(shape.height())) {
            for (Span across : columns) {
                Latents part = model.velocity(part(x, rows, across), sigma);
                add(part, rows, across, shape, sum, weights);
            }
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] /= weights[i % weights.length];
        }
        return Latents.copyOf(shape, sum);
    }

    /**
     * A tile's place along one axis.
     *
     * @param first whether nothing lies before it
     * @param last whether nothing lies behind it
     * @param ramp cells over which its weight falls toward an edge inside the picture
     */
    private record Span(int from, int length, boolean first, boolean last, float ramp) {
        float weight(int cell) {
            float before = first ? 1 : Math.min(1, (cell + 0.5f) / ramp);
            float after = last ? 1 : Math.min(1, (length - cell - 0.5f) / ramp);
            return before * after;
        }
    }

    /** As few as overlap by a quarter, evenly spread. */
    private List<Span> spans(int length) {
        int size = Math.min(tile, length);
        int count = count(length, tile);
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double even = count == 1 ? 0 : (double) i * (length - size) / (count - 1);
            int from = (int) Math.round(even / PATCH) * PATCH;
            spans.add(new Span(Math.min(from, length - size), size, i == 0, i == count - 1, tile / 4f));
        }
        return spans;
    }

    private static Latents part(Latents x, Span rows, Span across) {
        LatentShape shape = x.shape();
        LatentShape small = shape.withSize(rows.length(), across.length());
        float[] values = new float[small.elements()];
        int at = 0;
        for (int plane = 0; plane < shape.planes(); plane++) {
            for (int y = 0; y < rows.length(); y++) {
                int from = (plane * shape.height() + rows.from() + y) * shape.width() + across.from();
                x.asReadOnlyBuffer().position(from).get(values, at, across.length());
                at += across.length();
            }
        }
        return Latents.copyOf(small, values);
    }

    private static void add(Latents v, Span rows, Span across, LatentShape shape, float[] sum, float[] weights) {
        float[] values = v.values();
        int at = 0;
        for (int plane = 0; plane < shape.planes(); plane++) {
            for (int y = 0; y < rows.length(); y++) {
                int row = (rows.from() + y) * shape.width() + across.from();
                for (int x = 0; x < across.length(); x++) {
                    float weight = rows.weight(y) * across.weight(x);
                    sum[plane * shape.height() * shape.width() + row + x] += weight * values[at++];
                    weights[row + x] += plane == 0 ? weight : 0;
                }
            }
        }
    }
}
