package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrictJsonTest {
    private record Wheel(double size, @Nullable String colour) {}

    private record Cart(
            String name,
            boolean isOpen,
            int wheelCount,
            long mileage,
            BigInteger serial,
            List<Wheel> wheels,
            List<List<Integer>> loads,
            @Nullable Wheel spare,
            @Nullable Integer maxLoad) {}

    private static final Cart SMALL =
            new Cart("a \"cart\" Ж", true, 2, 1L << 40, BigInteger.TEN.pow(20), List.of(), List.of(), null, null);
    private static final Cart FULL = new Cart(
            "b",
            false,
            -1,
            -5,
            BigInteger.ZERO,
            List.of(new Wheel(0.1 + 0.2, null), new Wheel(1e-17, "red")),
            List.of(List.of(1, 2), List.of()),
            new Wheel(3, "blue"),
            7);
    private static final String JSON =
            "{\"name\":\"b\",\"is_open\":false,\"wheel_count\":-1,\"mileage\":-5,\"serial\":0,\"wheels\":[{\"size\":"
                    + "0.30000000000000004},{\"size\":1.0E-17,\"colour\":\"red\"}],\"loads\":[[1,2],[]],"
                    + "\"spare\":{\"size\":3.0,\"colour\":\"blue\"},\"max_load\":7}";

    private static Cart read(String json) {
        return StrictJson.read(Cart.class, "cart", json);
    }

    @Test
    void write_isOneLineInSnakeCaseWithoutWhatIsNull() {
        assertThat(StrictJson.write(FULL)).isEqualTo(JSON);
        assertThat(StrictJson.write(SMALL))
                .isEqualTo("{\"name\":\"a \\\"cart\\\" Ж\",\"is_open\":true,\"wheel_count\":2,"
                        + "\"mileage\":1099511627776,\"serial\":100000000000000000000,\"wheels\":[],\"loads\":[]}");
    }

    @Test
    void read_ofWrite_isEqual() {
        for (Cart cart : List.of(SMALL, FULL)) {
            assertThat(read(StrictJson.write(cart))).isEqualTo(cart);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "\"name\":\"b\"|\"name\":5|cart: name: must be a text, not 5",
                "\"name\":\"b\"|\"name\":null|cart: 'name' is missing",
                "\"name\":\"b\",||cart: 'name' is missing",
                "\"name\"|\"Name\"|cart: 'Name' is unknown; was it made by a newer version of bottleneck4j?",
                "\"is_open\"|\"isOpen\"|cart: 'isOpen' is unknown; was it made by a newer version of bottleneck4j?",
                "\"is_open\":false|\"is_open\":0|cart: is_open: must be true or false, not 0",
                "\"is_open\":false|\"is_open\":\"false\"|cart: is_open: must be true or false, not \"false\"",
                "\"wheel_count\":-1|\"wheel_count\":1.0|cart: wheel_count: must be a whole number, not 1.0",
                "\"wheel_count\":-1|\"wheel_count\":\"1\"|cart: wheel_count: must be a whole number, not \"1\"",
                "\"wheel_count\":-1|\"wheel_count\":2147483648|cart: wheel_count: must be a whole number, not 2147483648",
                "\"mileage\":-5|\"mileage\":9223372036854775808|cart: mileage: must be a whole number, not"
                        + " 9223372036854775808",
                "\"serial\":0|\"serial\":0.5|cart: serial: must be a whole number, not 0.5",
                "\"size\":3.0|\"size\":\"3\"|cart: spare: size: must be a finite number, not \"3\"",
                "\"size\":3.0|\"size\":1e999|cart: spare: size: must be a finite number, not \"Infinity\"",
                "\"size\":3.0,||cart: spare: 'size' is missing",
                "\"colour\":\"blue\"|\"colour\":null|cart: spare: 'colour' is missing",
                "\"colour\":\"blue\"|\"colours\":1|cart: spare: 'colours' is unknown",
                "\"spare\":{\"size\":3.0,\"colour\":\"blue\"}|\"spare\":[]|cart: spare: must be an object, not []",
                "\"spare\":{\"size\":3.0,\"colour\":\"blue\"}|\"spare\":null|cart: 'spare' is missing",
                "\"max_load\":7|\"max_load\":true|cart: max_load: must be a whole number, not true",
                "{\"size\":1.0E-17,\"colour\":\"red\"}|5|cart: wheel 2: must be an object, not 5",
                "{\"size\":1.0E-17,\"colour\":\"red\"}|null|cart: wheel 2: must be an object, not null",
                "\"size\":1.0E-17|\"size\":false|cart: wheel 2: size: must be a finite number, not false",
                "[[1,2],[]]|{}|cart: loads: must be a list, not {}",
                "[[1,2],[]]|[[1,2],3]|cart: load 2: must be a list, not 3",
                "[[1,2],[]]|[[1,2.5]]|cart: load 1 2: must be a whole number, not 2.5",
                "[[1,2],[]]|[[null]]|cart: load 1 1: must be a whole number, not null",
                "\"max_load\":7|\"max_load\":7,\"max_load\":8|cart: must be valid JSON: Duplicate field 'max_load'",
                "\"max_load\":7}|\"max_load\":7}{|cart: must be valid JSON: ",
                "\"max_load\":7}|\"max_load\":7|cart: must be valid JSON: "
            })
    void read_changed_saysWhatIsWrongAndWhere(String part, @Nullable String other, String message) {
        assertThat(JSON).contains(part);
        String changed = JSON.replace(part, other == null ? "" : other);
        assertThatThrownBy(() -> read(changed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|cart: must be an object, not []",
                "null|cart: must be an object, not null",
                "''|cart: must be JSON, and is empty",
                "{}|cart: 'name' is missing",
                "nonsense|cart: must be valid JSON: "
            })
    void read_ofNoObject_saysSo(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
