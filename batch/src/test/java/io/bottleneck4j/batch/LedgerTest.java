package io.bottleneck4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    private static final String ROW = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path run;

    private static Made made(String id) {
        return new Made(
                id,
                2,
                ROW,
                "images/000/" + id + ".png",
                "f".repeat(64),
                10,
                64,
                64,
                null,
                BigInteger.TWO,
                "baseline",
                "m",
                "a \"fox\"\n\u72d0",
                null,
                0.5,
                "2026-11-30T16:00:00.001Z",
                Map.of("k", "v"));
    }

    @Test
    void whatIsWritten_isKnown_whenItIsOpenedAgain() throws IOException {
        try (Ledger ledger = Ledger.open(run, Shard.WHOLE)) {
            ledger.made(made("a"));
            ledger.failed(new Ledger.Failed("b", 3, ROW, "no", "2026-11-30T16:00:00Z"));
            ledger.failed(new Ledger.Failed(null, 4, null, "not JSON", null));
            ledger.made(made("c"));
            ledger.packed(new Ledger.Part("parts/part-00000.tar", "e".repeat(64), 5), List.of("c"));
        }
        try (Ledger ledger = Ledger.open(run, Shard.WHOLE)) {
            ledger.failed(new Ledger.Failed(null, 4, null, "not JSON", null)); // told before
            Ledger.Entry a = Objects.requireNonNull(ledger.find("a"));
            assertThat(ledger.line(a)).isEqualTo(made("a"));
            assertThat(ledger.find("b")).extracting(Ledger.Entry::made).isEqualTo(false);
            assertThat(ledger.find("c"))
                    .extracting(Ledger.Entry::part)
                    .isEqualTo(new Ledger.Part("parts/part-00000.tar", "e".repeat(64), 5));
            assertThat(ledger.find("d")).isNull();
            assertThat(ledger.unpacked(true)).containsExactly(a);
        }
        assertThat(Files.readAllLines(run.resolve("results.jsonl"))).hasSize(5);
    }

    @Test
    void aLineThatWasCutOff_goes_andADamagedOneIsTold() throws IOException {
        try (Ledger ledger = Ledger.open(run, Shard.WHOLE)) {
            ledger.made(made("a"));
        }
        Path file = run.resolve("results.jsonl");
        Files.write(
                file,
                "\u0000\u0000\u0000\n{\"id\":\"b\",\"row\":\"01".getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.APPEND);
        try (Ledger ledger = Ledger.open(run, Shard.WHOLE)) {
            assertThat(ledger.damages()).hasSize(1).first().asString().contains("is damaged and not used");
            assertThat(ledger.find("b")).isNull();
            ledger.made(made("b"));
        }
        try (Ledger ledger = Ledger.open(run, Shard.WHOLE)) {
            Ledger.Entry b = Objects.requireNonNull(ledger.find("b"));
            assertThat(ledger.line(b)).isEqualTo(made("b"));
        }
    }

    @Test
    void shards_knowOfEachOther_andPackTheirOwn() throws IOException {
        try (Ledger one = Ledger.open(run, new Shard(1, 2))) {
            one.made(made("a"));
        }
        try (Ledger two = Ledger.open(run, new Shard(2, 2))) {
            assertThat(two.find("a")).isNotNull();
            two.made(made("b"));
            assertThat(two.unpacked(false)).hasSize(1);
        }
        try (Ledger whole = Ledger.open(run, Shard.WHOLE)) {
            assertThat(whole.unpacked(true)).hasSize(2);
        }
    }

    @Test
    void ofTwoLines_theLaterHolds_inWhicheverFile() throws IOException {
        try (Ledger whole = Ledger.open(run, Shard.WHOLE)) {
            whole.made(made("a"));
        }
        try (Ledger one = Ledger.open(run, new Shard(1, 2))) {
            one.failed(new Ledger.Failed("a", 2, ROW, "no", "2026-11-30T16:00:00.002Z"));
        }
        try (Ledger whole = Ledger.open(run, Shard.WHOLE)) {
            assertThat(whole.find("a")).extracting(Ledger.Entry::made).isEqualTo(false);
        }
    }
}
