package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.file.Path;

/** A program that writes a clip, or says why it could not. */
final class WritesClip {
    private WritesClip() {}

    public static void main(String[] args) {
        try {
            TestClip.write(Path.of(args[0]));
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }
}
