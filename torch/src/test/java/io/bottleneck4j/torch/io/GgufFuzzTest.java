package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files, by a fixed seed: each is read or refused with a {@link WeightsException}, quickly and in little memory. */
class GgufFuzzTest {
    private static final int CASES = 24_000;
    private static final int ON_DISK = 500;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Java objects per byte of file; what matters is that no number in a header sets it. */
    private static final long ALLOCATED_PER_BYTE = 100;
    /** The first use of a message loads classes. */
    private static final long ALLOCATED_ANYWAY = 2_000_000;

    private static final long[] NUMBERS = {
        0,
        1,
        2,
        3,
        8,
        9,
        12,
        31,
        32,
        255,
        256,
        1 << 20,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1
    };

    @TempDir
    private Path folder;

    @Test
    void open_ofMutatedFiles_readsOrRefusesEach() {
        assertTimeoutPreemptively(LIMIT, () -> {
            byte[][] seeds = {
                Files.readAllBytes(Path.of("src/test/resources/golden/packed.gguf")), plain(), nested(), many()
            };
            Random random = new Random(20250324);
            int accepted = 0;
            for (int i = 0; i < CASES; i++) {
                byte[] file = mutated(seeds[i % seeds.length], random);
                accepted += accepts(i, file, i < ON_DISK) ? 1 : 0;
            }
            // Both outcomes must occur, or the mutations test nothing.
            assertThat(accepted).isBetween(CASES / 100, CASES / 2);
        });
    }

    private boolean accepts(int number, byte[] file, boolean onDisk) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        boolean accepted;
        try {
            GgufHeader header = onDisk ? parseOnDisk(file) : parse(file);
            assertThat(header.entries().values())
                    .allMatch(e -> e.begin() >= 24
                            && (e.info().bytes() == 0 || e.begin() + e.info().bytes() <= file.length));
            accepted = true;
        } catch (WeightsException e) {
            accepted = false;
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(
                    "case " + number + ": " + HexFormat.of().formatHex(file, 0, Math.min(500, file.length)), e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated).as("case %d", number).isLessThan(ALLOCATED_ANYWAY + ALLOCATED_PER_BYTE * file.length);
        return accepted;
    }

    private static GgufHeader parse(byte[] file) throws IOException {
        return new GgufParser("fuzz", new ByteArrayInputStream(file), file.length).parse();
    }

    private GgufHeader parseOnDisk(byte[] file) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.gguf"), file);
        try (GgufFile opened = GgufFile.open(path)) {
            assertThat(opened.infos()).isNotNull();
        }
        return parse(file);
    }

    private static byte[] plain() {
        return GgufBytes.header(2, 1)
                .text("general.architecture")
                .int32(8)
                .text("flux")
                .tensor("a", 0, 0, 2, 2)
                .tensor("b", 8, 32, 32)
                .data(32 + 34);
    }

    private static byte[] nested() {
        return GgufBytes.header(1, 2)
                .text("lists")
                .int32(9)
                .int32(9)
                .int64(2)
                .int32(4)
                .int64(1)
                .int32(7)
                .int32(8)
                .int64(1)
                .text("x")
                .text("general.alignment")
                .int32(4)
                .int32(32)
                .tensor("a", 12, 0, 256)
                .data(144);
    }

    private static byte[] many() {
        GgufBytes bytes = GgufBytes.header(30, 0);
        for (int i = 0; i < 30; i++) {
            bytes.tensor("layer." + i, 30, 32L * i, 1);
        }
        return bytes.data(30 * 32);
    }

    private static byte[] mutated(byte[] original, Random random) {
        byte[] file = original.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times && file.length > 24; i++) {
            // Most of what can go wrong is in the first bytes.
            int end = random.nextBoolean() ? Math.min(file.length, 200) : Math.min(file.length, 2000);
            int at = random.nextInt(end);
            switch (random.nextInt(5)) {
                case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> file = Arrays.copyOf(file, random.nextInt(file.length));
                case 2 -> renumber(file, at, random);
                case 3 -> file = without(file, at, 1 + random.nextInt(20));
                default -> repeat(file, random.nextInt(end), at);
            }
        }
        return file;
    }

    private static void renumber(byte[] file, int at, Random random) {
        if (at + 8 <= file.length) {
            ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
            long number = NUMBERS[random.nextInt(NUMBERS.length)];
            if (random.nextBoolean()) {
                bytes.putLong(at, number);
            } else {
                bytes.putInt(at, (int) number);
            }
        }
    }

    /** Eight bytes of the file elsewhere too. */
    private static void repeat(byte[] file, int from, int to) {
        System.arraycopy(file, from, file, to, Math.min(8, file.length - Math.max(from, to)));
    }

    private static byte[] without(byte[] file, int at, int count) {
        byte[] cut = Arrays.copyOf(file, Math.max(at, file.length - count));
        if (at + count < file.length) {
            System.arraycopy(file, at + count, cut, at, file.length - at - count);
        }
        return cut;
    }
}
