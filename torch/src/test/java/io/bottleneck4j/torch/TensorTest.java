package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    private Scope scope = Scope.open();

    @BeforeEach
    void reopen() {
        scope.close();
        scope = Scope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    void divSqrtSum_areThoseOfEachElement() {
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(new float[] {4, 9, 16, 25, 36, 49}, 2, 3);
            assertThat(x.sqrt().toFloats()).containsExactly(2, 3, 4, 5, 6, 7);
            assertThat(x.div(x.sqrt()).toFloats()).containsExactly(2, 3, 4, 5, 6, 7);
            assertThat(x.sum(0).toFloats()).containsExactly(29, 45, 65);
            assertThat(x.sum(-1).toFloats()).containsExactly(29, 110);
        }
    }

    @Test
    void of_floats_keepsValuesShapeAndType() {
        Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertThat(tensor.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(tensor.shape()).containsExactly(2, 3);
        assertThat(tensor.size(-1)).isEqualTo(3);
        assertThat(tensor.dim()).isEqualTo(2);
        assertThat(tensor.numel()).isEqualTo(6);
        assertThat(tensor.dtype()).isEqualTo(DType.FLOAT32);
        assertThat(tensor.device()).isEqualTo(Device.CPU);
        assertThat(tensor).hasToString("float32[2, 3] on cpu");
    }

    @Test
    void of_buffer_takesWhatRemainsAndKeepsItsPosition() {
        FloatBuffer values =
                FloatBuffer.wrap(new float[] {9, 1, 2, 9}).position(1).limit(3);
        assertThat(Tensor.of(values, 2).toFloats()).containsExactly(1, 2);
        assertThat(values.position()).isEqualTo(1);
        assertThat(Tensor.of(values.asReadOnlyBuffer(), 2).toFloats()).containsExactly(1, 2);
    }

    @Test
    void of_nothing_isEmpty() {
        assertThat(Tensor.of(new float[0], 0, 3).toFloats()).isEmpty();
        assertThat(Tensor.of(new long[0], 0).toLongs()).isEmpty();
        assertThat(Tensor.zeros(DType.FLOAT32, Device.CPU, 2, 0).bytes().remaining())
                .isZero();
    }

    @Test
    void of_oneValueWithoutDimensions_isAScalar() {
        assertThat(Tensor.of(new float[] {5}).shape()).isEmpty();
        assertThat(Tensor.of(new float[] {5}).toFloats()).containsExactly(5);
    }

    @Test
    void of_otherCountThanTheShapes_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.of(new float[5], 2, 3))
                .withMessage("shape: [2, 3] has 6 elements, not the 5 given");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.of(new long[5], 2, 3))
                .withMessage("shape: [2, 3] has 6 elements, not the 5 given");
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void zeros_ofEveryType_hasThatType(DType dtype) {
        Tensor tensor = Tensor.zeros(dtype, Device.CPU, 3);
        assertThat(tensor.dtype()).isEqualTo(dtype);
        assertThat(tensor.to(dtype)).isSameAs(tensor);
        assertThat(tensor.toFloats()).containsExactly(0, 0, 0);
        assertThat(tensor.bytes().remaining()).isEqualTo(3 * dtype.bytes());
    }

    @Test
    void empty_onMeta_takesNoMemory() {
        Tensor tensor = Tensor.empty(DType.BFLOAT16, Device.META, 1L << 40);
        assertThat(tensor).hasToString("bfloat16[1099511627776] on meta");
    }

    @Test
    void arange_countsFromZero() {
        assertThat(Tensor.arange(4).toFloats()).containsExactly(0, 1, 2, 3);
    }

    @Test
    void arithmetic_broadcasts() {
        Tensor a = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        Tensor b = Tensor.of(new float[] {10, 20}, 2);
        assertThat(a.add(b).toFloats()).containsExactly(11, 22, 13, 24);
        assertThat(a.sub(b).toFloats()).containsExactly(-9, -18, -7, -16);
        assertThat(a.mul(b).toFloats()).containsExactly(10, 40, 30, 80);
        assertThat(a.add(0.5).toFloats()).containsExactly(1.5f, 2.5f, 3.5f, 4.5f);
        assertThat(a.mul(2).toFloats()).containsExactly(2, 4, 6, 8);
        assertThat(a.div(2).toFloats()).containsExactly(0.5f, 1, 1.5f, 2);
        assertThat(a.addcmul(b, b).toFloats()).containsExactly(101, 402, 103, 404);
        assertThat(a.toFloats()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void views_shareMemoryAndFollowPyTorch() {
        Tensor a = Tensor.arange(12).view(2, 3, 2);
        assertThat(a.permute(2, 0, 1).shape()).containsExactly(2, 2, 3);
        assertThat(a.permute(2, 0, 1).toFloats()).containsExactly(0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11);
        assertThat(a.transpose(1, 2).toFloats()).containsExactly(0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11);
        assertThat(a.narrow(1, 1, 2).toFloats()).containsExactly(2, 3, 4, 5, 8, 9, 10, 11);
        assertThat(a.select(1, -1).toFloats()).containsExactly(4, 5, 10, 11);
        assertThat(a.from(1, 2).toFloats()).containsExactly(4, 5, 10, 11);
        assertThat(a.until(0, 1).shape()).containsExactly(1, 3, 2);
        assertThat(a.unsqueeze(0).expand(3, 2, 3, 2).shape()).containsExactly(3, 2, 3, 2);
        a.select(0, 0).copyFrom(Tensor.of(new float[] {-1, -2}, 2));
        assertThat(a.toFloats()).containsExactly(-1, -2, -1, -2, -1, -2, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void chunk_ofMultiple_cutsEqualViews() {
        List<Tensor> parts = Tensor.arange(6).view(1, 6).chunk(3, -1);
        assertThat(parts).hasSize(3);
        assertThat(parts.get(2).toFloats()).containsExactly(4, 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.arange(6).chunk(4, 0))
                .withMessage("chunk: [6] does not divide into 4 along 0");
    }

    @Test
    void viewAs_reinterpretsBytes() {
        Tensor ones = Tensor.of(new float[] {1, -2}, 2);
        assertThat(ones.viewAs(DType.INT32, 2).toLongs()).containsExactly(0x3f800000, 0xc0000000);
        assertThat(ones.viewAs(DType.UINT8, 2, 4).shape()).containsExactly(2, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ones.viewAs(DType.FLOAT32, 3))
                .withMessageStartingWith("view as float32[3]: [2]: ");
    }

    @Test
    void to_bfloat16_roundsToNearestEven() {
        Tensor values = Tensor.of(new float[] {1 + 1f / 256, 1 + 3f / 256}, 2);
        assertThat(values.to(DType.BFLOAT16).toFloats()).containsExactly(new float[] {1, 1.015625f}, within(0f));
    }

    @Test
    void over_directBuffer_readsItWithoutCopy() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(12).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putFloat(9).putFloat(1.5f).putFloat(2.5f).position(4);
        Tensor tensor = Tensor.over(bytes, DType.FLOAT32, 2);
        assertThat(tensor.toFloats()).containsExactly(1.5f, 2.5f);
        bytes.putFloat(8, 7);
        assertThat(tensor.toFloats()).containsExactly(1.5f, 7);
    }

    @Test
    void over_bufferKeptByAViewAlone_staysReachable() {
        // Each buffer would be freed by the collector once nothing of Java's refers to it.
        Tensor[] views = new Tensor[64];
        for (int i = 0; i < views.length; i++) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.nativeOrder());
            bytes.putFloat(0, i);
            views[i] = Tensor.over(bytes, DType.FLOAT32, 1 << 18).view(2, -1).narrow(0, 0, 1);
        }
        System.gc();
        for (int i = 0; i < views.length; i++) {
            ByteBuffer.allocateDirect(1 << 20).putFloat(0, -1);
            assertThat(views[i].borrowed()).isInstanceOf(ByteBuffer.class);
            assertThat(views[i].narrow(1, 0, 1).toFloats()).containsExactly(i);
        }
    }

    @Test
    void over_wrongBuffer_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.over(ByteBuffer.allocate(8), DType.FLOAT32, 2))
                .withMessage("buffer: must be direct; allocate it with allocateDirect");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.over(ByteBuffer.allocateDirect(9), DType.FLOAT32, 2))
                .withMessage("buffer: 9 bytes are not float32 [2] (8 bytes)");
    }

    @Test
    void mapped_file_readsAndNeverWritesIt(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("naïve 🦊"), new byte[] {1, 2, 3});
        Tensor mapped = Tensor.mapped(file, 3);
        Tensor view = mapped.narrow(0, 1, 2);
        mapped.close();
        assertThat(view.toLongs()).containsExactly(2, 3);
        view.copyFrom(Tensor.of(new long[] {7}, 1));
        assertThat(view.toLongs()).containsExactly(7, 7);
        assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.mapped(folder.resolve("none"), 3))
                .withMessageStartingWith("map " + folder.resolve("none") + ": ");
    }

    @Test
    void isFinite_tellsNanAndInfinity() {
        assertThat(Tensor.arange(3).isFinite()).isTrue();
        assertThat(Tensor.of(new float[] {1, Float.NaN}, 2).isFinite()).isFalse();
        assertThat(Tensor.of(new float[] {1, Float.NEGATIVE_INFINITY}, 2).isFinite())
                .isFalse();
    }

    @Test
    void operation_onShapesThatDoNotFit_saysSoInOneShortLine() {
        Tensor a = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 4096);
        Tensor b = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 512);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> a.mul(b))
                .withMessage("mul: [1, 4096] with [1, 512]: The size of tensor a (4096) must match the size of tensor b"
                        + " (512) at non-singleton dimension 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ops.cat(0, a, b))
                .withMessageStartingWith(
                        "cat: [1, 4096] with [1, 512]: Sizes of tensors must match except in dimension 0")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(300));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> a.view(7))
                .withMessage("view: [1, 4096]: shape '[7]' is invalid for input of size 4096");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> a.narrow(1, 4000, 100))
                .withMessageStartingWith("narrow: [1, 4096]: ");
    }

    @Test
    void empty_beyondMemory_isADeviceException() {
        assertThatExceptionOfType(DeviceException.class)
                .isThrownBy(() -> Tensor.empty(DType.FLOAT32, Device.CPU, 1L << 50))
                .withMessageStartingWith(
                        "empty [1125899906842624]: out of memory (DefaultCPUAllocator: can't allocate memory")
                .withMessageEndingWith("; use a smaller size, or a 16-bit dtype")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(300));
    }

    @Test
    void operation_onFreedTensor_saysSo() {
        Tensor freed;
        try (Scope inner = Scope.open()) {
            freed = Tensor.arange(3);
        }
        assertThat(freed).hasToString("tensor (freed)");
        assertThatIllegalStateException()
                .isThrownBy(() -> Tensor.arange(3).add(freed))
                .withMessage("add: tensors must be alive, one was freed with its scope; keep or retain it");
        assertThatIllegalStateException()
                .isThrownBy(freed::toFloats)
                .withMessage("tensor: must be alive, was freed with its scope; keep or retain it");
    }

    @Test
    void bytes_ofStridedTensor_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.arange(6).view(2, 3).transpose(0, 1).bytes())
                .withMessage("bytes: the tensor must be contiguous, on the CPU and under 2 GB, is float32[3, 2] on cpu;"
                        + " narrow or copy it first");
    }
}
