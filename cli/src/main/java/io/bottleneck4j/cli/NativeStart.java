package io.bottleneck4j.cli;

import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.Libtorch;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;

/** Loads libtorch beside the reading of options and folders: it takes longer than both. */
final class NativeStart {
    /** Those that compute. */
    private static final Set<String> COMMANDS = Set.of("generate", "decode", "compare", "ablate", "evaluate");

    private static final Set<String> HELP = Set.of("-h", "--help");

    private NativeStart() {}

    /**
     * Starts loading, if the command computes; to be waited for before the process ends, since a library that is loaded
     * and unloaded at once may crash.
     */
    static Thread inBackground(String... args) {
        Thread thread = new Thread(NativeStart::load, "libtorch");
        thread.setDaemon(true);
        if (args.length > 0 && COMMANDS.contains(args[0]) && Collections.disjoint(Arrays.asList(args), HELP)) {
            thread.start();
        }
        return thread;
    }

    private static void load() {
        try {
            Libtorch.load();
        } catch (DeviceException e) {
            // The command meets the same error where it can be told.
        }
    }
}
