package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Frames as PNG files of their own, kept in a hidden folder until the last; the first holds the settings. */
final class NumberedFrames extends VideoWriter {
    private final List<Path> frames = new ArrayList<>();

    NumberedFrames(Path file, VideoSize size, VideoText text) throws IOException {
        super(file, file, size, text);
        try {
            Files.createDirectory(pending.path());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    void add(Picture frame, int index) throws IOException {
        Map<String, String> texts =
                index == 0 ? Map.of("Title", text.title(), VideoText.KEY, text.settings()) : Map.of();
        Path made = pending.path().resolve(index + ".png");
        try {
            Files.write(made, PngWriter.bytes(frame, texts));
        } catch (IOException e) {
            throw WholeFile.failed(VideoFormat.frame(file, index), e);
        }
        frames.add(made);
    }

    /** Gives all frames their names or, failing that, leaves those of an earlier video as they were. */
    @Override
    void name() throws IOException {
        List<Path> older = new ArrayList<>();
        List<Path> named = new ArrayList<>();
        try {
            for (Path frame : frames) {
                Path target = WholeFile.linked(VideoFormat.frame(file, named.size()));
                if (Files.isRegularFile(target)) {
                    WholeFile.move(target, kept(named.size()));
                    older.add(target);
                }
                WholeFile.move(frame, target);
                named.add(target);
            }
        } catch (IOException e) {
            for (Path frame : named) {
                Files.deleteIfExists(frame);
            }
            for (int i = 0; i < older.size(); i++) {
                WholeFile.move(kept(i), older.get(i));
            }
            throw e;
        }
        // Frames of an earlier, longer video of this name would look like more of this one.
        int next = named.size();
        while (Files.deleteIfExists(VideoFormat.frame(file, next))) {
            next++;
        }
    }

    /** Where a frame of an earlier video waits. */
    private Path kept(int frame) {
        return pending.path().resolve("older-" + frame + ".png");
    }
}
