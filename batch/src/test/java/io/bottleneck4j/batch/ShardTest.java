package io.bottleneck4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTest {
    @Test
    void has_allShardsTogether_haveEveryPromptOnce() {
        for (int prompt = 0; prompt < 10; prompt++) {
            int index = prompt;
            assertThat(IntStream.rangeClosed(1, 4).filter(i -> new Shard(i, 4).has(index)))
                    .hasSize(1);
        }
        assertThat(Shard.parse("2/4").has(5)).isTrue();
        assertThat(Shard.WHOLE.has(5)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2", "0/4", "5/4", "1/0", "a/4", "-1/4", "1/4/2", "1/99999999999"})
    void parse_ofWhatIsNoShard_saysTheForm(String text) {
        assertThatThrownBy(() -> Shard.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("shard: must be i/n with i from 1 to n, not ");
    }
}
