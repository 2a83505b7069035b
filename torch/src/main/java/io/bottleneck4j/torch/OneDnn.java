package io.bottleneck4j.torch;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.OperatorHandleOptional;
import org.bytedeco.pytorch.OperatorName;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers by oneDNN on a CPU, which libtorch carries for its graph compiler: with an activation inside the product, and with weights
 * that were laid out for the processor beforehand. {@code torch.linear} lays the weights out again in every call, which for small layers
 * takes longer than the product. Called by name, since libtorch's C++ interface lacks them. Source: pytorch Linear.cpp@2.10.0,
 * aten/src/ATen/native/mkldnn.
 */
final class OneDnn {
    private static final @Nullable OperatorHandle LINEAR = operator("mkldnn::_linear_pointwise");
    private static final @Nullable OperatorHandle PACK = operator("mkldnn::_reorder_linear_weight");
    private static final @Nullable OperatorHandle PACK_INT8 = operator("onednn::qlinear_prepack");
    private static final @Nullable OperatorHandle LINEAR_INT8 = operator("onednn::qlinear_pointwise");
    private static final IValue NONE = kept(new IValue());
    private static final IValue NO_ACTIVATION = kept(new IValue("none"));
    private static final IValue NO_ALGORITHM = kept(new IValue(""));
    private static final IValue GELU = kept(new IValue("gelu"));
    private static final IValue TANH = kept(new IValue("tanh"));
    private static final boolean FLOAT32 = works(DType.FLOAT32);
    private static final boolean BFLOAT16 = works(DType.BFLOAT16);

    private OneDnn() {}

    /** Whether tensors of this type and place can be given to {@link #linear} and {@link #packed}. */
    static boolean takes(DType dtype, Device device) {
        return device.isCpu() && (dtype == DType.FLOAT32 ? FLOAT32 : dtype == DType.BFLOAT16 && BFLOAT16);
    }

    /** {@code x · weightᵀ + bias}: x [.., in], weight [out, in] as it is or packed, bias [out]. */
    static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
        return linear(x, weight, bias, NO_ACTIVATION, NO_ALGORITHM);
    }

    /** The same through GELU by tanh, before it is written. */
    static Tensor linearGeluTanh(Tensor x, Tensor weight, @Nullable Tensor bias) {
        return linear(x, weight, bias, GELU, TANH);
    }

    private static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias, IValue activation, IValue algorithm) {
        return NativeCall.call(
                "linear",
                () -> run(
                        LINEAR,
                        new IValue(x.raw()),
                        new IValue(weight.raw()),
                        bias == null ? NONE : new IValue(bias.raw()),
                        activation,
                        NoScalars.LIST,
                        algorithm),
                x,
                weight);
    }

    /** A weight [out, in] laid out for {@link #linear}, which alone can read it. */
    static Tensor packed(Tensor weight) {
        return NativeCall.call("pack", () -> run(PACK, new IValue(weight.raw()), NONE), weight);
    }

    /**
     * Whether {@link #linearInt8} is fast and exact here: the processor says that it has such products, and oneDNN's come out right. Without
     * them it adds up pairs of products in 16 bits.
     */
    static boolean multipliesInt8() {
        return Int8.WORKS;
    }

    /** Values int8 [out, in] laid out for {@link #linearInt8}, which alone can read them. */
    static Tensor packedInt8(Tensor values) {
        return NativeCall.call("pack int8", () -> run(PACK_INT8, new IValue(values.raw()), NONE), values);
    }

    /**
     * {@code (x · weightᵀ) · scale} with sums of whole numbers.
     *
     * @param x int8 [L, in]
     * @param weight what {@link #packedInt8} made of values [out, in]
     * @param scale float32 [out]
     * @param dtype of the result [L, out]
     */
    static Tensor linearInt8(Tensor x, Tensor weight, Tensor scale, DType dtype) {
        return NativeCall.call(
                "int8 linear",
                () -> run(
                        LINEAR_INT8,
                        new IValue(x.raw()),
                        new IValue(1.0), // scale of x, zero point of x
                        new IValue(0L),
                        new IValue(weight.raw()),
                        new IValue(scale.raw()),
                        new IValue(torch.zeros(new long[] {scale.size(0)}, Tensor.options(DType.INT32, Device.CPU))),
                        NONE, // bias
                        new IValue(1.0), // scale of the result, zero point of the result
                        new IValue(0L),
                        new IValue((long) dtype.scalarType().value),
                        NO_ACTIVATION,
                        Int8.NO_SCALARS,
                        NO_ALGORITHM),
                x,
                scale);
    }

    /** A class of its own, so that only who quantizes to 8 bits pays for trying it out. */
    private static final class Int8 {
        private static final int PARAMETER = 11;
        private static final int IN = 512;
        private static final int TOKENS = 17;
        private static final int OUT = 32;
        static final IValue NO_SCALARS = LINEAR_INT8 == null ? NONE : NoScalars.list(LINEAR_INT8, PARAMETER);
        static final boolean WORKS = works();

        private static boolean works() {
            if (LINEAR_INT8 == null
                    || PACK_INT8 == null
                    || !torch.hasMKLDNN()
                    || !CpuFeatures.detect().hasInt8()) {
                return false;
            }
            try (Scope scope = Scope.open()) {
                Tensor most =
                        Tensor.zeros(DType.INT8, Device.CPU, OUT, IN).add(127).to(DType.INT8);
                Tensor ones = Tensor.zeros(DType.FLOAT32, Device.CPU, OUT).add(1);
                Tensor x = Tensor.zeros(DType.INT8, Device.CPU, TOKENS, IN)
                        .add(127)
                        .to(DType.INT8);
                for (float sum :
                        linearInt8(x, packedInt8(most), ones, DType.FLOAT32).toFloats()) {
                    if (sum != 127f * 127f * IN) {
                        return false;
                    }
                }
                return true;
            } catch (IllegalArgumentException | DeviceException e) {
                return false;
            }
        }
    }

    private static org.bytedeco.pytorch.Tensor run(@Nullable OperatorHandle operator, IValue... operands) {
        if (operator == null) {
            throw new IllegalStateException("oneDNN: must be part of libtorch, is not; ask takes() first");
        }
        IValueVector stack = new IValueVector(operands);
        operator.callBoxed(stack);
        return new org.bytedeco.pytorch.Tensor(stack.get(0).toTensor()); // the stack keeps what it returns
    }

    /** Whether the processor has what oneDNN asks of it for this type: tried out, since it alone knows. */
    private static boolean works(DType dtype) {
        if (LINEAR == null || PACK == null || !torch.hasMKLDNN()) {
            return false;
        }
        try (Scope scope = Scope.open()) {
            Tensor one = Tensor.zeros(dtype, Device.CPU, 1, 1);
            linearGeluTanh(one, packed(one), null);
            return true;
        } catch (IllegalArgumentException | DeviceException e) {
            return false;
        }
    }

    private static @Nullable OperatorHandle operator(String name) {
        try (PointerScope scope = new PointerScope()) {
            OperatorHandleOptional found = Dispatcher.singleton().findSchema(new OperatorName(name, ""));
            return found.has_value() ? kept(new OperatorHandle(found.get())) : null;
        }
    }

    /** Takes a pointer out of the scope it happens to be made in. */
    private static <P extends Pointer> P kept(P pointer) {
        pointer.retainReference();
        return pointer;
    }

    /** An empty list of the element type that the operator wants; a class of its own, as it needs the operator. */
    private static final class NoScalars {
        private static final int PARAMETER = 4;
        static final IValue LIST = list(LINEAR, PARAMETER);

        static IValue list(@Nullable OperatorHandle operator, int parameter) {
            if (operator == null) {
                throw new IllegalStateException("oneDNN: must be part of libtorch, is not; ask takes() first");
            }
            try (PointerScope scope = new PointerScope()) {
                GenericList none = new GenericList(operator.schema()
                        .arguments()
                        .getPointer(parameter)
                        .type()
                        .get()
                        .containedType(0));
                return kept(new IValue(none));
            }
        }
    }
}
