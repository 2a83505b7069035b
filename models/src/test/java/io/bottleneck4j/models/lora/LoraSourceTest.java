package io.bottleneck4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.LoraWriter;
import io.bottleneck4j.models.flux.OriginalFlux;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums of weights and LoRAs against plain loops in double precision. */
class LoraSourceTest {
    private static final Path WEIGHTS =
            Golden.folder("tiny-a").resolve("transformer/diffusion_pytorch_model.safetensors");

    private static final String Q = "transformer_blocks.0.attn.to_q.weight";
    private static final String K = "transformer_blocks.0.attn.to_k.weight";
    private static final String OUT = "norm_out.linear.weight";
    private static final String OTHER = "proj_out.weight";

    @TempDir
    private Path temp;

    private static FittedLora fitted(Path file, double scale) {
        try (SafetensorsFile weights = SafetensorsFile.open(WEIGHTS)) {
            return LoraFile.read(file).fit(scale, false, Map.of("transformer", weights.infos()), OriginalFlux.LAYERS);
        }
    }

    private Path attention(int seed) {
        String module = "lora_unet_double_blocks_0_img_attn_qkv";
        return new LoraWriter()
                .seed(seed)
                .kohya(module, 16, 48, 4)
                .number(module + ".alpha", 2)
                .write(temp.resolve(seed + ".safetensors"));
    }

    /** Else the picture would be black, or a message would blame the type. */
    @Test
    void tensor_ofALoraWithNaN_isRefusedByItsName() throws IOException {
        String module = "lora_unet_double_blocks_0_img_attn_qkv";
        Path file = temp.resolve("failed.safetensors");
        try (Scope scope = Scope.open()) {
            float[] up = new float[48];
            up[40] = Float.NaN;
            SafetensorsWriter.write(
                    file,
                    Map.of(
                            module + ".lora_down.weight",
                            Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 16),
                            module + ".lora_up.weight",
                            Tensor.of(up, 48, 1)),
                    Map.of());
            try (TensorSource source = with(fitted(file, 1))) {
                assertThatExceptionOfType(WeightsException.class)
                        .isThrownBy(() -> source.tensor(Q))
                        .withMessage("lora " + file + ": tensor '" + module + ".lora_up.weight' holds NaN or infinity,"
                                + " so its training failed or the file is damaged; take another");
            }
        }
    }

    private static TensorSource with(FittedLora... loras) {
        return LoraSource.of(SafetensorsFile.open(WEIGHTS), "transformer", List.of(loras));
    }

    private static float[] floats(TensorSource source, String key) {
        try (source;
                Scope scope = Scope.open()) {
            float[] values = source.tensor(key).toFloats();
            assertThat(source.copy(key).toFloats()).isEqualTo(values);
            return values;
        }
    }

    private static float[] plain(String key) {
        return floats(SafetensorsFile.open(WEIGHTS), key);
    }

    private static float[] stored(Path file, String key) {
        return floats(SafetensorsFile.open(file), key);
    }

    /** W + factor · B · A for W [out, 16] and the rows of B from one on. */
    private static double[] sum(double[] w, double factor, float[] b, float[] a, int rank, int row) {
        double[] sum = w.clone();
        for (int i = 0; i < w.length; i++) {
            for (int r = 0; r < rank; r++) {
                sum[i] += factor * b[(row + i / 16) * rank + r] * a[r * 16 + i % 16];
            }
        }
        return sum;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }

    private static void assertClose(float[] actual, double[] expected) {
        assertThat(doubles(actual)).containsExactly(expected, within(2e-5));
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.8, 0, -1.5, 3})
    void tensor_ofAFusedLayer_isTheSumOfItsRows(double scale) {
        Path file = attention(1);
        float[] a = stored(file, "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight");
        float[] b = stored(file, "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight");
        FittedLora lora = fitted(file, scale);
        assertClose(floats(with(lora), Q), sum(doubles(plain(Q)), scale / 2, b, a, 4, 0));
        assertClose(floats(with(lora), K), sum(doubles(plain(K)), scale / 2, b, a, 4, 16));
        assertThat(floats(with(lora), OTHER)).isEqualTo(plain(OTHER));
        assertThat(floats(with(lora), K)).satisfies(values -> {
            if (scale == 0) {
                assertThat(values).isEqualTo(plain(K));
            } else {
                assertThat(values).isNotEqualTo(plain(K));
            }
        });
    }

    @Test
    void tensor_ofTheLastModulation_hasItsHalvesSwapped() {
        String module = "final_layer.adaLN_modulation.1";
        Path file =
                new LoraWriter().peft("diffusion_model." + module, 16, 32, 3).write(temp.resolve("x.safetensors"));
        float[] a = stored(file, "diffusion_model." + module + ".lora_A.weight");
        float[] b = stored(file, "diffusion_model." + module + ".lora_B.weight");
        double[] w = doubles(plain(OUT));
        double[] first = sum(Arrays.copyOf(w, 16 * 16), 1, b, a, 3, 16);
        double[] second = sum(Arrays.copyOfRange(w, 16 * 16, 32 * 16), 1, b, a, 3, 0);
        double[] expected = Arrays.copyOf(first, 32 * 16);
        System.arraycopy(second, 0, expected, 16 * 16, 16 * 16);
        assertClose(floats(with(fitted(file, 1)), OUT), expected);
    }

    @Test
    void tensor_ofSeveral_addsThemAll() {
        double[] expected = doubles(plain(Q));
        for (int seed = 1; seed < 4; seed++) {
            Path file = attention(seed);
            float[] a = stored(file, "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight");
            float[] b = stored(file, "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight");
            expected = sum(expected, seed * 0.3 / 2, b, a, 4, 0);
        }
        float[] actual =
                floats(with(fitted(attention(1), 0.3), fitted(attention(2), 0.6), fitted(attention(3), 0.9)), Q);
        assertClose(actual, expected);
    }

    @Test
    void tensor_ofALoraAndItsOpposite_isTheWeight() {
        Path file = attention(7);
        assertClose(floats(with(fitted(file, 1.7), fitted(file, -1.7)), Q), doubles(plain(Q)));
    }

    /** What the LoRA adds grows with its scale. */
    @Test
    void tensor_byScale_isLinear() {
        Path file = attention(5);
        double[] w = doubles(plain(Q));
        double[] one = doubles(floats(with(fitted(file, 1)), Q));
        for (double scale = -2; scale <= 2; scale += 0.37) {
            double[] expected = new double[w.length];
            for (int i = 0; i < w.length; i++) {
                expected[i] = w[i] + scale * (one[i] - w[i]);
            }
            assertClose(floats(with(fitted(file, scale)), Q), expected);
        }
    }

    @Test
    void infos_sayWhatTensorsAre() {
        try (TensorSource source = with(fitted(attention(1), 1));
                SafetensorsFile base = SafetensorsFile.open(WEIGHTS);
                Scope scope = Scope.open()) {
            assertThat(source.infos().keySet())
                    .containsExactlyElementsOf(base.infos().keySet());
            assertThat(source.infos().get(Q)).isEqualTo(new TensorInfo(DType.FLOAT32, List.of(16L, 16L)));
            assertThat(source.tensor(Q).dtype()).isEqualTo(DType.FLOAT32);
            assertThat(source.leftOut()).isEmpty();
        }
    }

    @Test
    void of_componentThatNothingIsAddedTo_isTheSourceItself() {
        try (SafetensorsFile base = SafetensorsFile.open(WEIGHTS)) {
            assertThat(LoraSource.of(base, "vae", List.of(fitted(attention(1), 1))))
                    .isSameAs(base);
            assertThat(LoraSource.of(base, "transformer", List.of())).isSameAs(base);
        }
    }

    @Test
    void of_fileThatWasChanged_saysSo() {
        FittedLora lora = fitted(attention(1), 1);
        new LoraWriter().peft("transformer.proj_out", 16, 16, 2).write(temp.resolve("1.safetensors"));
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> with(lora))
                .withMessageContaining("was changed since the model was opened");
    }
}
