package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding over three axes: (frame, row, column) for a token of an image or a video, nothing for a text token; or over
 * four, the last of which is a text token's place.
 * Angles are computed in float64. Source: diffusers embeddings.py@0.42.1, get_1d_rotary_pos_embed.
 */
public final class RotaryPositions {
    private static final Span ORIGIN = new Span(0, new LatentPatches.Grid(1, 1, 1));

    private final List<Integer> axesDims;
    private final double theta;

    /**
     * Tokens that follow each other as a grid: a picture, a video, or, one frame each, a text.
     *
     * @param firstFrame position of its first frame
     * @param firstRow position of its first row
     * @param firstColumn position of its first column
     * @param place of all its tokens on the fourth axis, where there is one
     */
    public record Span(int firstFrame, int firstRow, int firstColumn, LatentPatches.Grid grid, int place) {
        /** Whose rows and columns begin at 0. */
        public Span(int firstFrame, LatentPatches.Grid grid, int place) {
            this(firstFrame, 0, 0, grid, place);
        }

        /** At the beginning of the fourth axis. */
        public Span(int firstFrame, LatentPatches.Grid grid) {
            this(firstFrame, grid, 0);
        }

        /** With position 0 in the middle of rows and columns: of an odd number one more is negative. */
        public static Span centred(LatentPatches.Grid grid) {
            return new Span(0, grid.rows() / 2 - grid.rows(), grid.columns() / 2 - grid.columns(), grid, 0);
        }

        /** Tokens whose frame, row and column are all one position, from the first on. */
        public static List<Span> diagonal(int first, int tokens) {
            return IntStream.range(first, first + tokens)
                    .mapToObj(at -> new Span(at, at, at, ORIGIN.grid, 0))
                    .toList();
        }

        /** A text along the fourth axis, a token each. */
        public static List<Span> text(int tokens) {
            return IntStream.range(0, tokens)
                    .mapToObj(place -> new Span(0, ORIGIN.grid, place))
                    .toList();
        }

        /** A token at the origin, which is not turned, so many times. */
        public static List<Span> origin(int tokens) {
            return Collections.nCopies(tokens, ORIGIN);
        }
    }

    /**
     * Positions of any size.
     *
     * @param axesDims how a head's dimensions are shared among frame, row, column and, where there are four, place
     * @param theta base of the frequencies
     */
    public RotaryPositions(List<Integer> axesDims, double theta) {
        this.axesDims = List.copyOf(axesDims);
        this.theta = theta;
    }

    /** Unit complex numbers [Lt + frames · rows · columns, 1, Dh / 2], text first; the 1 spans the heads. */
    public Tensor rotations(int textTokens, LatentPatches.Grid grid) {
        return rotations(textTokens, grid, null);
    }

    /**
     * The same with a reference after them: its rows and columns begin at 0 as theirs do, its frames after theirs. Source: diffusers
     * pipeline_flux_kontext.py@0.42.1, prepare_latents.
     *
     * @param reference null for none
     */
    public Tensor rotations(int textTokens, LatentPatches.Grid grid, LatentPatches.@Nullable Grid reference) {
        List<Span> spans = new ArrayList<>(Span.origin(textTokens));
        spans.add(new Span(0, grid));
        if (reference != null) {
            spans.add(new Span(grid.frames(), reference));
        }
        return rotations(spans);
    }

    /** Unit complex numbers [tokens, 1, Dh / 2] of spans one after the other. */
    public Tensor rotations(List<Span> spans) {
        int width = axesDims.stream().mapToInt(Integer::intValue).sum();
        int tokens = spans.stream().mapToInt(span -> span.grid().tokens()).reduce(0, Math::addExact);
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(tokens, width));
        spans.forEach(span -> put(values, span));
        return Ops.asComplex(Tensor.of(values.flip(), tokens, 1, width / 2, 2));
    }

    private void put(FloatBuffer values, Span span) {
        LatentPatches.Grid grid = span.grid();
        float[][] row = turns(span.firstRow(), grid.rows(), axesDims.get(1));
        float[][] column = turns(span.firstColumn(), grid.columns(), axesDims.get(2));
        float[] place = axesDims.size() == 3 ? new float[0] : turns(span.place(), 1, axesDims.get(3))[0];
        for (float[] f : turns(span.firstFrame(), grid.frames(), axesDims.get(0))) {
            for (float[] r : row) {
                for (float[] c : column) {
                    values.put(f).put(r).put(c).put(place);
                }
            }
        }
    }

    /** Cosine and sine of each frequency at so many positions of one axis. */
    private float[][] turns(int first, int count, int dim) {
        float[][] turns = new float[count][dim];
        for (int k = 0; k < count; k++) {
            for (int i = 0; i < dim; i += 2) {
                double angle = (first + k) / Math.pow(theta, (double) i / dim);
                turns[k][i] = (float) Math.cos(angle);
                turns[k][i + 1] = (float) Math.sin(angle);
            }
        }
        return turns;
    }
}
