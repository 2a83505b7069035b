package io.bottleneck4j.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The processors this process runs on. Matrix products gain nothing from a second thread on one core. */
public final class Processors {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    private Processors() {}

    /** Physical cores this process may use; logical ones where the system does not tell. */
    public static int cores() {
        int logical = Runtime.getRuntime().availableProcessors();
        if (!Files.isReadable(CPUINFO)) {
            return logical;
        }
        try {
            int physical = physical(Files.readAllLines(CPUINFO));
            return physical == 0 ? logical : Math.min(logical, physical);
        } catch (IOException e) {
            return logical;
        }
    }

    /** The processor's name, as Linux tells it, such as {@code AMD EPYC}; elsewhere its architecture. */
    public static String name() {
        String architecture = System.getProperty("os.arch", "unknown");
        if (!Files.isReadable(CPUINFO)) {
            return architecture;
        }
        try {
            return name(Files.readAllLines(CPUINFO), architecture);
        } catch (IOException e) {
            return architecture;
        }
    }

    /** The first "model name"; {@code other} if the lines have none. */
    static String name(List<String> cpuinfo, String other) {
        return cpuinfo.stream()
                .filter(line -> line.startsWith("model name") && line.contains(":"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElse(other);
    }

    /** Different pairs of "physical id" and "core id"; 0 if the lines name none. */
    static int physical(List<String> cpuinfo) {
        Set<String> cores = new HashSet<>();
        String socket = "";
        for (String line : cpuinfo) {
            if (line.startsWith("physical id")) {
                socket = line;
            } else if (line.startsWith("core id")) {
                cores.add(socket + line);
            }
        }
        return cores.size();
    }
}
