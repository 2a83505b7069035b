package io.bottleneck4j.cli;

import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.Libtorch;

/** Loads libtorch beside the reading of options and folders: it takes longer than both. */
final class NativeStart {
    private NativeStart() {}

    static void inBackground(String... args) {
        if (args.length > 0 && (args[0].equals("generate") || args[0].equals("decode"))) {
            Thread thread = new Thread(NativeStart::load, "libtorch");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void load() {
        try {
            Libtorch.load();
        } catch (DeviceException e) {
            // The command meets the same error where it can be told.
        }
    }
}
