package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.Map;

/**
 * A convolution, a normalisation by the statistics of training, and what is above 0 of that. The normalisation is multiplied into the
 * convolution when it is loaded.
 */
final class InceptionConv {
    private static final double EPS = 0.001;
    /** Asked for where a file lacks the tensor, so that loading names it. */
    private static final List<Long> UNKNOWN = List.of(1L, 1L);

    private final Tensor weight;
    private final Tensor bias;
    private final Kernel kernel;

    /** Which values one result looks at. */
    enum Kernel {
        ONE(1, 1, 1, 0, 0),
        THREE(3, 3, 1, 1, 1),
        /** Without the border. */
        THREE_INSIDE(3, 3, 1, 0, 0),
        /** Every second place. */
        THREE_HALVED(3, 3, 2, 0, 0),
        FIVE(5, 5, 1, 2, 2),
        ROW_OF_THREE(1, 3, 1, 0, 1),
        COLUMN_OF_THREE(3, 1, 1, 1, 0),
        ROW_OF_SEVEN(1, 7, 1, 0, 3),
        COLUMN_OF_SEVEN(7, 1, 1, 3, 0);

        private final int height;
        private final int width;
        private final int stride;
        private final int rows;
        private final int columns;

        Kernel(int height, int width, int stride, int rows, int columns) {
            this.height = height;
            this.width = width;
            this.stride = stride;
            this.rows = rows;
            this.columns = columns;
        }
    }

    /** Reads convolutions of a part of a checkpoint; how many channels go in and out is the file's. */
    record Reader(Weights weights, Map<String, TensorInfo> infos, String prefix) {
        Reader at(String key) {
            return new Reader(weights, infos, prefix + key + ".");
        }

        InceptionConv conv(String key, Kernel kernel) {
            TensorInfo info = infos.get(prefix + key + ".weight");
            List<Long> shape = info == null || info.shape().size() != 4 ? UNKNOWN : info.shape();
            return new InceptionConv(weights.at(prefix + key), shape.get(0), shape.get(1), kernel);
        }
    }

    private InceptionConv(Weights w, long out, long in, Kernel kernel) {
        this.kernel = kernel;
        weight = w.made(() -> w.passing("weight", out, in, kernel.height, kernel.width)
                .mul(scale(w, out).view(out, 1, 1, 1)));
        bias = w.made(() -> w.passing("beta", out).sub(w.passing("mean", out).mul(scale(w, out))));
    }

    private static Tensor scale(Weights w, long channels) {
        Tensor deviation = w.passing("var", channels).add(EPS).sqrt();
        return deviation.div(deviation.mul(deviation));
    }

    /** x [B, in, H, W] → [B, out, H', W']. */
    Tensor forward(Tensor x) {
        return scoped(() -> Ops.relu(Ops.conv2d(x, weight, bias, kernel.stride, kernel.rows, kernel.columns)));
    }

    /** One after the other. */
    static Tensor chain(Tensor x, List<InceptionConv> convs) {
        return scoped(() -> {
            Tensor y = x;
            for (InceptionConv conv : convs) {
                y = conv.forward(y);
            }
            return y;
        });
    }
}
