package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardedSafetensorsTest {
    private static final String ONE = "m-00001-of-00002.safetensors";
    private static final String TWO = "m-00002-of-00002.safetensors";

    @TempDir
    Path folder;

    @BeforeEach
    void writeShards() throws IOException {
        try (Scope scope = Scope.open()) {
            SafetensorsWriter.write(
                    folder.resolve(ONE), Map.of("a", Tensor.arange(3), "b", Tensor.arange(2)), Map.of());
            SafetensorsWriter.write(folder.resolve(TWO), Map.of("c", Tensor.arange(4)), Map.of());
        }
    }

    @Test
    void tensor_ofAgreeingIndex_comesFromItsShard() throws IOException {
        Path index = Files.writeString(
                folder.resolve("m.safetensors.index.json"),
                "{\"metadata\":{\"total_size\":36},\"weight_map\":{\"a\":\"" + ONE + "\",\"b\":\"" + ONE + "\",\"c\":\""
                        + TWO + "\"}}");
        try (Scope scope = Scope.open();
                ShardedSafetensors source = ShardedSafetensors.fromIndex(index)) {
            assertThat(source.infos()).containsOnlyKeys("a", "b", "c");
            assertThat(source.tensor("c").toFloats()).containsExactly(0, 1, 2, 3);
            assertThat(source.tensor("b").toFloats()).containsExactly(0, 1);
            assertThatExceptionOfType(WeightsException.class)
                    .isThrownBy(() -> source.tensor("d"))
                    .withMessageStartingWith("weights: must hold tensor 'd', none of the 2 shards does");
        }
    }

    @Test
    void open_ofShardsWithoutIndex_joinsThem() {
        try (ShardedSafetensors source = ShardedSafetensors.open(List.of(folder.resolve(ONE), folder.resolve(TWO)))) {
            assertThat(source.infos()).containsOnlyKeys("a", "b", "c");
        }
    }

    @Test
    void open_ofMissingShards_namesThemAll() throws IOException {
        Files.delete(folder.resolve(ONE));
        Files.delete(folder.resolve(TWO));
        refused(
                weightMap(),
                folder + ": must hold all 2 shards, lacks " + ONE + ", " + TWO + "; download what is missing");
    }

    @Test
    void open_ofTensorTheShardLacks_namesIt() {
        Map<String, String> index = weightMap();
        index.put("d", TWO);
        refused(
                index,
                folder.resolve(TWO) + ": must hold what the index says, lacks 'd'; take index and shards from one"
                        + " download");
    }

    @Test
    void open_ofTensorTheIndexLacks_namesIt() {
        Map<String, String> index = weightMap();
        index.remove("b");
        refused(
                index,
                folder.resolve(ONE) + ": must hold what the index says, has beyond it 'b'; take index and shards"
                        + " from one download");
    }

    @Test
    void open_ofTensorInTwoShards_namesBoth() throws IOException {
        try (Scope scope = Scope.open()) {
            SafetensorsWriter.write(
                    folder.resolve(TWO), Map.of("a", Tensor.arange(1), "c", Tensor.arange(4)), Map.of());
        }
        refused(
                weightMap(),
                folder.resolve(TWO) + ": must hold tensors of its own, has 'a' of " + ONE
                        + "; remove the shard that does not belong here");
    }

    @ParameterizedTest
    @CsvSource({"../" + ONE, "/etc/passwd", "..", "''", "a\\b", "c:d"})
    void open_ofNameOutsideTheFolder_isRefused(String name) {
        refused(
                Map.of("a", name),
                folder + ": the index must name files of this folder, names '" + name + "'; fetch the index again");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | must be an object",
                "{} | must have a weight_map that names shards",
                "{\"weight_map\":{}} | must have a weight_map that names shards",
                "{\"weight_map\":[]} | weight_map must be an object",
                "{\"weight_map\":{\"a\":1}} | weight_map must give a file name for 'a'",
                "{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}} | must be JSON: Duplicate",
                "{\"weight_map\":{\"a\" | must be JSON: ",
            })
    void fromIndex_ofMalformedIndex_saysWhy(String json, String expected) throws IOException {
        Path index = Files.writeString(folder.resolve("index.json"), json);
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> ShardedSafetensors.fromIndex(index))
                .withMessageStartingWith(index + ": " + expected)
                .withMessageEndingWith("; the index is damaged, fetch it again");
    }

    @Test
    void fromIndex_ofMissingIndex_namesIt() {
        Path index = folder.resolve("none.json");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> ShardedSafetensors.fromIndex(index))
                .withMessage(index + ": must be readable: NoSuchFileException; check that it is there");
    }

    private void refused(Map<String, String> weightMap, String message) {
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> ShardedSafetensors.open(folder, weightMap).close())
                .withMessage(message);
    }

    private static Map<String, String> weightMap() {
        return new TreeMap<>(Map.of("a", ONE, "b", ONE, "c", TWO));
    }
}
