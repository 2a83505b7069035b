package io.bottleneck4j.core.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.Randoms;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import org.junit.jupiter.api.Test;

class LatentsTest {

    private static final LatentShape SHAPE = new LatentShape(1, 1, 1, 3);

    private static Latents of(float... values) {
        return Latents.copyOf(new LatentShape(1, 1, 1, values.length), values);
    }

    @Test
    void copyOf_laterChangeOfTheArray_isNotSeen() {
        float[] values = {1, 2, 3};
        Latents latents = Latents.copyOf(SHAPE, values);
        values[0] = 9;
        assertThat(latents.values()).containsExactly(1, 2, 3);
        assertThat(latents.shape()).isEqualTo(SHAPE);
    }

    @Test
    void copyOf_directBuffer_readsFromItsPositionAndLeavesIt() {
        FloatBuffer buffer =
                ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).asFloatBuffer();
        buffer.put(new float[] {7, 1, 2, 3}).position(1);
        assertThat(Latents.copyOf(SHAPE, buffer).values()).containsExactly(1, 2, 3);
        assertThat(buffer.position()).isEqualTo(1);
    }

    @Test
    void copyOf_wrongCount_isRefused() {
        String message = "latents: 2 values do not fill [1, 1, 1, 3]; give exactly 3";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Latents.copyOf(SHAPE, new float[2]))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Latents.copyOf(SHAPE, FloatBuffer.allocate(2)))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Latents.owning(SHAPE, new float[4]))
                .withMessage("latents: 4 values do not fill [1, 1, 1, 3]; give exactly 3");
    }

    @Test
    void zeros_holdsZeros() {
        assertThat(Latents.zeros(SHAPE)).isEqualTo(of(0, 0, 0));
    }

    @Test
    void plus_addsTheScaledOther() {
        assertThat(of(1, 2, 3).plus(-2, of(10, 0.5f, 0))).isEqualTo(of(-19, 1, 3));
    }

    @Test
    void plus_roundsFactorThenProductThenSum() {
        Latents x = Randoms.gaussian(new LatentShape(4, 1, 9, 7), 1);
        Latents v = Randoms.gaussian(x.shape(), 2);
        double factor = -0.1; // not a float
        float[] sum = x.plus(factor, v).values();
        boolean fusedDiffers = false;
        for (int i = 0; i < sum.length; i++) {
            float product = (float) ((double) (float) factor * v.get(i)); // exact in double, then rounded
            assertThat(sum[i]).isEqualTo((float) ((double) x.get(i) + product));
            fusedDiffers |= sum[i] != Math.fma((float) factor, v.get(i), x.get(i));
        }
        assertThat(fusedDiffers)
                .as("the values tell fused from rounded arithmetic")
                .isTrue();
    }

    @Test
    void plus_leavesItsOperandsAlone() {
        Latents x = of(1, 2, 3);
        Latents v = of(4, 5, 6);
        x.plus(1, v);
        x.times(2);
        assertThat(x).isEqualTo(of(1, 2, 3));
        assertThat(v).isEqualTo(of(4, 5, 6));
    }

    @Test
    void plus_otherShape_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(1, 2, 3).plus(1, of(1, 2)))
                .withMessage("latents: [1, 1, 1, 2] cannot be added to [1, 1, 1, 3]; "
                        + "resize one to the shape of the other");
    }

    @Test
    void times_scalesInFloat32() {
        assertThat(of(1, -2, 3).times(0.1)).isEqualTo(of(0.1f, -0.2f, 3 * 0.1f));
    }

    @Test
    void allFinite_nanOrInfinityAnywhere_isFalse() {
        assertThat(of(1, Float.MAX_VALUE, -0f).allFinite()).isTrue();
        assertThat(of(Float.NaN, 1, 1).allFinite()).isFalse();
        assertThat(of(1, 1, Float.NEGATIVE_INFINITY).allFinite()).isFalse();
    }

    @Test
    void get_readsByRowMajorIndex() {
        assertThat(of(4, 5, 6).get(2)).isEqualTo(6);
        assertThatThrownBy(() -> of(4).get(1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void values_isACopy() {
        Latents latents = of(1, 2, 3);
        latents.values()[0] = 9;
        assertThat(latents).isEqualTo(of(1, 2, 3));
    }

    @Test
    void asReadOnlyBuffer_holdsAllValuesAndRefusesWrites() {
        FloatBuffer buffer = of(1, 2, 3).asReadOnlyBuffer();
        float[] read = new float[3];
        buffer.get(read);
        assertThat(read).containsExactly(1, 2, 3);
        assertThatThrownBy(() -> buffer.put(0, 9)).isInstanceOf(ReadOnlyBufferException.class);
    }

    @Test
    void equals_comparesShapeAndValues() {
        Latents latents = of(1, 2, 3, 4);
        Latents same = of(1, 2, 3, 4);
        assertThat(latents).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo(of(1, 2, 3, 5));
        Latents square = Latents.copyOf(new LatentShape(1, 1, 2, 2), latents.values());
        assertThat(latents).isNotEqualTo(square).isNotEqualTo("latents");
        assertThat(latents.hashCode())
                .isNotEqualTo(square.hashCode())
                .isNotEqualTo(of(1, 2, 3, 5).hashCode());
        assertThat(of(Float.NaN)).isEqualTo(of(Float.NaN));
        assertThat(of(0f)).isNotEqualTo(of(-0f));
    }

    @Test
    void toString_givesTheShape() {
        assertThat(of(1, 2)).hasToString("Latents[1, 1, 1, 2]");
    }
}
