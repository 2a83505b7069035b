package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemMemoryTest {
    @TempDir
    Path root;

    @Test
    void thisMachine_availableIsPartOfTotal() {
        assertThat(SystemMemory.totalBytes().orElseThrow()).isGreaterThan(100L << 20);
        assertThat(SystemMemory.availableBytes().orElseThrow())
                .isPositive()
                .isLessThanOrEqualTo(SystemMemory.totalBytes().orElseThrow());
        assertThat(SystemMemory.otherSystem(true).orElseThrow()).isGreaterThan(100L << 20);
        assertThat(SystemMemory.otherSystem(false).orElseThrow()).isPositive();
    }

    @Test
    void peak_afterALargeTensorWasFreed_holdsIt() {
        long before = Libtorch.residentBytes();
        try (Scope scope = Scope.open()) {
            Tensor.arange(1 << 26); // 256 MB
        }
        assertThat(SystemMemory.peakResidentBytes()).isGreaterThan(before + (250L << 20));
    }

    @Test
    void withoutControlGroups_isTheMachines() throws IOException {
        machine();
        assertThat(SystemMemory.total(root)).hasValue(16_000L << 10);
        assertThat(SystemMemory.available(root)).hasValue(12_000L << 10);
    }

    @Test
    void controlGroupOfVersion2_isTheLeastOfItAndThoseAround() throws IOException {
        machine();
        write("proc/self/cgroup", "0::/slice/unit\n");
        write("sys/fs/cgroup/slice/memory.max", "8192000\n");
        write("sys/fs/cgroup/slice/memory.current", "5000000\n");
        write("sys/fs/cgroup/slice/memory.stat", "anon 9\ninactive_file 1000000\nactive_file 7\n");
        write("sys/fs/cgroup/slice/unit/memory.max", "max\n");
        write("sys/fs/cgroup/slice/unit/memory.current", "4000000\n");
        assertThat(SystemMemory.total(root)).hasValue(8_192_000);
        assertThat(SystemMemory.available(root)).hasValue(8_192_000 - 5_000_000 + 1_000_000);
    }

    @Test
    void controlGroupOfVersion2_usedUp_leavesNothing() throws IOException {
        machine();
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/memory.max", "4096\n");
        write("sys/fs/cgroup/memory.current", "8192\n");
        assertThat(SystemMemory.available(root)).hasValue(0);
    }

    @Test
    void controlGroupOfVersion1_inAContainer_isTheOneMounted() throws IOException {
        machine();
        write("proc/self/cgroup", "8:pids:/\n4:cpu,memory:/docker/0123\n0::/\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2048000\n"); // the container's own, seen as the root
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1024000\n");
        write("sys/fs/cgroup/memory/memory.stat", "inactive_file 3\ntotal_inactive_file 24000\n");
        assertThat(SystemMemory.total(root)).hasValue(2_048_000);
        assertThat(SystemMemory.available(root)).hasValue(1_048_000);
    }

    @Test
    void controlGroupOfVersion1_withoutLimit_isTheMachines() throws IOException {
        machine();
        write("proc/self/cgroup", "4:memory:/\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1024000\n");
        assertThat(SystemMemory.total(root)).hasValue(16_000L << 10);
        assertThat(SystemMemory.available(root)).hasValue(12_000L << 10);
    }

    private void machine() throws IOException {
        write(
                "proc/meminfo",
                "MemTotal:       16000 kB\nMemFree:         2000 kB\nMemAvailable:   12000 kB\nHugePages_Total:       0\n");
    }

    private void write(String file, String text) throws IOException {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), text);
    }
}
