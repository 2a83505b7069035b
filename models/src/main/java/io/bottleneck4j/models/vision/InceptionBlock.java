package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.vision.InceptionConv.Kernel;
import io.bottleneck4j.models.vision.InceptionConv.Reader;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** Branches that look at the same values at several scales, their channels side by side. */
final class InceptionBlock {
    /** What a block's last branch starts with. */
    static final UnaryOperator<Tensor> MEAN = x -> Ops.avgPool2d(x, 3, 1, 1);

    static final UnaryOperator<Tensor> MAX = x -> Ops.maxPool2d(x, 3, 1, 1);
    static final UnaryOperator<Tensor> MAX_HALVED = x -> Ops.maxPool2d(x, 3, 2, 0);

    private final List<UnaryOperator<Tensor>> branches;

    private InceptionBlock(List<UnaryOperator<Tensor>> branches) {
        this.branches = branches;
    }

    /** At 35 × 35: up to five values wide. */
    static InceptionBlock a(Reader r) {
        return new InceptionBlock(List.of(
                chain(r.conv("conv", Kernel.ONE)),
                chain(r.at("tower").conv("conv", Kernel.ONE), r.at("tower").conv("conv_1", Kernel.FIVE)),
                chain(
                        r.at("tower_1").conv("conv", Kernel.ONE),
                        r.at("tower_1").conv("conv_1", Kernel.THREE),
                        r.at("tower_1").conv("conv_2", Kernel.THREE)),
                pooled(r)));
    }

    /** From 35 × 35 to 17 × 17. */
    static InceptionBlock b(Reader r) {
        return new InceptionBlock(List.of(
                chain(r.conv("conv", Kernel.THREE_HALVED)),
                chain(
                        r.at("tower").conv("conv", Kernel.ONE),
                        r.at("tower").conv("conv_1", Kernel.THREE),
                        r.at("tower").conv("conv_2", Kernel.THREE_HALVED)),
                MAX_HALVED));
    }

    /** At 17 × 17: rows and columns of seven. */
    static InceptionBlock c(Reader r) {
        Reader one = r.at("tower_1");
        return new InceptionBlock(List.of(
                chain(r.conv("conv", Kernel.ONE)),
                chain(
                        r.at("tower").conv("conv", Kernel.ONE),
                        r.at("tower").conv("conv_1", Kernel.ROW_OF_SEVEN),
                        r.at("tower").conv("conv_2", Kernel.COLUMN_OF_SEVEN)),
                chain(
                        one.conv("conv", Kernel.ONE),
                        one.conv("conv_1", Kernel.COLUMN_OF_SEVEN),
                        one.conv("conv_2", Kernel.ROW_OF_SEVEN),
                        one.conv("conv_3", Kernel.COLUMN_OF_SEVEN),
                        one.conv("conv_4", Kernel.ROW_OF_SEVEN)),
                pooled(r)));
    }

    /** From 17 × 17 to 8 × 8. */
    static InceptionBlock d(Reader r) {
        return new InceptionBlock(List.of(
                chain(r.at("tower").conv("conv", Kernel.ONE), r.at("tower").conv("conv_1", Kernel.THREE_HALVED)),
                chain(
                        r.at("tower_1").conv("conv", Kernel.ONE),
                        r.at("tower_1").conv("conv_1", Kernel.ROW_OF_SEVEN),
                        r.at("tower_1").conv("conv_2", Kernel.COLUMN_OF_SEVEN),
                        r.at("tower_1").conv("conv_3", Kernel.THREE_HALVED)),
                MAX_HALVED));
    }

    /** At 8 × 8: rows and columns of three, of the same values. */
    static InceptionBlock e(Reader r, UnaryOperator<Tensor> pool) {
        InceptionConv tower2 = r.conv("tower_2_conv", Kernel.ONE);
        return new InceptionBlock(List.of(
                chain(r.conv("conv", Kernel.ONE)),
                forked(
                        chain(r.conv("tower_conv", Kernel.ONE)),
                        r.conv("tower_mixed_conv", Kernel.ROW_OF_THREE),
                        r.conv("tower_mixed_conv_1", Kernel.COLUMN_OF_THREE)),
                forked(
                        chain(r.conv("tower_1_conv", Kernel.ONE), r.conv("tower_1_conv_1", Kernel.THREE)),
                        r.conv("tower_1_mixed_conv", Kernel.ROW_OF_THREE),
                        r.conv("tower_1_mixed_conv_1", Kernel.COLUMN_OF_THREE)),
                x -> tower2.forward(pool.apply(x))));
    }

    private static UnaryOperator<Tensor> chain(InceptionConv... convs) {
        List<InceptionConv> all = List.of(convs);
        return x -> InceptionConv.chain(x, all);
    }

    private static UnaryOperator<Tensor> pooled(Reader r) {
        InceptionConv conv = r.at("tower_2").conv("conv", Kernel.ONE);
        return x -> scoped(() -> conv.forward(MEAN.apply(x)));
    }

    private static UnaryOperator<Tensor> forked(UnaryOperator<Tensor> before, InceptionConv row, InceptionConv column) {
        return x -> scoped(() -> {
            Tensor shared = before.apply(x);
            return Ops.cat(1, row.forward(shared), column.forward(shared));
        });
    }

    /** x [B, C, H, W] → [B, C', H', W']. */
    Tensor forward(Tensor x) {
        return scoped(() -> {
            Tensor[] parts = new Tensor[branches.size()];
            Arrays.setAll(parts, i -> branches.get(i).apply(x));
            return Ops.cat(1, parts);
        });
    }
}
