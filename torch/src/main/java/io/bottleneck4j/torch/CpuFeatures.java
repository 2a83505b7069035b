package io.bottleneck4j.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * Instruction sets of this machine's processor.
 *
 * @param flags as Linux names them, such as {@code avx2}; empty on other systems
 */
public record CpuFeatures(Set<String> flags) {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    /** Copies the set. */
    public CpuFeatures {
        flags = Set.copyOf(flags);
    }

    /** This machine's. */
    public static CpuFeatures detect() {
        if (!Files.isReadable(CPUINFO)) {
            return new CpuFeatures(Set.of());
        }
        try (var lines = Files.lines(CPUINFO)) {
            return parse(
                    lines.filter(line -> line.startsWith("flags")).findFirst().orElse(""));
        } catch (IOException e) {
            return new CpuFeatures(Set.of());
        }
    }

    static CpuFeatures parse(String line) {
        return new CpuFeatures(new TreeSet<>(Arrays.asList(line.strip().split("\\s+"))));
    }

    /** Whether bfloat16 products are done in hardware; without it bfloat16 is slower than float32. */
    public boolean hasBfloat16() {
        return flags.contains("avx512_bf16") || flags.contains("amx_bf16");
    }

    /** Whether bfloat16 products are done a tile at a time, several times as fast as a vector at a time. */
    public boolean hasBfloat16Tiles() {
        return flags.contains("amx_bf16");
    }

    /** Whether products of whole numbers of 8 bits are added up in hardware, by VNNI or AMX; without it they are no faster than others. */
    public boolean hasInt8() {
        return flags.contains("avx512_vnni") || flags.contains("avx_vnni") || flags.contains("amx_int8");
    }
}
