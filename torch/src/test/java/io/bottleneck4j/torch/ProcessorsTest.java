package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorsTest {
    @Test
    void thisMachine_hasACoreAndAName() {
        assertThat(Processors.cores()).isBetween(1, Runtime.getRuntime().availableProcessors());
        assertThat(Processors.name()).isNotBlank();
    }

    @Test
    void physical_twoThreadsACore_countsCores() {
        List<String> lines = List.of(
                "physical id\t: 0",
                "core id\t\t: 0",
                "physical id\t: 0",
                "core id\t\t: 0",
                "physical id\t: 1",
                "core id\t\t: 0");
        assertThat(Processors.physical(lines)).isEqualTo(2);
        assertThat(Processors.physical(List.of("model name : x"))).isZero();
    }

    @Test
    void name_isTheFirstModelName_elseWhatIsGiven() {
        assertThat(Processors.name(List.of("processor : 0", "model name\t: A B", "model name\t: C"), "x"))
                .isEqualTo("A B");
        assertThat(Processors.name(List.of("processor : 0"), "aarch64")).isEqualTo("aarch64");
    }
}
