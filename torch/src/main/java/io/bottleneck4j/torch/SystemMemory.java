package io.bottleneck4j.torch;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Memory of this process and of what it runs on: of the machine, or of the container (a Linux control group, version 1 or 2) if that has
 * less. All in bytes.
 */
public final class SystemMemory {
    /** No limit is written as a number near this one in version 1. */
    private static final long UNLIMITED = Long.MAX_VALUE >> 1;

    private SystemMemory() {}

    /** The most this process has held at once; what it holds now where the system does not count it (other systems than Linux). */
    public static long peakResidentBytes() {
        return number(Path.of("/proc/self/status"), "VmHWM:").orElseGet(Libtorch::residentBytes);
    }

    /** All there is; empty where the system does not tell. */
    public static OptionalLong totalBytes() {
        return total(Path.of("/"));
    }

    /** What can still be taken without swapping, caches of files counted as free; empty where the system does not tell. */
    public static OptionalLong availableBytes() {
        return available(Path.of("/"));
    }

    static OptionalLong total(Path root) {
        OptionalLong machine = number(root.resolve("proc/meminfo"), "MemTotal:");
        LongStream limits = groups(root).stream().flatMapToLong(group -> group.limit().stream());
        return least(machine.isPresent() ? machine : otherSystem(true), limits);
    }

    static OptionalLong available(Path root) {
        OptionalLong machine = number(root.resolve("proc/meminfo"), "MemAvailable:");
        LongStream left = groups(root).stream().flatMapToLong(group -> group.left().stream());
        return least(machine.isPresent() ? machine : otherSystem(false), left);
    }

    private static OptionalLong least(OptionalLong machine, LongStream groups) {
        return LongStream.concat(machine.stream(), groups).min();
    }

    /** As Java counts it, which on Linux takes caches for used. */
    static OptionalLong otherSystem(boolean total) {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? OptionalLong.of(total ? system.getTotalMemorySize() : system.getFreeMemorySize())
                : OptionalLong.empty();
    }

    /** The control groups this process is in, each inside the next; none on other systems. */
    private static List<Group> groups(Path root) {
        List<Group> groups = new ArrayList<>();
        for (String line : lines(root.resolve("proc/self/cgroup")).toList()) {
            String[] parts = line.split(":", 3); // "0::/a/b", or in version 1 "7:memory:/a/b"
            boolean second = parts.length == 3 && parts[1].isEmpty();
            if (parts.length < 3 || (!second && !List.of(parts[1].split(",")).contains("memory"))) {
                continue;
            }
            Path mount = root.resolve(second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
            Path group = mount.resolve(parts[2].substring(1)).normalize();
            for (; group != null && group.startsWith(mount); group = group.getParent()) {
                groups.add(second ? Group.ofVersion2(group) : Group.ofVersion1(group));
            }
        }
        return groups;
    }

    /** What one group may take, has taken, and would give back because it only holds files' contents. */
    private record Group(OptionalLong limit, OptionalLong used, OptionalLong caches) {
        static Group ofVersion2(Path folder) {
            return new Group(
                    number(folder.resolve("memory.max"), ""),
                    number(folder.resolve("memory.current"), ""),
                    number(folder.resolve("memory.stat"), "inactive_file"));
        }

        static Group ofVersion1(Path folder) {
            return new Group(
                    number(folder.resolve("memory.limit_in_bytes"), ""),
                    number(folder.resolve("memory.usage_in_bytes"), ""),
                    number(folder.resolve("memory.stat"), "total_inactive_file"));
        }

        OptionalLong left() {
            return limit.isEmpty() || used.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(
                            Math.max(0, limit.getAsLong() - Math.max(0, used.getAsLong() - caches.orElse(0))));
        }
    }

    /** The number after a key, in bytes; empty if there is no such file, no such line, no number ("max") or no limit. */
    private static OptionalLong number(Path file, String key) {
        Pattern pattern = Pattern.compile(Pattern.quote(key) + "\\s*(\\d+)( kB)?\\s*");
        return lines(file)
                .map(pattern::matcher)
                .filter(Matcher::matches)
                .mapToLong(line -> Long.parseLong(line.group(1)) << (line.group(2) == null ? 0 : 10))
                .filter(bytes -> bytes < UNLIMITED)
                .findFirst();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }
}
