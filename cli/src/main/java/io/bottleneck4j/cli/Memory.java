package io.bottleneck4j.cli;

import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory as Linux counts it. */
final class Memory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private Memory() {}

    /** The most this process has held at once, in bytes; on other systems what it holds now. */
    static long peakResidentBytes() {
        return kilobytes(STATUS, "VmHWM").orElseGet(Libtorch::residentBytes);
    }

    /** The machine's memory in bytes, where the system tells. */
    static OptionalLong totalBytes() {
        return kilobytes(MEMINFO, "MemTotal");
    }

    /** What the machine has to give, in bytes, where the system tells. */
    static OptionalLong availableBytes() {
        return kilobytes(MEMINFO, "MemAvailable");
    }

    private static OptionalLong kilobytes(Path file, String key) {
        try {
            Matcher line = Pattern.compile("(?m)^" + key + ":\\s+(\\d+) kB").matcher(Files.readString(file));
            return line.find() ? OptionalLong.of(Long.parseLong(line.group(1)) << 10) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
