package io.bottleneck4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelWordsTest {
    @ParameterizedTest
    @CsvSource({
        "emoji-flux, emoji-flux, ,",
        "a b=c, a b=c, ,",
        "my models/flux 1.safetensors base=org/name vae=my vae/ae.safetensors, my models/flux 1.safetensors, org/name,"
                + " my vae/ae.safetensors",
    })
    void words_ofAName_areWhatItWasMadeOf(String name, String model, String base, String vae) {
        ModelWords words = new ModelWords(name);
        assertThat(words.model()).isEqualTo(model);
        assertThat(words.get("base")).isEqualTo(base);
        assertThat(words.get("vae")).isEqualTo(vae);
        assertThat(words).hasToString(name);
        assertThat(words.with("vae", "x").get("vae")).isEqualTo("x");
    }
}
