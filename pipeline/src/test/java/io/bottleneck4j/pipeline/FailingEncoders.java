package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process of its own, whose heap cannot grow, that tries forty times to load the text encoders of each folder, of which the last has lost
 * its weights, and prints by how many native objects and resident bytes it grew. Tokenizers are native, and nobody counts them.
 */
final class FailingEncoders {
    private static final int WARM_UP = 10;
    private static final int TIMES = 40;

    private FailingEncoders() {}

    public static void main(String[] args) throws IOException {
        long pointers = 0;
        long resident = 0;
        for (int i = 0; i < args.length; i += 2) {
            try (Pipeline pipeline = Tiny.pipeline(Path.of(args[i]), Residency.KEEP)) {
                Files.delete(Path.of(args[i], args[i + 1], "model.safetensors"));
                fail(pipeline, WARM_UP);
                pointers -= Libtorch.livePointers();
                resident -= Libtorch.residentBytes();
                fail(pipeline, TIMES);
                pointers += Libtorch.livePointers();
                resident += Libtorch.residentBytes();
            }
        }
        System.out.println(pointers + " " + resident);
    }

    private static void fail(Pipeline pipeline, int times) {
        for (int i = 0; i < times; i++) {
            try {
                pipeline.encode(Tiny.request(pipeline.model(), 1));
                throw new AssertionError("the encoder was loaded without weights");
            } catch (FolderException e) {
                if (!String.valueOf(e.getMessage()).contains("holds no weights")) {
                    throw e;
                }
            }
        }
    }
}
