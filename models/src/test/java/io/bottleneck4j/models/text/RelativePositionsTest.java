package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.GoldenTensors;
import org.junit.jupiter.api.Test;

class RelativePositionsTest {
    @Test
    void bucket_everyDistance_equalsTransformers() {
        JsonNode tables =
                GoldenTensors.json("golden/t5/relative-positions.json").json().get("tables");
        assertThat(tables).hasSizeGreaterThan(5);
        for (JsonNode table : tables) {
            RelativePositions positions = new RelativePositions(
                    table.get("buckets").intValue(), table.get("max_distance").intValue());
            int distance = -table.get("farthest").intValue();
            for (JsonNode run : table.get("runs")) {
                for (int i = 0; i < run.get(1).intValue(); i++) {
                    assertThat(positions.bucket(distance))
                            .as("%s at distance %d", positions, distance)
                            .isEqualTo(run.get(0).intValue());
                    distance++;
                }
            }
            assertThat(distance).isEqualTo(table.get("farthest").intValue() + 1);
        }
    }

    @Test
    void bucket_publishedSize_equalsHandComputed() {
        // 16 buckets a side: 0..7 exactly, then 8 + floor(8 · log(d / 8) / log(16)), at most 15.
        RelativePositions positions = new RelativePositions(32, 128);
        assertThat(positions.bucket(0)).isZero();
        assertThat(positions.bucket(-7)).isEqualTo(7);
        assertThat(positions.bucket(7)).isEqualTo(16 + 7);
        assertThat(positions.bucket(-8)).isEqualTo(8);
        assertThat(positions.bucket(-11)).isEqualTo(8);
        assertThat(positions.bucket(-12)).isEqualTo(9);
        assertThat(positions.bucket(-16)).isEqualTo(10);
        assertThat(positions.bucket(32)).isEqualTo(16 + 12);
        assertThat(positions.bucket(64)).isEqualTo(16 + 14);
        assertThat(positions.bucket(128)).isEqualTo(16 + 15);
        assertThat(positions.bucket(100_000)).isEqualTo(16 + 15);
    }

    @Test
    void ofPairs_threeTokens_countsFromQueryToKey() {
        assertThat(new RelativePositions(32, 128).ofPairs(3)).containsExactly(0, 17, 18, 1, 0, 17, 2, 1, 0);
    }
}
