package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files, by a fixed seed: each is read or refused with a {@link WeightsException}, quickly and in little memory. */
class SafetensorsFuzzTest {
    private static final int CASES = 24_000;
    private static final int ON_DISK = 1_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Java objects per byte of JSON; what matters is that no number in a header sets it. */
    private static final long ALLOCATED_PER_BYTE = 100;
    /** The first use of a message loads classes. */
    private static final long ALLOCATED_ANYWAY = 2_000_000;

    private static final List<String> FRAGMENTS = List.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\u0000",
            "\\ud800",
            "\\",
            "null",
            "true",
            "1e999",
            "-1",
            "0x10",
            "[[[[",
            "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}",
            "\"__metadata__\":{\"a\":\"b\"},",
            "\"a\":",
            "\"dtype\":\"F64\",",
            "\"shape\":[4294967296,4294967296],",
            "\"data_offsets\":[0,9223372036854775807],",
            "F16",
            "BOOL",
            "9223372036854775807",
            "18446744073709551616",
            "\ufeff",
            "/* */",
            "NaN",
            " ".repeat(64));

    private static final List<String> NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "2147483647",
            "2147483648",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
            "1e3",
            "1.5",
            "00",
            "99999999999999999999999999999999999999");

    @TempDir
    Path folder;

    @Test
    void open_ofMutatedFiles_readsOrRefusesEach() {
        assertTimeoutPreemptively(LIMIT, () -> {
            byte[][] seeds = {
                Files.readAllBytes(Path.of("src/test/resources/golden/safetensors_dtypes.safetensors")), plain(), many()
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
            SafetensorsHeader header = onDisk ? parseOnDisk(file) : parse(file);
            assertThat(header.entries().values()).allMatch(e -> e.begin() <= e.end() && e.end() <= file.length);
            accepted = true;
        } catch (WeightsException e) {
            accepted = false;
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError("case " + number + ": " + HexFormat.of().formatHex(file), e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated).as("case %d", number).isLessThan(ALLOCATED_ANYWAY + ALLOCATED_PER_BYTE * file.length);
        return accepted;
    }

    /** What {@link SafetensorsFile#open} does, without the file. */
    private static SafetensorsHeader parse(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int length = SafetensorsHeader.requireLength("fuzz", bytes, file.length);
        int dataStart = SafetensorsHeader.PREFIX + length;
        ByteBuffer json = bytes.slice(SafetensorsHeader.PREFIX, length);
        return SafetensorsHeader.parse("fuzz", json, file.length - dataStart);
    }

    private SafetensorsHeader parseOnDisk(byte[] file) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.safetensors"), file);
        try (SafetensorsFile opened = SafetensorsFile.open(path)) {
            assertThat(opened.infos()).isNotNull();
        }
        return parse(file);
    }

    private static byte[] plain() {
        return file(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[16,19]}}",
                19);
    }

    private static byte[] many() {
        StringBuilder json = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        for (int i = 0; i < 30; i++) {
            json.append(",\"layer.").append(i).append("\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[");
            json.append(2 * i).append(',').append(2 * i + 2).append("]}");
        }
        return file(json.append("}   ").toString(), 60);
    }

    private static byte[] file(String json, int dataBytes) {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    private static byte[] mutated(byte[] original, Random random) {
        byte[] file = original.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times && file.length > 8; i++) {
            file = switch (random.nextInt(6)) {
                case 0 -> flipped(file, random);
                case 1 -> Arrays.copyOf(file, random.nextInt(file.length));
                case 2 -> spliced(file, random, FRAGMENTS.get(random.nextInt(FRAGMENTS.size())), 0);
                case 3 -> renumbered(file, random);
                case 4 -> spliced(file, random, "", 1 + random.nextInt(20));
                default -> relengthened(file, random);
            };
        }
        return file;
    }

    private static byte[] flipped(byte[] file, Random random) {
        int at = random.nextInt(file.length);
        file[at] ^= (byte) (1 << random.nextInt(8));
        return file;
    }

    private static byte[] relengthened(byte[] file, Random random) {
        long length = random.nextBoolean() ? random.nextLong() : random.nextInt(2 * file.length);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        return file;
    }

    /** Replaces a run of digits. */
    private static byte[] renumbered(byte[] file, Random random) {
        int from = 8 + random.nextInt(file.length - 8);
        while (from < file.length && !isDigit(file[from])) {
            from++;
        }
        int to = from;
        while (to < file.length && isDigit(file[to])) {
            to++;
        }
        return from == to ? file : replaced(file, from, to, NUMBERS.get(random.nextInt(NUMBERS.size())));
    }

    private static byte[] spliced(byte[] file, Random random, String inserted, int removed) {
        int from = 8 + random.nextInt(file.length - 8);
        return replaced(file, from, Math.min(file.length, from + removed), inserted);
    }

    /** Replaces bytes of the header and, mostly, corrects its length so that the parser sees them. */
    private static byte[] replaced(byte[] file, int from, int to, String by) {
        byte[] text = by.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all =
                ByteBuffer.allocate(file.length - (to - from) + text.length).order(ByteOrder.LITTLE_ENDIAN);
        all.put(file, 0, from).put(text).put(file, to, file.length - to);
        all.putLong(0, all.getLong(0) + text.length - (to - from));
        return all.array();
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
