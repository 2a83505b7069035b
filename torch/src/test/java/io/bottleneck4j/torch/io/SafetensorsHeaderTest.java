package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.bottleneck4j.torch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsHeaderTest {
    private static final String A = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

    @Test
    void parse_ofPaddedHeader_returnsMetadataAndEntriesInOrder() {
        SafetensorsHeader header = parse(
                "{\"__metadata__\":{\"k\":\"v\",\"x\":\"y\"},"
                        + "\"b\":{\"shape\":[2,0],\"dtype\":\"BF16\",\"data_offsets\":[8,8]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                        + "\"c\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]}}    ",
                16);
        assertThat(header.metadata()).containsExactly(Map.entry("k", "v"), Map.entry("x", "y"));
        assertThat(header.entries())
                .containsExactly(
                        Map.entry("b", entry(DType.BFLOAT16, List.of(2L, 0L), 8, 8)),
                        Map.entry("a", entry(DType.FLOAT32, List.of(2L), 0, 8)),
                        Map.entry("c", entry(DType.INT64, List.of(), 8, 16)));
    }

    @Test
    void parse_ofNoTensors_returnsNoEntries() {
        assertThat(parse("{}", 0).entries()).isEmpty();
    }

    /** As the format's own library reads it. */
    @ParameterizedTest
    @ValueSource(strings = {"null", "{}"})
    void parse_ofNoMetadata_returnsNone(String none) {
        SafetensorsHeader header = parse("{\"__metadata__\":" + none + "," + A.substring(1), 8);
        assertThat(header.metadata()).isEmpty();
        assertThat(header.entries()).containsOnlyKeys("a");
    }

    @Test
    void parse_ofDirectBuffer_readsTheSameAndKeepsItsPosition() {
        byte[] bytes = A.getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 3).position(3);
        direct.put(bytes).position(3);
        assertThat(SafetensorsHeader.parse("f", direct, 8)).isEqualTo(parse(A, 8));
        assertThat(direct.position()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "` {}` | header must start with '{'",
                "[] | header must start with '{'",
                "`{}\t` | header must end with '}' and spaces",
                "{}{} | header must be one JSON object, has more after it",
                "{\"a\":1} | tensor 'a': must be an object, is a whole number",
                "{\"a\":[]} | tensor 'a': must be an object, is a list",
                "{\"a\":{}} | tensor 'a': must hold dtype, shape and data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
                        + " | header must hold each key once, has 'a' twice",
                "{\"__metadata__\":{},\"__metadata__\":{}} | header must hold each key once, has '__metadata__' twice",
                "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}} | __metadata__ must hold each key once, has 'k' twice",
                "{\"__metadata__\":{\"k\":1}} | __metadata__.'k': must be text, is a whole number",
                "{\"__metadata__\":{\"k\":{}}} | __metadata__.'k': must be text, is an object",
                "{\"__metadata__\":[]} | __metadata__: must be an object, is a list",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}} | must hold dtype, shape and data_offsets once each, has 'dtype'",
                "{\"a\":{\"dtype\":\"F32\",\"extra\":1}} | must hold dtype, shape and data_offsets once each, has 'extra'",
                "{\"a\":{\"dtype\":\"F8_E8M0\"}} | dtype: must be one of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL,"
                        + " F8_E4M3, F8_E5M2, not 'F8_E8M0'; convert",
                "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,8]}} | F8_E4M3[2] must take 2 bytes, data_offsets give 8",
                "{\"a\":{\"dtype\":32}} | tensor 'a': dtype: must be text, is a whole number",
                "{\"a\":{\"shape\":[-1]}} | shape: numbers must be 0 to 2^63 - 1, not -1",
                "{\"a\":{\"shape\":[-0]}} | shape: numbers must be 0 to 2^63 - 1, not -0",
                "{\"a\":{\"shape\":[9223372036854775808]}} | shape: numbers must be 0 to 2^63 - 1, not 9223372036854775808",
                "{\"a\":{\"shape\":[1.0]}} | shape: must be a whole number, is a JSON VALUE_NUMBER_FLOAT",
                "{\"a\":{\"shape\":[[1]]}} | shape: must be a whole number, is a list",
                "{\"a\":{\"shape\":2}} | shape: must be a list, is a whole number",
                "{\"a\":{\"data_offsets\":[0,8,8]}} | data_offsets: must have at most 2 numbers",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8]}} | data_offsets must be [begin, end] with begin <= end, are [8]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | data_offsets must be [begin, end] with begin <= end, are [8, 0]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}} | float32[2] must take 8 bytes, data_offsets give 7",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}} | shape must have fewer than 2^63 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[0,0]}} | shape must have fewer than 2^63 bytes",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | data must begin at byte 0, where the one before ends, not at 4",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
                        + " | tensor 'b': data must begin at byte 8, where the one before ends, not at 4",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}} | is truncated: tensors take 16 bytes after the header, the file has 8",
                "{} | data must end with the last tensor at byte 0, not at 8",
                "{\"a\" 1} | header must be JSON: ",
                "{'a':1} | header must be JSON: ",
                "{\"a\\u000a\\u001b[31m\":1} | tensor 'a??[31m': must be an object",
            })
    void parse_ofBrokenHeader_namesWhatIsWrong(String json, String expected) {
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> parse(json, 8))
                .satisfies(e -> assertThat(e.getMessage())
                        .startsWith("f.safetensors: ")
                        .contains(expected)
                        .contains("; ")
                        .doesNotContain("\n")
                        .hasSizeLessThan(400));
    }

    @Test
    void parse_ofMalformedUtf8_isRefused() {
        for (byte[] bad :
                new byte[][] {{(byte) 0xff}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80}}) {
            ByteBuffer json = ByteBuffer.allocate(20);
            json.put("{\"a".getBytes(StandardCharsets.UTF_8)).put(bad).put("\":{}}".getBytes(StandardCharsets.UTF_8));
            assertThatExceptionOfType(WeightsException.class)
                    .isThrownBy(() -> SafetensorsHeader.parse("f.safetensors", json.flip(), 0))
                    .withMessageContaining("header must be UTF-8");
        }
    }

    @Test
    void parse_ofUtf16_isRefused() {
        byte[] json = "{}".getBytes(StandardCharsets.UTF_16LE);
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> SafetensorsHeader.parse("f.safetensors", ByteBuffer.wrap(json), 0));
    }

    @Test
    void parse_ofDeepNesting_stopsAtTheFirstUnexpectedLevel() {
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> parse("{\"a\":" + "[".repeat(1_000_000) + "}", 0))
                .withMessageContaining("tensor 'a': must be an object, is a list");
    }

    @Test
    void parse_ofManyDimensions_isRefused() {
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> parse("{\"a\":{\"shape\":[1" + ",1".repeat(64) + "]}}", 0))
                .withMessageContaining("shape: must have at most 64 numbers");
    }

    @ParameterizedTest
    @CsvSource({
        "100000001, 200000000, 'header length must be at most 100000000 bytes, is 100000001'",
        "-1, 200000000, 'header length must be at most 100000000 bytes, is 18446744073709551615'",
        "93, 100, 'header length must be at most the 92 bytes that follow, is 93'",
        "0, 7, 'must begin with 8 bytes of header length, has 7 bytes'",
    })
    void requireLength_beyondTheFileOrTheLimit_isRefused(long length, long fileBytes, String expected) {
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> SafetensorsHeader.requireLength("f.safetensors", prefix(length), fileBytes))
                .withMessageStartingWith("f.safetensors: " + expected);
    }

    @Test
    void requireLength_atTheLimit_isAccepted() {
        assertThat(SafetensorsHeader.requireLength("f", prefix(100_000_000), 100_000_008))
                .isEqualTo(100_000_000);
    }

    private static ByteBuffer prefix(long length) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .flip();
    }

    private static SafetensorsHeader parse(String json, long dataBytes) {
        return SafetensorsHeader.parse(
                "f.safetensors", ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)), dataBytes);
    }

    private static SafetensorsHeader.Entry entry(DType dtype, List<Long> shape, long begin, long end) {
        return new SafetensorsHeader.Entry(new TensorInfo(dtype, shape), begin, end);
    }
}
