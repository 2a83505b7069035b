package io.bottleneck4j.spark;

import io.bottleneck4j.bundle.Bundle;
import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.models.folder.HubCache;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.ModelFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a process of Spark, driver or executor, finds a model by its name. */
final class ModelPlace {
    /** The bundled model; its class may be absent. */
    private static final String BUNDLED = "emoji-flux";

    private ModelPlace() {}

    /**
     * Opens it; no weights are read.
     *
     * @param name emoji-flux, a diffusers folder, a file of weights, or org/name in the Hugging Face cache of this machine
     * @param sent where Spark puts files that were sent along
     * @throws IllegalArgumentException if there is none
     * @throws io.bottleneck4j.models.folder.FolderException if it is none that bottleneck4j runs
     */
    static Model open(String name, Path sent) throws IOException {
        if (name.equals(BUNDLED)) {
            return Model.open(name, ModelFolder.open(bundled()));
        }
        Path place = Files.exists(sent.resolve(name)) ? sent.resolve(name) : Path.of(name);
        if (Files.isDirectory(place)) {
            return Model.open(name, ModelFolder.open(place));
        }
        if (Files.exists(place)) {
            return Model.open(name, ModelFiles.of(place).folder());
        }
        if (HubCache.isModelName(name)) {
            Path home = Bundle.home(System.getenv());
            return Model.open(
                    name, ModelFolder.open(HubCache.of(System.getenv(), home).find(name)));
        }
        throw new IllegalArgumentException("model: there is no '" + name + "' on " + host()
                + "; every executor must read it: name a folder of a disk that all machines share, or send it with"
                + " --archives and name its folder there, or use the bundled " + BUNDLED);
    }

    private static Path bundled() throws IOException {
        try {
            return EmojiFlux.folder();
        } catch (NoClassDefFoundError e) {
            throw new IllegalArgumentException(
                    "model: " + BUNDLED + " is in the jar bottleneck4j-" + BUNDLED
                            + ", which is not on the class path; add it with --packages or --jars",
                    e);
        }
    }

    /** This machine's name, for messages. */
    static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "this machine";
        }
    }
}
